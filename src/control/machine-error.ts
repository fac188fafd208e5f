/**
 * The machine said no: a file, a process or a socket that is not as it must be. Commands end with exit code 2.
 */

export class MachineError extends Error {
  /** Stable, kebab-case. */
  readonly code: string;
  /** What to do, one entry a line. */
  readonly help: readonly string[];

  constructor(code: string, message: string, options: { help?: readonly string[]; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.name = 'MachineError';
    this.code = code;
    this.help = options.help ?? [];
  }
}
