/**
 * Changes between matrices that have pairs apart: how those of one home fare is compared beside how the others do.
 *
 * Whoever is an exception in one of the matrices, or has another home in each, is compared by himself with everybody.
 */

import type { Subject } from '../../plan/plan.ts';
import { cellsByPair, type Matrix, placesOf, subjectKey } from './matrix.ts';
import type { MatrixChange } from './matrix-changes.ts';

/** Each of them is compared with everybody. */
const SINGLE_AT_MOST = 100;

type Verdict = MatrixChange['before'];

/** What is otherwise between `kept`, who are in both; null where too many of them are exceptions. */
export function changesApart(kept: readonly Subject[], before: Matrix, after: Matrix): MatrixChange[] | null {
  const homes = [homesIn(before, kept), homesIn(after, kept)] as const;
  const excepted = new Set(
    [before, after]
      .flatMap(({ apart }) => apart?.exceptions ?? [])
      .flatMap(({ from, to }) => [from, to].map(subjectKey)),
  );
  const isSingle = (subject: Subject) => {
    const key = subjectKey(subject);
    return excepted.has(key) || homes[0].get(key) !== homes[1].get(key);
  };
  const single = kept.filter(isSingle);
  if (single.length > SINGLE_AT_MOST) return null;
  const others = kept.filter((subject) => !isSingle(subject));
  return [...changesOfSingle(single, kept, before, after), ...changesOfClasses(others, homes[1], before, after)];
}

/** The name of a home is its first subject among `kept`, so that it is the same in both matrices. */
function homesIn({ apart }: Matrix, kept: readonly Subject[]): Map<string, string> {
  const names = new Map<number, string>();
  const found = new Map<string, string>();
  for (const key of kept.map(subjectKey)) {
    const home = apart?.homes.get(key);
    if (home === undefined) continue;
    if (!names.has(home)) names.set(home, key);
    found.set(key, names.get(home)!);
  }
  return found;
}

function changesOfSingle(
  single: readonly Subject[],
  kept: readonly Subject[],
  before: Matrix,
  after: Matrix,
): MatrixChange[] {
  const [was, is] = [cellsByPair(before), cellsByPair(after)];
  const singles = new Set(single.map(subjectKey));
  const changes: MatrixChange[] = [];
  const compare = (from: Subject, to: Subject) => {
    const [old, now] = [was(from, to)?.verdict ?? null, is(from, to)?.verdict ?? null];
    if (old !== now) changes.push({ from: [from], to: [to], before: old, after: now });
  };
  for (const one of single) {
    for (const other of kept) {
      if (subjectKey(one) === subjectKey(other)) continue;
      compare(one, other);
      if (!singles.has(subjectKey(other))) compare(other, one);
    }
  }
  return changes;
}

function changesOfClasses(
  subjects: readonly Subject[],
  homes: ReadonlyMap<string, string>,
  before: Matrix,
  after: Matrix,
): MatrixChange[] {
  const [old, now] = [placesOf(before.sources), placesOf(after.sources)];
  const keyOf = (subject: Subject) => `${old.get(subjectKey(subject))} ${now.get(subjectKey(subject))}`;
  const classes = [...Map.groupBy(subjects, keyOf)];
  const atHome = pairsAtHome(subjects, homes, keyOf);
  const verdicts = (from: string, to: string, isAtHome: boolean): [Verdict, Verdict] => {
    const [a, b] = [from, to].map((key) => key.split(' ').map(Number)) as [number[], number[]];
    return [before, after].map((matrix, i) => {
      const cells = isAtHome && matrix.apart ? matrix.apart.atHome : matrix.cells;
      return cells[a[i]!]![b[i]!]?.verdict ?? null;
    }) as [Verdict, Verdict];
  };
  return classes.flatMap(([a, from]) =>
    classes.flatMap(([b, to]): MatrixChange[] => {
      const home = atHome.get(`${a}>${b}`) ?? 0;
      const others = from.length * to.length - (a === b ? from.length : 0) - home;
      const change = (isAtHome: boolean): MatrixChange[] => {
        const [was, is] = verdicts(a, b, isAtHome);
        return was === is ? [] : [{ from, to, before: was, after: is }];
      };
      const [ofHome, ofOthers] = [home > 0 ? change(true) : null, others > 0 ? change(false) : null];
      if (ofHome === null || ofOthers === null) return ofHome ?? ofOthers ?? [];
      const [one, other] = [ofHome[0], ofOthers[0]];
      if (one?.before === other?.before && one?.after === other?.after) return ofOthers;
      return [
        ...ofHome.map((each) => ({ ...each, among: 'home' as const })),
        ...ofOthers.map((each) => ({ ...each, among: 'others' as const })),
      ];
    }),
  );
}

/** How many pairs of two classes have one home. */
function pairsAtHome(
  subjects: readonly Subject[],
  homes: ReadonlyMap<string, string>,
  keyOf: (subject: Subject) => string,
): Map<string, number> {
  const found = new Map<string, number>();
  for (const [home, here] of Map.groupBy(subjects, (subject) => homes.get(subjectKey(subject)))) {
    if (home === undefined) continue;
    const counts = Map.groupBy(here, keyOf);
    for (const [a, from] of counts) {
      for (const [b, to] of counts) {
        const pairs = from.length * to.length - (a === b ? from.length : 0);
        found.set(`${a}>${b}`, (found.get(`${a}>${b}`) ?? 0) + pairs);
      }
    }
  }
  return found;
}
