/**
 * The proof of a plan: what becomes of everything that is expected, as results and as diagnostics, within a bound.
 */

import { mistake } from '../plan/mistakes/mistake.ts';
import type { Plan, PlannedExpectation, PlanResult } from '../plan/plan.ts';
import { type ExpectationResult, proveExpectations } from './expectations.ts';
import { expectationDiagnostics } from './explain/expectation-diagnostics.ts';
import { type World, worldOf } from './world.ts';

export interface Proof {
  readonly world: World;
  /** In the order of the file, without those that stand for too many pairs. */
  readonly results: readonly ExpectationResult[];
  /** Errors for what does not hold or is not proven, warnings for families that fail beside one that works. */
  readonly diagnostics: PlanResult['diagnostics'];
  /** Errors for sentences that stand for more pairs than are tried. */
  readonly untried: PlanResult['diagnostics'];
}

/**
 * How many pairs are tried, all sentences together. A pair takes some 0.1 ms (two cores, November 2026): what a person
 * waits for is seconds.
 */
const PAIRS_AT_MOST = 50_000;

/** Proves the expectations of `plan`. A sentence that stands for more pairs than are left is not proven, and says so. */
export function proofOf(plan: Plan, pairsAtMost = PAIRS_AT_MOST): Proof {
  const world = worldOf(plan);
  const within: PlannedExpectation[] = [];
  const tooLarge: PlannedExpectation[] = [];
  let left = pairsAtMost;
  for (const expectation of plan.expectations) {
    const pairs = expectation.from.length * expectation.to.length;
    if (pairs > left) tooLarge.push(expectation);
    else {
      within.push(expectation);
      left -= pairs;
    }
  }
  const results = proveExpectations({ ...plan, expectations: within }, world);
  return {
    world,
    results,
    diagnostics: expectationDiagnostics(world, results),
    untried: tooLarge.map((each) => beyondBound(each, pairsAtMost)),
  };
}

function beyondBound({ text, place, from, to }: PlannedExpectation, pairsAtMost: number) {
  const pairs = from.length * to.length;
  return mistake(
    'expectation-not-proven',
    place,
    `Cannot prove "${text}": it stands for ${pairs} pairs, and ${pairsAtMost} are the most that are tried for a file`,
    { help: ['say it of fewer: of a group, a LAN, a machine that stands for others like it'] },
  );
}
