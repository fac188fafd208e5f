/**
 * What a network file expects, held against what packets did.
 *
 * *A reaches B* when in one family that both have all that was tried works, with every address of B. *A does not reach B*
 * when nothing of it works in any. Between the two, neither sentence is fulfilled.
 */

import type { PlannedExpectation, Subject } from '../../../src/plan/plan.ts';
import { deviceOf, type Observation, type Trial, triedIn, type Verdict } from './observation.ts';

export interface Broken {
  readonly expectation: PlannedExpectation;
  readonly from: Subject;
  readonly to: Subject;
  /** How the pair fares where it should be otherwise. */
  readonly verdict: Verdict;
}

/** Every pair for which a sentence is not fulfilled. Pairs that were not tried, since they have no family in common, are none. */
export function brokenExpectations(
  expectations: readonly PlannedExpectation[],
  observations: readonly Observation[],
): Broken[] {
  const byPair = Map.groupBy(observations, ({ from, to }) => `${deviceOf(from)} ${deviceOf(to)}`);
  return expectations.flatMap((expectation) =>
    expectation.from.flatMap((from) =>
      expectation.to.flatMap((to) => {
        const seen = byPair.get(`${deviceOf(from)} ${deviceOf(to)}`) ?? [];
        const verdict = verdictFor(expectation, seen);
        const isFulfilled = verdict === null || verdict === (expectation.reaches ? 'works' : 'fails');
        return isFulfilled ? [] : [{ expectation, from, to, verdict }];
      }),
    ),
  );
}

/** By the rules of the sentence: works in one family is enough; null when nothing of it was tried. */
function verdictFor({ on, over }: PlannedExpectation, seen: readonly Observation[]): Verdict | null {
  const families = ([4, 6] as const).filter((family) => over === null || over === family);
  const fates = families.map((family) =>
    seen
      .filter((each) => each.family === family)
      .flatMap((each) => triedIn(each).filter(({ trial }) => isMeant(trial, on)))
      .map(({ fate }) => fate),
  );
  const tried = fates.filter((each) => each.length > 0);
  if (tried.length === 0) return null;
  if (tried.some((each) => each.every((fate) => fate === 'works'))) return 'works';
  return tried.flat().every((fate) => fate === 'fails') ? 'fails' : 'partly';
}

/** Nothing filters by port, so any TCP stands for all of it. */
function isMeant(trial: Trial, on: PlannedExpectation['on']): boolean {
  return on === null || trial === on.protocol;
}
