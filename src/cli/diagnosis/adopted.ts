/**
 * `doctor --adopt`: a healthy network that others built, printed as a network file.
 */

import type { Adoption } from '../../control/doctor/adoption.ts';
import { jsonDocument } from '../command-line/json.ts';
import { Mistaken, Refused } from '../command-line/outcome.ts';
import { sayNext, sayNotes } from '../terminal/notes.ts';
import type { ExitCode, Invocation } from '../verb.ts';

export function printAdopted(adoption: Adoption, { terminal, isJson }: Invocation): ExitCode {
  if (adoption.kind === 'refused') throw new Refused(adoption.code, adoption.message, adoption.help);
  if (adoption.kind === 'mistaken') {
    throw new Mistaken(
      adoption.diagnostics,
      adoption.text,
      'nothing was adopted: these are mistakes in the file that would have been',
    );
  }
  const { text, changes } = adoption;
  if (isJson) {
    terminal.print(jsonDocument({ network: text, changes }));
    return 0;
  }
  terminal.print(text);
  sayNotes(terminal, changes);
  sayNext(terminal, ['wg-router check network.yaml', 'wg-router config --all configurations']);
  return 0;
}
