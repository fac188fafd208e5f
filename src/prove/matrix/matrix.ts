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
  /** Absent: the cells hold for every pair of their groups. */
  readonly apart?: MatrixApart;
}

/** Pairs for which the cells of their groups do not hold. */
export interface MatrixApart {
  /** Who stands on one LAN, or on LANs that one machine joins, has the same number; by `subjectKey`. */
  readonly homes: ReadonlyMap<string, number>;
  /** As `cells`, for pairs of one home. */
  readonly atHome: readonly (readonly (MatrixCell | null)[])[];
  /** Single pairs, these before everything else. */
  readonly exceptions: readonly MatrixException[];
}

export interface MatrixException {
  readonly from: Subject;
  readonly to: Subject;
  readonly cell: MatrixCell;
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
  const destinations = matrix.sources === matrix.destinations ? sources : placesOf(matrix.destinations);
  const { homes, atHome } = matrix.apart ?? { homes: new Map<string, number>(), atHome: matrix.cells };
  const exceptions = new Map(matrix.apart?.exceptions.map(({ from, to, cell }) => [pairKey(from, to), cell]));
  return (from, to) => {
    const [near, far] = [subjectKey(from), subjectKey(to)];
    const [row, column] = [sources.get(near), destinations.get(far)];
    if (row === undefined || column === undefined || near === far) return null;
    const exception = exceptions.size === 0 ? undefined : exceptions.get(pairKey(from, to));
    if (exception !== undefined) return exception;
    const home = homes.get(near);
    return (home !== undefined && home === homes.get(far) ? atHome : matrix.cells)[row]![column]!;
  };
}

export function pairKey(from: Subject, to: Subject): string {
  return `${subjectKey(from)}\n${subjectKey(to)}`;
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
      // With pairs apart the two partitions are one.
      const back = matrix.apart ? matrix.cells[column]![row]! : cell(to.subjects[0]!, from.subjects[0]!);
      return there?.verdict === 'works' && back !== null && back.verdict !== 'works' && back.verdict !== null
        ? [{ from, to, back }]
        : [];
    }),
  );
}

/** The first pair that does not work, and has a family in common; null when there is none. */
export function failingPair(matrix: Matrix): readonly [from: Subject, to: Subject] | null {
  const cell = cellsByPair(matrix);
  for (const [row, from] of matrix.sources.entries()) {
    for (const [column, to] of matrix.destinations.entries()) {
      const verdict = matrix.cells[row]![column]?.verdict ?? null;
      if (verdict === null || verdict === 'works') continue;
      for (const near of from.subjects) {
        const far = to.subjects.find((each) => cell(near, each)?.verdict === verdict);
        if (far !== undefined) return [near, far];
      }
    }
  }
  const exception = matrix.apart?.exceptions.find(({ cell: { verdict } }) => verdict !== null && verdict !== 'works');
  return exception ? [exception.from, exception.to] : null;
}
