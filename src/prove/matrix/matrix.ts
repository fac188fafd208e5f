/**
 * The matrix: who reaches whom, with those who behave alike folded together.
 *
 * Whoever proves fills it: pair by pair (`matrixOfPairs`), or class by class where there are too many pairs. Who prints it
 * or compares two of them knows only this type.
 */

import type { Family } from '../../net/address.ts';
import type { Subject } from '../../plan/plan.ts';
import type { Verdict } from '../flow.ts';

export interface Matrix {
  readonly sources: readonly MatrixGroup[];
  readonly destinations: readonly MatrixGroup[];
  /** By source, then by destination. Null: there is no pair, because both are one and the same subject. */
  readonly cells: readonly (readonly (MatrixCell | null)[])[];
}

/** Subjects that behave alike: at least one, in the order of the file. */
export interface MatrixGroup {
  readonly subjects: readonly Subject[];
}

/** What holds for every pair of a source and a destination group. */
export interface MatrixCell {
  /** As of the sentence "A reaches B": it works when it works in one family. Null: they have no family in common. */
  readonly verdict: Verdict | null;
  /** Those that both have. */
  readonly families: readonly { readonly family: Family; readonly verdict: Verdict }[];
}

/** A subject as a key of maps. */
export function subjectKey(subject: Subject): string {
  return subject.kind === 'unnamed' ? `others of ${subject.lan}` : subject.name;
}

/**
 * The matrix of `subjects`, asked pair by pair.
 *
 * One partition serves sources and destinations: two are alike when exchanging them changes nothing, to everybody else
 * and between each other. That is transitive, so a subject needs to be compared with one of each group only.
 */
export function matrixOfPairs(
  subjects: readonly Subject[],
  cellOf: (from: Subject, to: Subject) => MatrixCell,
): Matrix {
  const cells = subjects.map((from) => subjects.map((to) => (from === to ? null : cellOf(from, to))));
  const keys = cells.map((row) => row.map((cell) => (cell === null ? '' : cellKey(cell))));
  const groups: number[][] = [];
  subjects.forEach((_, i) => {
    const group = groups.find(([first]) => areAlike(keys, first!, i));
    if (group === undefined) groups.push([i]);
    else group.push(i);
  });
  const folded = groups.map((group) => ({ subjects: group.map((i) => subjects[i]!) }));
  return {
    sources: folded,
    destinations: folded,
    cells: groups.map((from) =>
      groups.map((to) => cells[from[0]!]![from === to ? (to[1] ?? from[0]!) : to[0]!] ?? null),
    ),
  };
}

function areAlike(keys: readonly (readonly string[])[], a: number, b: number): boolean {
  if (keys[a]![b] !== keys[b]![a]) return false;
  return keys.every((row, c) => c === a || c === b || (row[a] === row[b] && keys[a]![c] === keys[b]![c]));
}

/** The same for cells that say the same. */
export function cellKey({ verdict, families }: MatrixCell): string {
  return [verdict, ...families.map((each) => `${each.family}${each.verdict}`)].join(' ');
}

/** The cell of a pair, for any two subjects of the matrix. */
export function cellsByPair(matrix: Matrix): (from: Subject, to: Subject) => MatrixCell | null {
  const sources = placesOf(matrix.sources);
  const destinations = placesOf(matrix.destinations);
  return (from, to) => {
    const [row, column] = [sources.get(subjectKey(from)), destinations.get(subjectKey(to))];
    if (row === undefined || column === undefined || subjectKey(from) === subjectKey(to)) return null;
    return matrix.cells[row]![column]!;
  };
}

/** In which group a subject is, by `subjectKey`. */
export function placesOf(groups: readonly MatrixGroup[]): Map<string, number> {
  return new Map(groups.flatMap(({ subjects }, i) => subjects.map((subject) => [subjectKey(subject), i] as const)));
}

export interface OneWay {
  readonly from: MatrixGroup;
  readonly to: MatrixGroup;
  /** Of the way back. */
  readonly back: MatrixCell;
}

/** Groups of which one reaches the other and is not reached by it. */
export function oneWays(matrix: Matrix): OneWay[] {
  const cell = cellsByPair(matrix);
  return matrix.sources.flatMap((from, row) =>
    matrix.destinations.flatMap((to, column): OneWay[] => {
      const there = matrix.cells[row]![column];
      const back = cell(to.subjects[0]!, from.subjects[0]!);
      return there?.verdict === 'works' && back !== null && back.verdict !== 'works' && back.verdict !== null
        ? [{ from, to, back }]
        : [];
    }),
  );
}

/** The first pair that does not work, and has a family in common; null when there is none. */
export function failingPair({ sources, destinations, cells }: Matrix): readonly [from: Subject, to: Subject] | null {
  for (const [row, from] of sources.entries()) {
    for (const [column, to] of destinations.entries()) {
      const verdict = cells[row]![column]?.verdict ?? null;
      if (verdict === null || verdict === 'works') continue;
      const near = from.subjects[0]!;
      const far = to.subjects.find((each) => subjectKey(each) !== subjectKey(near));
      if (far !== undefined) return [near, far];
    }
  }
  return null;
}
