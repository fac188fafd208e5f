/**
 * The matrix of everybody, by classes: groups without trying pairs.
 *
 * Whoever is of one cohort begins as one group; groups that differ in nothing are folded together. How two fare who are at
 * home together (hosts behind masquerade reach each other there, and nobody else reaches them) stands beside how they fare
 * otherwise, and pairs that some table sets apart are exceptions where their verdict is another.
 */

import type { PairResult } from '../expectations.ts';
import { cellOfFamilies } from '../matrix/cells.ts';
import { everyoneOf } from '../matrix/group-names.ts';
import { cellKey, type Matrix, type MatrixCell, type MatrixException, subjectKey } from '../matrix/matrix.ts';
import { membersOf } from './class-expectations.ts';
import { ClassVerdicts } from './class-verdicts.ts';
import type { Classes } from './classes.ts';
import { type Member, type MemberPair, pairGroups } from './pair-groups.ts';

/** Every group is compared with every other one. */
const GROUPS_AT_MOST = 1_500;
/** Pairs that are looked at by themselves. */
const SINGLY_AT_MOST = 400_000;

type Group = readonly Member[];

/** Null where there are too many groups, or too many pairs that are no like of others. */
export function matrixOfClasses(classes: Classes): Matrix | null {
  const members = membersOf(classes, everyoneOf(classes.ground.world.plan));
  const cohorts = [...Map.groupBy(members, ({ station }) => classes.memberOf(station)).values()];
  if (cohorts.length > GROUPS_AT_MOST) return null;
  const told = cellsOf(classes, members, cohorts);
  if (told === null) return null;
  const { between, within, exceptions } = told;
  // Where two cohorts only meet at home, or never do, the other cell says how they would fare.
  const pick = (first: Table, then: Table, a: readonly number[], b: readonly number[]) =>
    merged(first, a, b) ?? merged(then, a, b);
  const joined = joinedGroups(between, within);
  const groups = joined.map((alike) => ({
    subjects: alike
      .flatMap((i) => cohorts[i]!)
      .sort((a, b) => a.station.id - b.station.id)
      .map(({ subject }) => subject),
  }));
  return {
    sources: groups,
    destinations: groups,
    cells: joined.map((from) => joined.map((to) => pick(between, within, from, to))),
    apart: {
      homes: homesOf(classes, members),
      atHome: joined.map((from) => joined.map((to) => pick(within, between, from, to))),
      exceptions,
    },
  };
}

/** By group, and by group; null where no pair is of this kind. */
type Table = readonly (readonly (MatrixCell | null)[])[];

/** What stands in any of the cells of two groups: where several do, they are the same. */
function merged(table: Table, from: readonly number[], to: readonly number[]): MatrixCell | null {
  for (const row of from) {
    for (const column of to) {
      const cell = table[row]![column];
      if (cell != null) return cell;
    }
  }
  return null;
}

/** Sites of those who share theirs with somebody. */
function homesOf(classes: Classes, members: readonly Member[]): Map<string, number> {
  const found = new Map<string, number>();
  for (const { subject, station } of members) {
    const site = classes.siteOf(station);
    if (site !== null && site.core.length + site.leaves.length > 1) found.set(subjectKey(subject), site.id);
  }
  return found;
}

/** Cells that are the same are one object. */
class CellsByClass {
  readonly #verdicts: ClassVerdicts;
  readonly #ofResult = new Map<PairResult, MatrixCell>();
  readonly #distinct = new Map<string, MatrixCell>();

  constructor(verdicts: ClassVerdicts) {
    this.#verdicts = verdicts;
  }

  of(pair: MemberPair): MatrixCell {
    const result = this.#verdicts.ofMembers(pair);
    let cell = this.#ofResult.get(result);
    if (cell === undefined) {
      const made = cellOfFamilies(result.families);
      const key = cellKey(made);
      cell = this.#distinct.get(key) ?? made;
      this.#distinct.set(key, cell);
      this.#ofResult.set(result, cell);
    }
    return cell;
  }
}

