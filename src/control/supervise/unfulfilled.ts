/**
 * What a network is expected to do and does not, for whoever runs it: warnings, because routing goes on.
 */

import type { Diagnostic } from '../../description/diagnostic.ts';
import type { Plan } from '../../plan/plan.ts';
import { proofOf } from '../../prove/proof.ts';

/** Proving keeps this process from its other work: some 0.1 ms a pair. `check` tries more. */
const PAIRS_AT_MOST = 5_000;

/** What of `expect` does not hold, among the sentences that can be tried in half a second. */
export function unfulfilled(plan: Plan): Diagnostic[] {
  if (plan.expectations.length === 0) return [];
  return proofOf(plan, PAIRS_AT_MOST, 'untried').diagnostics.map((each) => ({ ...each, severity: 'warning' }));
}
