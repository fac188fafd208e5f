/**
 * Who reaches whom in a world: its matrix, and what of it deserves a look.
 */

import type { LanPlan, Subject } from '../../plan/plan.ts';
import { stationOf } from '../calling.ts';
import { matrixOfClasses } from '../classes/class-matrix.ts';
import { classesOf } from '../classes/classes.ts';
import { type Claim, provePair } from '../expectations.ts';
import type { World } from '../world.ts';
import { cellOfFamilies } from './cells.ts';
import { everyoneOf } from './group-names.ts';
import { cellsByPair, type Matrix, type MatrixCell, matrixOfPairs, placesOf, subjectKey } from './matrix.ts';

/** More are not tried pair by pair: 100 make 9,900 pairs, about a second (two cores, November 2026). */
export const SUBJECTS_AT_MOST = 100;

const EVERYTHING: Claim = { reaches: true, on: null, over: null };

/**
 * The matrix of everybody who is described, however many they are: pair by pair while they are few, then by classes, where
 * it may have pairs apart. Null where neither can be.
 */
export function reachabilityOfAll(world: World): Matrix | null {
  const few = reachability(world);
  if (few !== null) return few;
  const classes = classesOf(world);
  return classes && matrixOfClasses(classes);
}

/** The matrix of everybody who is described, in which no pair is apart; null when they are more than `SUBJECTS_AT_MOST`. */
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
  const places = placesOf(matrix.sources);
  // Some of each group, of different homes: whoever is alike in all of them fares alike.
  const strangers = matrix.sources.flatMap(({ subjects }) => subjects.filter(({ kind }) => kind !== 'router'));
  const excepted = Map.groupBy(matrix.apart?.exceptions ?? [], ({ to }) => subjectKey(to));
  const byHome = Map.groupBy(strangers, (subject) => matrix.apart?.homes.get(subjectKey(subject)));
  return plan.lans.filter((lan) => {
    const hosts: Subject[] = [
      ...lan.hosts.map(({ name }) => ({ kind: 'host' as const, name })),
      { kind: 'unnamed' as const, lan: lan.name },
    ].filter((host) => places.has(subjectKey(host)));
    const keys = new Set(hosts.map(subjectKey));
    const home = hosts[0] && matrix.apart?.homes.get(subjectKey(hosts[0]));
    const isElsewhere = (subject: Subject) => !keys.has(subjectKey(subject));
    const asked = matrix.apart
      ? [
          ...matrix.sources.flatMap(({ subjects }) =>
            subjects
              .filter((subject) => subject.kind !== 'router' && matrix.apart!.homes.get(subjectKey(subject)) !== home)
              .slice(0, 1),
          ),
          ...(home === undefined ? [] : (byHome.get(home) ?? []).filter(isElsewhere)),
        ]
      : strangers.filter(isElsewhere);
    return (
      hosts.length > 0 &&
      asked.length > 0 &&
      asked.every((from) => hosts.every((to) => cell(from, to)?.verdict === 'works')) &&
      hosts.every((to) => (excepted.get(subjectKey(to)) ?? []).every(({ cell: { verdict } }) => verdict === 'works'))
    );
  });
}

/** LANs whose hosts see the address of their carrier in place of everybody's. */
export function hidingLans({ plan }: World): LanPlan[] {
  return plan.lans.filter(({ attach }) => attach?.value === 'masquerade');
}
