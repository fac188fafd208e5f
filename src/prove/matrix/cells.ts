/**
 * Cells of a matrix from what was proved of a pair.
 */

import type { FamilyResult } from '../expectations.ts';
import type { Verdict } from '../flow.ts';
import type { MatrixCell } from './matrix.ts';

/** As of the sentence "A reaches B": it works when it works in one family. */
export function cellOfFamilies(results: readonly FamilyResult[]): MatrixCell {
  const families = results.map(({ family, verdict }) => ({ family, verdict }));
  const best = BEST_FIRST.find((verdict) => families.some((each) => each.verdict === verdict));
  return { verdict: best ?? null, families };
}

const BEST_FIRST: readonly Verdict[] = ['works', 'not-proven', 'partly', 'fails'];
