/**
 * Who reaches whom in a world: its matrix, and what of it deserves a look.
 */

import type { LanPlan, Subject } from '../../plan/plan.ts';
import { stationOf } from '../calling.ts';
import { type Claim, provePair } from '../expectations.ts';
import type { World } from '../world.ts';
import { cellOfFamilies } from './cells.ts';
import { everyoneOf } from './group-names.ts';
import { cellsByPair, type Matrix, type MatrixCell, matrixOfPairs, subjectKey } from './matrix.ts';

/** More are not tried pair by pair: 100 make 9,900 pairs, about a second (two cores, November 2026). */
export const SUBJECTS_AT_MOST = 100;

const EVERYTHING: Claim = { reaches: true, on: null, over: null };

/** The matrix of everybody who is described; null when they are more than `SUBJECTS_AT_MOST`. */
export function reachability(world: World): Matrix | null {
  const subjects = everyoneOf(world.plan).filter((subject) => stationOf(world, subject) !== null);
  if (subjects.length > SUBJECTS_AT_MOST) return null;
  return matrixOfPairs(subjects, (from, to) => cellOf(world, from, to));
}

function cellOf(world: World, from: Subject, to: Subject): MatrixCell {
  return cellOfFamilies(provePair(world, EVERYTHING, from, to)!.families);
}

/** LANs of which everybody elsewhere reaches every host, also those that nobody named. */
export function openLans({ plan }: World, matrix: Matrix): LanPlan[] {
  const cell = cellsByPair(matrix);
  const everyone = matrix.sources.flatMap(({ subjects }) => subjects);
  return plan.lans.filter((lan) => {
    const hosts = new Set([...lan.hosts.map(({ name }) => name), subjectKey({ kind: 'unnamed', lan: lan.name })]);
    const [here, elsewhere] = [true, false].map((isHere) =>
      everyone.filter((subject) => hosts.has(subjectKey(subject)) === isHere),
    );
    const strangers = elsewhere!.filter((subject) => subject.kind !== 'router');
    return (
      strangers.length > 0 &&
      here!.length > 0 &&
      strangers.every((from) => here!.every((to) => cell(from, to)?.verdict === 'works'))
    );
  });
}

/** LANs whose hosts see the address of their carrier in place of everybody's. */
export function hidingLans({ plan }: World): LanPlan[] {
  return plan.lans.filter(({ attach }) => attach?.value === 'masquerade');
}
