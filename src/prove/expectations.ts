/**
 * Expectations: whether the sentences of `expect` hold, pair by pair, with the flow that shows it.
 */

import type { Family } from '../net/address.ts';
import type { PlannedExpectation, Subject } from '../plan/plan.ts';
import type { Flow } from './flow.ts';

/** `partly` and `not-proven` fulfil neither "reaches" nor "does not reach". */
export type Holding = 'holds' | 'broken' | 'partly' | 'not-proven';

export interface ExpectationResult {
  readonly expectation: PlannedExpectation;
  readonly holding: Holding;
  /** The first pair for which it does not hold, or null; several more may be like it. */
  readonly pair: PairResult | null;
  /** In how many pairs it does not hold, of how many. */
  readonly unfulfilled: number;
  readonly pairs: number;
  readonly notes: readonly ExpectationNote[];
}

export interface PairResult {
  readonly from: Subject;
  readonly to: Subject;
  readonly holding: Holding;
  /** By family, those that both have. */
  readonly families: readonly FamilyResult[];
}

export interface FamilyResult {
  readonly family: Family;
  readonly verdict: Flow['verdict'];
  /** The flow that shows it: the worst one, and the first of these. */
  readonly flow: Flow;
}

export type ExpectationNote =
  /** It reaches in one family, and not in another that both have. */
  | { readonly kind: 'family-fails'; readonly pair: PairResult; readonly family: Family }
  /** That it does not reach rests on a missing route or on the filter of a LAN's gateway. */
  | { readonly kind: 'nothing-enforces-it'; readonly pair: PairResult };
