/**
 * The matrix of everybody, by classes: groups without trying pairs.
 *
 * Whoever is of one cohort begins as one group; groups that differ in nothing are folded together. How two fare who are at
 * home together (hosts behind masquerade reach each other there, and nobody else reaches them) stands beside how they fare
 * otherwise, and pairs that some table sets apart are exceptions where their verdict is another.
 */

import type { Subject } from '../../plan/plan.ts';
import { stationOf } from '../calling.ts';
import type { PairResult } from '../expectations.ts';
import { cellOfFamilies } from '../matrix/cells.ts';
import { everyoneOf } from '../matrix/group-names.ts';
import { cellKey, type Matrix, type MatrixCell, type MatrixException, subjectKey } from '../matrix/matrix.ts';
import type { Station } from '../world.ts';
import { ClassVerdicts } from './class-verdicts.ts';
import type { Classes } from './classes.ts';

/** Every group is compared with every other one. */
const GROUPS_AT_MOST = 1_500;
/** Pairs that tables set apart and that are looked at. */
const APART_AT_MOST = 400_000;

interface Member {
  readonly subject: Subject;
  readonly station: Station;
}

type Group = readonly Member[];

/** Null where there are too many groups, or too many pairs that tables set apart. */
export function matrixOfClasses(classes: Classes): Matrix | null {
  const { world } = classes.ground;
  const verdicts = new ClassVerdicts(classes, { reaches: true, on: null, over: null });
  const members = everyoneOf(world.plan).flatMap((subject) => {
    const station = stationOf(world, subject);
    return station === null ? [] : [{ subject, station }];
  });
  const cells = new CellsByClass(verdicts);
  const cohorts = [...Map.groupBy(members, ({ station }) => classes.memberOf(station)).values()];
  if (cohorts.length > GROUPS_AT_MOST) return null;
  const cohortOf = new Map(cohorts.flatMap((cohort, i) => cohort.map(({ station }) => [station, i] as const)));
  const between = cohorts.map((from) => cohorts.map((to) => cellBetween(classes, from, to, cells)));
  const within = cellsWithin(classes, cohorts, cohortOf, cells);
  const exceptions = exceptionsOf(
    classes,
    members,
    cells,
    (from, to) => between[cohortOf.get(from)!]![cohortOf.get(to)!]!,
  );
  if (exceptions === null) return null;
  // Where two cohorts only meet at home, that is how they fare.
  const usual = between.map((row, i) => row.map((cell, j) => cell ?? within.cells[i]![j] ?? null));
  const atHome = within.cells.map((row, i) => row.map((cell, j) => cell ?? usual[i]![j]!));
  const joined = joinedGroups(between, within.cells, usual, atHome);
  const groups = joined.map((alike) => ({
    subjects: alike
      .flatMap((i) => cohorts[i]!)
      .sort((a, b) => a.station.id - b.station.id)
      .map(({ subject }) => subject),
  }));
  const pick = (first: Table, then: Table) =>
    joined.map((from) => joined.map((to) => merged(first, from, to) ?? merged(then, from, to)));
  return {
    sources: groups,
    destinations: groups,
    cells: pick(between, within.cells),
    apart: {
      homes: homesOf(classes, members),
      atHome: pick(within.cells, between),
      exceptions: [...within.exceptions, ...exceptions],
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

  of(from: Member, to: Member): MatrixCell {
    const result = this.#verdicts.between(from.station, from.subject, to.station, to.subject);
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

/** Pairs that are apart and fare otherwise than their cohorts; null where too many would have to be looked at. */
function exceptionsOf(
  classes: Classes,
  members: readonly Member[],
  cells: CellsByClass,
  usual: (from: Station, to: Station) => MatrixCell | null,
): MatrixException[] | null {
  const memberOf = new Map(members.map((member) => [member.station, member]));
  const found: MatrixException[] = [];
  let looked = 0;
  for (const [from, to] of classes.apartPairs()) {
    const [near, far] = [memberOf.get(from), memberOf.get(to)];
    if (near === undefined || far === undefined) continue;
    if (++looked > APART_AT_MOST) return null;
    const cell = cells.of(near, far);
    if (cell !== usual(from, to)) found.push({ from: near.subject, to: far.subject, cell });
  }
  return found;
}

/** How members of two cohorts fare whose sites differ and who are not apart; null where there are none such. */
function cellBetween(classes: Classes, from: Group, to: Group, cells: CellsByClass): MatrixCell | null {
  for (const near of from) {
    for (const far of to) {
      const isWithin =
        classes.siteOf(near.station) !== null && classes.siteOf(near.station) === classes.siteOf(far.station);
      if (near === far || isWithin || classes.areApart(near.station, far.station)) continue;
      return cells.of(near, far);
    }
  }
  return null;
}

/** How two cohorts fare within a site, null where they do not meet there; pairs of tangled sites are exceptions. */
function cellsWithin(
  classes: Classes,
  cohorts: readonly Group[],
  cohortOf: ReadonlyMap<Station, number>,
  cells: CellsByClass,
): { readonly cells: (MatrixCell | null)[][]; readonly exceptions: MatrixException[] } {
  const table: (MatrixCell | null)[][] = cohorts.map(() => cohorts.map(() => null));
  const exceptions: MatrixException[] = [];
  const bySite = Map.groupBy(cohorts.flat(), ({ station }) => classes.siteOf(station));
  for (const [site, here] of bySite) {
    if (site === null) continue;
    const isTangled = classes.isTangled(site);
    // Of more than two of a cohort, two say how all fare with each other.
    const some = isTangled
      ? here
      : [...Map.groupBy(here, ({ station }) => cohortOf.get(station)!).values()].flatMap((each) => each.slice(0, 2));
    for (const from of some) {
      const row = table[cohortOf.get(from.station)!]!;
      for (const to of some) {
        const column = cohortOf.get(to.station)!;
        if (from === to || (!isTangled && row[column] !== null)) continue;
        const cell = cells.of(from, to);
        if (isTangled) exceptions.push({ from: from.subject, to: to.subject, cell });
        else row[column] = cell;
      }
    }
  }
  return { cells: table, exceptions };
}

/**
 * Groups that differ in nothing, by number. Two would be one when they have the same row and column, each with that in the
 * place of itself which they have for each other.
 */
function joinedGroups(between: Table, within: Table, usual: Table, atHome: Table): number[][] {
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