interface Told {
  readonly between: Table;
  readonly within: Table;
  readonly exceptions: readonly MatrixException[];
}

/** How cohorts fare between sites and within them, and who of them does otherwise; null where these are too many. */
function cellsOf(classes: Classes, members: readonly Member[], cohorts: readonly Group[]): Told | null {
  const groups = pairGroups(classes, members, members, SINGLY_AT_MOST);
  if (groups === null) return null;
  const verdicts = new ClassVerdicts(classes, { reaches: true, on: null, over: null });
  const cells = new CellsByClass(verdicts);
  const places = new Map(cohorts.map((cohort, i) => [classes.memberOf(cohort[0]!.station), i]));
  const empty = () => cohorts.map((): (MatrixCell | null)[] => cohorts.map(() => null));
  const tables = { between: empty(), within: empty() };
  const exceptions: MatrixException[] = [];
  let singly = 0;
  // Those who are apart come after what they are compared with.
  for (const { kind, first, all } of groups.toSorted(
    (a, b) => Number(a.kind === 'apart') - Number(b.kind === 'apart'),
  )) {
    const table = tables[kind === 'within' ? 'within' : 'between'];
    const [row, column] = first.map(({ station }) => places.get(classes.memberOf(station))!) as [number, number];
    const cell = cells.of(first);
    const isLike = kind !== 'apart' && !isOfTangled(classes, first);
    if (isLike) table[row]![column] = cell;
    const each = verdicts.meetsOthers(first) || !isLike ? all() : [];
    for (const pair of each) {
      if (++singly > SINGLY_AT_MOST) return null;
      const own = cells.of(pair);
      if (own !== table[row]![column]) exceptions.push({ from: pair[0].subject, to: pair[1].subject, cell: own });
    }
  }
  return { ...tables, exceptions };
}

function isOfTangled(classes: Classes, [from, to]: MemberPair): boolean {
  const site = classes.siteOf(from.station);
  return site !== null && site === classes.siteOf(to.station) && classes.isTangled(site);
}

/**
 * Groups that differ in nothing, by number. Two would be one when they have the same row and column, each with that in the
 * place of itself which they have for each other.
 */
function joinedGroups(between: Table, within: Table): number[][] {
  const usual = between.map((row, i) => row.map((cell, j) => cell ?? within[i]![j]!));
  const atHome = within.map((row, i) => row.map((cell, j) => cell ?? between[i]![j]!));
  const ids = new Map<MatrixCell | null, number>();
  const idOf = (cell: MatrixCell | null) => {
    const id = ids.get(cell) ?? ids.size;
    ids.set(cell, id);
    return id;
  };
  const rows = usual.map((row, i) => row.map((cell, j) => `${idOf(cell)},${idOf(atHome[i]![j]!)}`));
  const buckets = new Map<string, number[]>();
  for (const [i, row] of rows.entries()) {
    const fits = (guess: string) => {
      const [out, home] = guess.split(',').map(Number);
      return (
        (between[i]![i] === null || idOf(between[i]![i]!) === out) &&
        (within[i]![i] === null || idOf(within[i]![i]!) === home)
      );
    };
    const guesses = new Set([row[i]!, ...row, ...rows.map((each) => each[i]!)].filter(fits));
    for (const guess of guesses) {
      const key = [row, rows.map((each) => each[i]!)]
        .map((list) => list.map((each, j) => (i === j ? guess : each)).join(' '))
        .join('/');
      const alike = buckets.get(key);
      if (alike === undefined) buckets.set(key, [i]);
      else alike.push(i);
    }
  }
  const taken = new Set<number>();
  const joined: number[][] = [];
  for (const alike of [...buckets.values()].sort((a, b) => b.length - a.length)) {
    const free = alike.filter((i) => !taken.has(i));
    if (free.length === 0) continue;
    for (const i of free) taken.add(i);
    joined.push(free);
  }
  return joined.sort((a, b) => a[0]! - b[0]!);
}
