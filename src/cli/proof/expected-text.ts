/**
 * What is expected, and whether it holds, for a person.
 */

import type { Plan } from '../../plan/plan.ts';
import type { ExpectationResult } from '../../prove/expectations.ts';
import type { Proof } from '../../prove/proof.ts';
import type { Paint } from '../terminal/paint.ts';
import { table } from '../terminal/table.ts';

/** Sentences that are listed; more are counted. */
const LISTED = 20;

/** Everything that holds, with what a person should know about it. */
export function expectedText(results: readonly ExpectationResult[], paint: Paint): string {
  const rows = results
    .slice(0, LISTED)
    .map((result) => [`${paint('good', '✓')} ${result.expectation.text}`, paint('dim', remark(result))]);
  const rest = results.length - LISTED;
  const lines = [paint('bold', 'Expected'), ...table(rows, '  '), ...(rest > 0 ? [`  … and ${rest} more hold`] : [])];
  return `${lines.join('\n')}\n`;
}

function remark({ notes, pairs }: ExpectationResult): string {
  const kinds = new Set(notes.map(({ kind }) => kind));
  return [
    ...(pairs > 1 ? [`${pairs} pairs`] : []),
    ...(kinds.has('nothing-enforces-it')
      ? ['nothing enforces it: only a route is missing, or a LAN’s gateway filters']
      : []),
    ...(kinds.has('family-fails') ? ['in one family only'] : []),
  ].join('; ');
}

/** How many do not hold. */
export function unfulfilledText({ expectations }: Plan, { results }: Proof): string {
  const holding = results.filter((each) => each.holding === 'holds').length;
  const count = expectations.length - holding;
  if (expectations.length === 1) return 'what is expected does not hold';
  return `${count} of ${expectations.length} expectations ${count === 1 ? 'does' : 'do'} not hold`;
}
