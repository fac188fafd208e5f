/**
 * The proof of a plan: what becomes of everything that is expected, as results and as diagnostics, within a bound.
 */

import { mistake } from '../plan/mistakes/mistake.ts';
import type { Plan, PlannedExpectation, PlanResult } from '../plan/plan.ts';
import { proveByClasses } from './classes/class-expectations.ts';
import { type Classes, classesOf } from './classes/classes.ts';
import { type ExpectationResult, proveExpectation } from './expectations.ts';
import { expectationDiagnostics } from './explain/expectation-diagnostics.ts';
import { type World, worldOf } from './world.ts';

export interface Proof {
  readonly world: World;
  /** In the order of the file, without those that were not tried. */
  readonly results: readonly ExpectationResult[];
  /** Errors for what does not hold or is not proven, warnings for families that fail beside one that works. */
  readonly diagnostics: PlanResult['diagnostics'];
  /** Errors for sentences that stand for too many pairs that have too little in common. */
  readonly untried: PlanResult['diagnostics'];
}

/**
 * How many pairs are tried one by one, all sentences together. A pair takes some 0.1 ms (two cores, November 2026): what a
 * person waits for is seconds. Sentences that stand for more are proved by classes of pairs.
 */
const PAIRS_AT_MOST = 50_000;

/**
 * Proves the expectations of `plan`: pair by pair as long as they are few, then by classes. A sentence that stands for too
 * many pairs that are no like of others is not proven, and says so. `beyond` leaves all larger ones untried for whoever must
 * not wait: classes of a network of thousands take seconds.
 */
export function proofOf(
  plan: Plan,
  pairsAtMost = PAIRS_AT_MOST,
  beyond: 'by-classes' | 'untried' = 'by-classes',
): Proof {
  const world = worldOf(plan);
  const results: ExpectationResult[] = [];
  const untried: PlannedExpectation[] = [];
  let classes: Classes | null | undefined;
  let left = pairsAtMost;
  for (const expectation of plan.expectations) {
    const pairs = expectation.from.length * expectation.to.length;
    if (pairs <= left) {
      left -= pairs;
      results.push(proveExpectation(world, expectation));
      continue;
    }
    if (classes === undefined) classes = beyond === 'untried' ? null : classesOf(world);
    const result = classes && proveByClasses(classes, expectation, pairsAtMost);
    if (result === null) untried.push(expectation);
    else results.push(result);
  }
  return {
    world,
    results,
    diagnostics: expectationDiagnostics(world, results),
    untried: untried.map((each) => beyondBound(each, pairsAtMost)),
  };
}

function beyondBound({ text, place, from, to }: PlannedExpectation, pairsAtMost: number) {
  const pairs = from.length * to.length;
  return mistake(
    'expectation-not-proven',
    place,
    `Cannot prove "${text}": it stands for ${pairs} pairs that have too little in common, and ${pairsAtMost} are the most that are tried for a file`,
    { help: ['say it of fewer: of a group, a LAN, a machine that stands for others like it'] },
  );
}
