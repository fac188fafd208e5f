/**
 * Expectations of many pairs, proved class by class.
 */

import type { PlannedExpectation, Subject } from '../../plan/plan.ts';
import { stationOf } from '../calling.ts';
import { type ExpectationNote, type ExpectationResult, notesOf, type PairResult, SEVERITY } from '../expectations.ts';
import { ClassVerdicts } from './class-verdicts.ts';
import type { Classes } from './classes.ts';
import { type Member, type MemberPair, pairGroups } from './pair-groups.ts';

/**
 * What becomes of an expectation: the same as pair by pair, but that of pairs of one class only the first has a note. Null
 * where more than `singlyAtMost` pairs are no like of others.
 */
export function proveByClasses(
  classes: Classes,
  expectation: PlannedExpectation,
  singlyAtMost: number,
): ExpectationResult | null {
  const [from, to] = [expectation.from, expectation.to].map((list) => membersOf(classes, list)) as [Member[], Member[]];
  const groups = pairGroups(classes, from, to, singlyAtMost);
  if (groups === null) return null;
  const verdicts = new ClassVerdicts(classes, expectation);
  const order = new Map(from.map(({ station }, i) => [station, i]));
  const notes: ExpectationNote[] = [];
  let pairs = 0;
  let unfulfilled = 0;
  let shown: { readonly result: PairResult; readonly place: number } | null = null;
  const count = (result: PairResult, [near]: MemberPair, times: number) => {
    pairs += times;
    notes.push(...notesOf(expectation, result));
    if (result.holding === 'holds') return;
    unfulfilled += times;
    const place = order.get(near.station)!;
    const worse = shown === null ? 1 : SEVERITY[result.holding] - SEVERITY[shown.result.holding];
    if (worse > 0 || (worse === 0 && place < shown!.place)) shown = { result, place };
  };
  let singly = 0;
  for (const { first, count: times, all } of groups) {
    const result = verdicts.ofMembers(first);
    if (!verdicts.meetsOthers(first)) {
      count(result, first, times);
      continue;
    }
    singly += times;
    if (singly > singlyAtMost) return null;
    for (const pair of all()) count(verdicts.ofMembers(pair), pair, 1);
  }
  const worst = shown as { readonly result: PairResult } | null;
  const pair = worst?.result ?? null;
  return { expectation, holding: pair?.holding ?? 'holds', pair, unfulfilled, pairs, notes };
}

/** Subjects with their stations, each once; those that have none are left out. */
export function membersOf({ ground }: Classes, subjects: readonly Subject[]): Member[] {
  const found = new Map(
    subjects.flatMap((subject) => {
      const station = stationOf(ground.world, subject);
      return station === null ? [] : [[station, { subject, station }] as const];
    }),
  );
  return [...found.values()];
}
