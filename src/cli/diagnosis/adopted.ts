/**
 * `doctor --adopt`: a healthy network that others built, as a network file. It is held to the rules of every network file
 * before it is printed.
 */

import type { DoctorReport } from '../../control/doctor/report.ts';
import { parseNetwork } from '../../description/parse.ts';
import type { Adopted } from '../../import/adopt.ts';
import { planNetwork } from '../../plan/plan-network.ts';
import { jsonDocument } from '../command-line/json.ts';
import { Mistaken, Refused } from '../command-line/outcome.ts';
import { sayNext, sayNotes } from '../terminal/notes.ts';
import type { ExitCode, Invocation } from '../verb.ts';

/** How messages call the file that is not there yet. */
const FILE = 'network.yaml';

export function printAdopted({ findings }: DoctorReport, adopted: Adopted, invocation: Invocation): ExitCode {
  const { terminal, isJson } = invocation;
  const serious = findings.filter(({ certainty }) => certainty !== 'possible');
  if (serious.length > 0) {
    throw new Refused('not-healthy', 'Cannot adopt a network that does not work', [
      ...serious.map(({ cause, sentence }) => `${cause}: ${sentence}`),
      'cure it first; `wg-router doctor` without --adopt says how',
    ]);
  }
  if ('refusals' in adopted) {
    const [first, ...others] = adopted.refusals;
    throw new Refused(first!.code, first!.message, [
      ...first!.help,
      ...others.flatMap(({ message, help }) => [message, ...help]),
    ]);
  }
  const { network, diagnostics } = parseNetwork(adopted.text, FILE);
  const mistakes = network === null ? diagnostics : [...diagnostics, ...planNetwork(network).diagnostics];
  if (mistakes.some(({ severity }) => severity === 'error')) {
    throw new Mistaken(
      mistakes,
      adopted.text,
      'nothing was adopted: these are mistakes in the file that would have been',
    );
  }
  if (isJson) {
    terminal.print(jsonDocument({ network: adopted.text, changes: adopted.changes }));
    return 0;
  }
  terminal.print(adopted.text);
  sayNotes(terminal, adopted.changes);
  sayNext(terminal, ['wg-router check network.yaml', 'wg-router config --all configurations']);
  return 0;
}
