/**
 * Why a command failed, told: to a person as a message with its cure, to a program as the document of `--json`.
 *
 * Nothing else in the program prints an error, so nothing else can print a stack trace or a key.
 */

import { MachineError } from '../../control/machine-error.ts';
import type { Diagnostic } from '../../description/diagnostic.ts';
import { formatDiagnostics } from '../../description/print-diagnostics.ts';
import { visible, withoutKeys } from '../../description/visible.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { folded } from '../terminal/width.ts';
import type { ExitCode } from '../verb.ts';
import { jsonDocument } from './json.ts';
import { Mistaken, Refused } from './outcome.ts';

export const DEBUG_VARIABLE = 'WG_ROUTER_DEBUG';

interface Complaint {
  readonly code: string;
  readonly message: string;
  readonly help: readonly string[];
}

/** Prints `error` and answers the exit code that belongs to it. */
export function printFailure(error: unknown, terminal: Terminal, isJson: boolean): ExitCode {
  if (process.env[DEBUG_VARIABLE] && error instanceof Error) process.stderr.write(`${error.stack}\n`);
  if (isJson) terminal.print(jsonDocument({ diagnostics: diagnosticsOf(error) }));
  else terminal.say(failureText(error, terminal));
  return error instanceof Mistaken || error instanceof Refused ? 1 : 2;
}

function failureText(error: unknown, terminal: Terminal): string {
  if (error instanceof Mistaken) {
    const listed = formatDiagnostics(error.diagnostics, error.text, {
      colour: terminal.asideColour,
      columns: terminal.asideColumns,
    });
    return error.consequence === null ? listed : `${listed}\n${error.consequence}\n`;
  }
  return complaintText(complaintOf(error), terminal);
}

function complaintText({ code, message, help }: Complaint, { paintAside: paint, asideColumns }: Terminal): string {
  const cures = help.flatMap((each) => {
    const [first, ...rest] = folded(safe(each), asideColumns - 'help: '.length);
    return [`${paint('help', 'help')}: ${first}`, ...rest.map((line) => `      ${line}`)];
  });
  const lines = [`wg-router: ${paint('error', `error[${code}]`)}: ${paint('bold', safe(message))}`, ...cures];
  return `${lines.join('\n')}\n`;
}

function complaintOf(error: unknown): Complaint {
  if (error instanceof Refused || error instanceof MachineError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return {
    code: 'unexpected',
    message: `Cannot go on: ${message.split('\n')[0]}`,
    help: [`this is a mistake in wg-router; with ${DEBUG_VARIABLE}=1 it says where`],
  };
}

type Listed = Omit<Diagnostic, 'place'> & { readonly place: Diagnostic['place'] | null };

function diagnosticsOf(error: unknown): readonly Listed[] {
  if (error instanceof Mistaken) return error.diagnostics;
  const { code, message, help } = complaintOf(error);
  return [{ code, severity: 'error', place: null, message: withoutKeys(message), notes: [], help }];
}

function safe(text: string): string {
  return visible(withoutKeys(text));
}
