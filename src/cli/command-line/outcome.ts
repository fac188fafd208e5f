/**
 * How a verb says no: thrown, printed in one place (`main.ts`), exit code 1. What the machine says is a `MachineError`.
 */

import type { Diagnostic } from '../../description/diagnostic.ts';

/** What was asked for cannot be had: wrong usage, an unknown name, something a format cannot say. */
export class Refused extends Error {
  /** Stable, kebab-case. */
  readonly code: string;
  /** What to do, one entry a line. */
  readonly help: readonly string[];

  constructor(code: string, message: string, help: readonly string[] = []) {
    super(message);
    this.name = 'Refused';
    this.code = code;
    this.help = help;
  }
}

/** There are mistakes in a network file, or there would be. */
export class Mistaken extends Error {
  readonly diagnostics: readonly Diagnostic[];
  /** The text that their places mean. */
  readonly text: string;
  /** What became of the command, in a line: "nothing was changed". */
  readonly consequence: string | null;

  constructor(diagnostics: readonly Diagnostic[], text: string, consequence: string | null = null) {
    super('the network file has mistakes');
    this.name = 'Mistaken';
    this.diagnostics = diagnostics;
    this.text = text;
    this.consequence = consequence;
  }
}
