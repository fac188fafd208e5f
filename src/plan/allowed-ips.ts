/**
 * Covers: the fewest prefixes that cover exactly what is described, each with the facts it was made of.
 *
 * Allowed IPs are two tables in one: going out they choose the peer, coming in they say which sources that peer may
 * use. A cover that is one address too wide lets somebody send under a foreign address, so nothing is rounded up.
 *
 * Sorted by family, address and length, so that two plans differ only where the networks do.
 */

import { comparePrefixes, type Prefix, prefixContains, samePrefix } from '../net/prefix.ts';
import { aggregate, subtract } from '../net/prefix-set.ts';
import { byRule } from './origin.ts';
import type { Fact } from './plan.ts';

/** The fewest prefixes that cover exactly those of `facts`. */
export function coverExactly(facts: readonly Fact<Prefix>[]): Fact<Prefix>[] {
  return groupsOf(facts).map((group) => group.fact);
}

/**
 * A cover from which named parts can be taken, at a cost that depends on the part and not on the whole.
 *
 * Everybody's allowed IPs are "everything except the LANs I stand on". With a thousand LANs and a thousand machines
 * that carry them, aggregating everything for each machine would be quadratic twice over; a hole, though, only
 * concerns the prefix of the cover in which it lies.
 */
export interface Cover {
  readonly facts: readonly Fact<Prefix>[];
  /** The fewest prefixes that cover exactly the cover without `holes`, which must be among the facts it is made of. */
  without(holes: readonly Fact<Prefix>[]): readonly Fact<Prefix>[];
}

/** The cover of `facts`, of which no two overlap. */
export function coverOf(facts: readonly Fact<Prefix>[]): Cover {
  const groups = groupsOf(facts);
  const groupOf = new Map<Fact<Prefix>, number>();
  for (const [i, group] of groups.entries()) for (const member of group.members) groupOf.set(member, i);
  const whole = groups.map((group) => group.fact);
  return {
    facts: whole,
    without(holes) {
      const holesOf = new Map<number, Set<Fact<Prefix>>>();
      for (const hole of holes) {
        const i = groupOf.get(hole)!;
        const known = holesOf.get(i);
        if (known) known.add(hole);
        else holesOf.set(i, new Set([hole]));
      }
      return whole.flatMap((fact, i) => {
        const missing = holesOf.get(i);
        if (!missing) return [fact];
        const rest = subtract(
          [fact.value],
          [...missing].map((hole) => hole.value),
        );
        const members = groups[i]!.members.filter((member) => !missing.has(member));
        return attribute(rest, members).map((group) => group.fact);
      });
    },
  };
}

interface Group {
  readonly fact: Fact<Prefix>;
  /** Sorted. */
  readonly members: readonly Fact<Prefix>[];
}

function groupsOf(facts: readonly Fact<Prefix>[]): Group[] {
  const sorted = [...facts].sort((a, b) => comparePrefixes(a.value, b.value));
  return attribute(aggregate(sorted.map((fact) => fact.value)), sorted);
}

/** Hands every member to the prefix that contains it. Both sides are sorted, and every member is in some prefix. */
function attribute(prefixes: readonly Prefix[], members: readonly Fact<Prefix>[]): Group[] {
  let at = 0;
  return prefixes.map((prefix) => {
    const start = at;
    while (at < members.length && prefixContains(prefix, members[at]!.value)) at++;
    const own = members.slice(start, at);
    return { fact: factOf(prefix, own), members: own };
  });
}

/** A prefix that somebody described keeps that origin, whatever else lies inside it. */
function factOf(prefix: Prefix, members: readonly Fact<Prefix>[]): Fact<Prefix> {
  const described = members.find((member) => samePrefix(member.value, prefix));
  if (described) return described;
  const origin = byRule(
    'fewest-prefixes',
    members.map((member) => member.origin),
  );
  return { value: prefix, origin };
}
