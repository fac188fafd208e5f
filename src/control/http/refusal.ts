/**
 * How the API says no: thrown by routes, answered with the diagnostics that `--json` of the command line prints.
 */

import type { Diagnostic } from '../../description/diagnostic.ts';
import { withoutKeys } from '../../description/visible.ts';
import { MachineError } from '../machine-error.ts';
import type { ProblemShape } from './shape/words.ts';

export class ApiRefusal extends Error {
  readonly status: number;
  /** Stable, kebab-case. */
  readonly code: string;
  readonly help: readonly string[];
  /** Seconds after which it may be tried again. */
  readonly retryAfterS: number | null;

  constructor(
    status: number,
    code: string,
    message: string,
    { help = [], retryAfterS = null }: { readonly help?: readonly string[]; readonly retryAfterS?: number | null } = {},
  ) {
    super(message);
    this.name = 'ApiRefusal';
    this.status = status;
    this.code = code;
    this.help = help;
    this.retryAfterS = retryAfterS;
  }
}

/** Mistakes in the network file, there or to come. */
export class ApiMistakes extends Error {
  readonly diagnostics: readonly Diagnostic[];

  constructor(diagnostics: readonly Diagnostic[]) {
    super('the network file has mistakes');
    this.name = 'ApiMistakes';
    this.diagnostics = diagnostics;
  }
}

/** Of the machine's errors, those that are the asker's to mend. */
const STATUS: Readonly<Record<string, number>> = {
  'edit-locked': 503,
  'edit-contended': 503,
  'key-file-exists': 409,
  'network-file-absent': 404,
};

/** The status and body for what was thrown. */
export function problemOf(error: unknown): { readonly status: number; readonly body: ProblemShape } {
  if (error instanceof ApiMistakes) {
    return { status: 422, body: { diagnostics: error.diagnostics as ProblemShape['diagnostics'] } };
  }
  if (error instanceof ApiRefusal) return complaint(error.status, error.code, error.message, error.help);
  if (error instanceof MachineError) {
    return complaint(STATUS[error.code] ?? 500, error.code, error.message, error.help);
  }
  return complaint(500, 'unexpected', 'Cannot answer: this is a mistake in wg-router', [
    'what was thrown is in what `wg-router up` printed',
  ]);
}

function complaint(status: number, code: string, message: string, help: readonly string[]) {
  const diagnostic = { code, severity: 'error' as const, place: null, message: withoutKeys(message), notes: [] };
  return { status, body: { diagnostics: [{ ...diagnostic, help: [...help] }] } };
}
