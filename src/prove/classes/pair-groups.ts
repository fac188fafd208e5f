/**
 * The pairs of two lists, class by class: one of each class first, how many there are, and all of them if need be.
 */

import type { Subject } from '../../plan/plan.ts';
import type { Station } from '../world.ts';
import type { Classes } from './classes.ts';

/** A subject with its station. */
export interface Member {
  readonly subject: Subject;
  readonly station: Station;
}

export type MemberPair = readonly [from: Member, to: Member];

export interface PairGroup {
  /** `apart`: set apart by a table, each by itself. `within`: of one site, each by itself where this is tangled. */
  readonly kind: 'apart' | 'within' | 'between';
  /** In the order of the lists. */
  readonly first: MemberPair;
  readonly count: number;
  /** Every pair, the first too. */
  all(): Iterable<MemberPair>;
}

/**
 * Every pair of `from` and `to` but a subject and itself, in groups of pairs that are of one class. Its cost grows with the
 * lists and with the pairs that tables set apart. Null where the latter are more than `apartAtMost`.
 */
export function pairGroups(
  classes: Classes,
  from: readonly Member[],
  to: readonly Member[],
  apartAtMost: number,
): PairGroup[] | null {
  const single = pairsApart(classes, from, to, apartAtMost);
  if (single === null) return null;
  const within = pairsWithin(classes, from, to);
  // Those of two cohorts that are left.
  const taken = new Map<string, number>();
  const cohorts = (near: Member, far: Member) => `${classes.memberOf(near.station)}>${classes.memberOf(far.station)}`;
  const take = (near: Member, far: Member, count: number) => {
    const key = cohorts(near, far);
    taken.set(key, (taken.get(key) ?? 0) + count);
  };
  for (const [near, far] of single) take(near, far, 1);
  for (const { first, count, themselves } of within) take(first[0], first[1], count + themselves);
  const destinations = [...Map.groupBy(to, ({ station }) => classes.memberOf(station)).values()];
  const groups: PairGroup[] = single.map((pair) => ({
    kind: 'apart',
    first: pair,
    count: 1,
    all: () => [pair],
  }));
  groups.push(...within.filter(({ count }) => count > 0));
  for (const near of Map.groupBy(from, ({ station }) => classes.memberOf(station)).values()) {
    for (const far of destinations) {
      const count = near.length * far.length - (taken.get(cohorts(near[0]!, far[0]!)) ?? 0);
      if (count === 0) continue;
      const all = () => usualPairs(classes, near, far);
      const [first] = all();
      groups.push({ kind: 'between', first: first!, count, all });
    }
  }
  return groups;
}

/** Pairs of different sites that are not apart. */
function* usualPairs(classes: Classes, from: readonly Member[], to: readonly Member[]): Generator<MemberPair> {
  for (const near of from) {
    const site = classes.siteOf(near.station);
    for (const far of to) {
      if (near.station === far.station || (site !== null && site === classes.siteOf(far.station))) continue;
      if (!classes.areApart(near.station, far.station)) yield [near, far];
    }
  }
}

function pairsApart(
  classes: Classes,
  from: readonly Member[],
  to: readonly Member[],
  atMost: number,
): MemberPair[] | null {
  const sources = new Map(from.map((member) => [member.station, member]));
  const destinations = new Map(to.map((member) => [member.station, member]));
  const found: MemberPair[] = [];
  for (const [a, b] of classes.apartPairs()) {
    const [near, far] = [sources.get(a), destinations.get(b)];
    if (near === undefined || far === undefined) continue;
    if (found.length === atMost) return null;
    found.push([near, far]);
  }
  return found;
}

interface WithinGroup extends PairGroup {
  /** Pairs of a subject and itself beside them, which are none. */
  readonly themselves: number;
}

/** Pairs within sites, and hubs with themselves. */
function pairsWithin(classes: Classes, from: readonly Member[], to: readonly Member[]): WithinGroup[] {
  const home = ({ station }: Member) => classes.siteOf(station) ?? station;
  const destinations = Map.groupBy(to, home);
  const groups = new Map<string, { lists: [Member[], Member[]][]; count: number; themselves: number }>();
  const add = (key: string, near: Member[], far: Member[]) => {
    const group = groups.get(key) ?? { lists: [], count: 0, themselves: 0 };
    groups.set(key, group);
    const themselves = countShared(near, far);
    group.lists.push([near, far]);
    group.count += near.length * far.length - themselves;
    group.themselves += themselves;
  };
  for (const [place, near] of Map.groupBy(from, home)) {
    const far = destinations.get(place);
    if (far === undefined) continue;
    const site = classes.siteOf(near[0]!.station);
    const isTangled = site !== null && classes.isTangled(site);
    const keyOf = ({ station }: Member) => `${classes.memberOf(station)}${isTangled ? ` ${station.id}` : ''}`;
    const farByKey = Map.groupBy(far, keyOf);
    for (const [a, nearAlike] of Map.groupBy(near, keyOf)) {
      for (const [b, farAlike] of farByKey) add(`${a}>${b}`, nearAlike, farAlike);
    }
  }
  return [...groups.values()].map(({ lists, count, themselves }) => {
    const all = () => pairsOf(lists);
    const [first] = all();
    // Of subjects alone with themselves there is no pair to show.
    return { kind: 'within', first: first ?? [lists[0]![0][0]!, lists[0]![1][0]!], count, themselves, all };
  });
}

/** How many are in both lists, each of which has nobody twice. */
function countShared(near: readonly Member[], far: readonly Member[]): number {
  if (near.length === 1 && far.length === 1) return near[0]!.station === far[0]!.station ? 1 : 0;
  const stations = new Set(far.map(({ station }) => station));
  return near.filter(({ station }) => stations.has(station)).length;
}

function* pairsOf(lists: readonly (readonly [readonly Member[], readonly Member[]])[]): Generator<MemberPair> {
  for (const [from, to] of lists) {
    for (const near of from) for (const far of to) if (near.station !== far.station) yield [near, far];
  }
}
