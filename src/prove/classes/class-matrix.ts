/**
 * The matrix of everybody, by classes: groups without trying pairs.
 *
 * Whoever is of one cohort begins as one group. A cohort is divided by site where its flows within a site fare otherwise
 * than those between sites (hosts behind masquerade reach each other at home, and nobody else does), and those come out of
 * it whom some table sets apart with another verdict. What is left of groups that differ in nothing is folded together.
 */

import type { Subject } from '../../plan/plan.ts';
import { stationOf } from '../calling.ts';
import type { PairResult } from '../expectations.ts';
import { cellOfFamilies } from '../matrix/cells.ts';
import { everyoneOf } from '../matrix/group-names.ts';
import { cellKey, type Matrix, type MatrixCell } from '../matrix/matrix.ts';
import type { Station } from '../world.ts';
import { ClassVerdicts } from './class-verdicts.ts';
import type { Classes } from './classes.ts';

/** More groups than these are not a matrix that anybody reads. */
export const GROUPS_AT_MOST = 600;
/** Pairs that tables set apart and that are looked at. */
const APART_AT_MOST = 400_000;

interface Member {
  readonly subject: Subject;
  readonly station: Station;
}

type Group = readonly Member[];

/** Null where there are too many groups. */
export function matrixOfClasses(classes: Classes): Matrix | null {
  const { world } = classes.ground;
  const verdicts = new ClassVerdicts(classes, { reaches: true, on: null, over: null });
  const members = everyoneOf(world.plan).flatMap((subject) => {
    const station = stationOf(world, subject);
    return station === null ? [] : [{ subject, station }];
  });
  const cells = new CellsByClass(verdicts);
  const groups = divided(classes, members, cells);
  if (groups === null || groups.length > GROUPS_AT_MOST) return null;
  return folded(groups, cells);
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

/** Groups of which all pairs fare alike; null where too many pairs would have to be looked at. */
function divided(classes: Classes, members: readonly Member[], cells: CellsByClass): Group[] | null {
  const cohorts = [...Map.groupBy(members, ({ station }) => classes.memberOf(station)).values()];
  const cohortOf = new Map(cohorts.flatMap((cohort, i) => cohort.map(({ station }) => [station, i] as const)));
  const bySite = new Set<number>();
  const alone = new Set<Station>();
  const between: (MatrixCell | null)[][] = cohorts.map((from) =>
    cohorts.map((to) => cellBetween(classes, from, to, cells)),
  );
  for (const pairs of pairsWithin(classes, cohorts)) {
    for (const [from, to, a, b] of pairs) {
      const usual = between[a]![b]!;
      if (usual === null || cells.of(from, to) === usual) continue;
      bySite.add(a).add(b);
    }
  }
  const memberOf = new Map(members.map((member) => [member.station, member]));
  let looked = 0;
  for (const [from, to] of classes.apartPairs()) {
    const [near, far] = [memberOf.get(from), memberOf.get(to)];
    if (near === undefined || far === undefined) continue;
    if (++looked > APART_AT_MOST) return null;
    const usual = between[cohortOf.get(from)!]![cohortOf.get(to)!]!;
    if (usual !== null && cells.of(near, far) !== usual) alone.add(from).add(to);
  }
  return cohorts.flatMap((cohort, i) => [
    ...Map.groupBy(cohort, ({ station }) => {
      if (alone.has(station)) return `alone ${station.id}`;
      return bySite.has(i) ? `site ${classes.siteOf(station)?.id}` : '';
    }).values(),
  ]);
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

type Pair = readonly [from: Member, to: Member, cohortOfFrom: number, cohortOfTo: number];

/** Pairs within sites, by site: one of each two cohorts, for what holds for one holds for all. */
function* pairsWithin(classes: Classes, cohorts: readonly Group[]): Iterable<Pair[]> {
  const bySite = new Map<number, [Member, number][]>();
  const seen = new Set<number>();
  for (const [i, cohort] of cohorts.entries()) {
    const counts = new Map<number, number>();
    for (const member of cohort) {
      const site = classes.siteOf(member.station);
      if (site === null) continue;
      const count = (counts.get(site.id) ?? 0) + 1;
      counts.set(site.id, count);
      if (count > 2 && !classes.isTangled(site)) continue;
      const list = bySite.get(site.id);
      if (list === undefined) bySite.set(site.id, [[member, i]]);
      else list.push([member, i]);
    }
  }
  for (const list of bySite.values()) {
    const pairs: Pair[] = [];
    for (const [from, a] of list) {
      for (const [to, b] of list) {
        if (from === to) continue;
        const key = a * cohorts.length + b;
        const isTangled = classes.isTangled(classes.siteOf(from.station)!);
        if (seen.has(key) && !isTangled) continue;
        if (!isTangled) seen.add(key);
        pairs.push([from, to, a, b]);
      }
    }
    yield pairs;
  }
}

/** Groups that differ in nothing become one, as in `matrixOfPairs`. */
function folded(groups: readonly Group[], cells: CellsByClass): Matrix {
  const table = groups.map((from) =>
    groups.map((to) => {
      const near = from[0]!;
      const far = from === to ? to[1] : to[0];
      return far === undefined ? null : cells.of(near, far);
    }),
  );
  const numbers = new Map<MatrixCell | null, number>();
  const numberOf = (cell: MatrixCell | null) => {
    if (!numbers.has(cell)) numbers.set(cell, numbers.size);
    return numbers.get(cell)!;
  };
  const rows = table.map((row) => row.map(numberOf));
  const keyWith = (i: number, own: number) => {
    const row = rows[i]!.map((number, j) => (i === j ? own : number));
    const column = rows.map((each, j) => (i === j ? own : each[i]!));
    return `${row}/${column}`;
  };
  // With whom it would be one: those who have the same row and column when it fares with itself as with them.
  const byKey = new Map<string, number[]>();
  for (const i of groups.keys()) {
    const own = table[i]![i] ?? null;
    const guesses = own === null ? new Set(rows[i]!) : [rows[i]![i]!];
    for (const guess of guesses) {
      const key = keyWith(i, guess);
      const alike = byKey.get(key);
      if (alike === undefined) byKey.set(key, [i]);
      else alike.push(i);
    }
  }
  const taken = new Set<number>();
  const joined: number[][] = [];
  for (const alike of [...byKey.values()].sort((a, b) => b.length - a.length)) {
    const free = alike.filter((i) => !taken.has(i));
    if (free.length === 0) continue;
    for (const i of free) taken.add(i);
    joined.push(free);
  }
  joined.sort((a, b) => a[0]! - b[0]!);
  const order = new Map([...groups.flat()].map(({ station }) => [station, station.id]));
  const all = joined.map((alike) => ({
    subjects: alike
      .flatMap((i) => groups[i]!)
      .sort((a, b) => order.get(a.station)! - order.get(b.station)!)
      .map(({ subject }) => subject),
  }));
  return {
    sources: all,
    destinations: all,
    cells: joined.map((from) =>
      joined.map((to) => {
        const near = from[0]!;
        const far = from === to ? (to[1] ?? near) : to[0]!;
        return table[near]![far]!;
      }),
    ),
  };
}
