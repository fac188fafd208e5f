/**
 * Tests become matches of a plan: a plan's match names one interface, one prefix, one range of ports; a rule's tests may
 * name several, or all but some.
 *
 * Exact: "all but" is written out, for interfaces over those the device has, for prefixes as the fewest that cover the
 * rest. What would become too many is given up and said.
 */

import { ADDRESS_BITS, type Family } from '../../net/address.ts';
import type { Prefix } from '../../net/prefix.ts';
import { subtract } from '../../net/prefix-set.ts';
import type { Matches, PortRange } from '../../plan/plan.ts';
import type { Protocol, State, Test } from './ruleset.ts';

/** A match and the states it is for; absent: whatever the state. */
export type StatefulMatches = Matches & { readonly states?: readonly State[] };

/** Matches that one rule may become. */
const MATCHES_AT_MOST = 512;

const FIELDS: readonly Test['field'][] = [
  ...(['family', 'from', 'to', 'protocol', 'states', 'ports', 'sourcePorts'] as const),
  ...(['source', 'destination', 'translated', 'ownSource', 'ownDestination'] as const),
];

const PROTOCOLS: readonly Protocol[] = ['tcp', 'udp', 'icmp', 'other'];
const STATES: readonly State[] = ['new', 'established', 'related', 'invalid'];

/** What rules are looked at on: the names of all its interfaces, and its own addresses. */
export interface Ground {
  readonly interfaces: readonly string[];
  readonly addresses: readonly Prefix[];
  /** Where its translations of destinations lead. */
  readonly translated: readonly Prefix[];
}

/**
 * The matches that together fit what all tests fit, in packets of `family` on a machine like this. Null when there would
 * be too many. Empty when nothing fits.
 */
export function expand(tests: readonly Test[], family: Family, ground: Ground): readonly StatefulMatches[] | null {
  let matches: StatefulMatches[] = [{}];
  // In one order, so that rules which say the same come to the same.
  for (const test of tests.toSorted((a, b) => FIELDS.indexOf(a.field) - FIELDS.indexOf(b.field))) {
    const next: StatefulMatches[] = [];
    for (const match of matches) {
      next.push(...narrow(match, test, family, ground));
      if (next.length > MATCHES_AT_MOST) return null;
    }
    matches = next;
  }
  return matches;
}

/** What fits both `match` and `test`. */
function narrow(match: StatefulMatches, test: Test, family: Family, ground: Ground): readonly StatefulMatches[] {
  switch (test.field) {
    case 'family':
      return test.of.includes(family) !== test.not ? [match] : [];
    case 'from':
    case 'to': {
      const names = namesOf(test, ground.interfaces);
      if (names === null) return [match];
      const before = match[test.field];
      return names
        .filter((name) => before === undefined || before === name)
        .map((name) => ({ ...match, [test.field]: name }));
    }
    case 'source':
    case 'destination': {
      const whole: Prefix = { family, bits: 0n, length: 0 };
      const own = test.of.filter((prefix) => prefix.family === family);
      const wanted = test.not ? subtract([whole], own) : own;
      return wanted.flatMap((prefix) => {
        const both = intersectPrefixes(match[test.field], prefix);
        if (both === null) return [];
        return both.length === 0 ? [match] : [{ ...match, [test.field]: both }];
      });
    }
    case 'ownSource':
    case 'ownDestination': {
      // Nobody else sends from one of its addresses.
      if (test.field === 'ownSource' && test.not) return [match];
      const field = test.field === 'ownSource' ? 'source' : 'destination';
      // Nobody stated its addresses: what may be one of them fits.
      if (!ground.addresses.some((each) => each.family === family)) return [match];
      return narrow(match, { field, of: ground.addresses, not: test.not }, family, ground);
    }
    case 'translated':
      return narrow(match, { field: 'destination', of: ground.translated, not: test.not }, family, ground);
    case 'protocol': {
      const wanted = test.not ? PROTOCOLS.filter((each) => !test.of.includes(each)) : test.of;
      return wanted
        .filter((each) => match.protocol === undefined || match.protocol === each)
        .map((protocol) => ({ ...match, protocol }));
    }
    case 'ports':
    case 'sourcePorts': {
      const wanted = test.not ? otherPorts(test.of) : test.of;
      return wanted.flatMap((range) => {
        const both = intersectPorts(match[test.field], range);
        return both === null ? [] : [{ ...match, [test.field]: both }];
      });
    }
    case 'states': {
      const wanted = STATES.filter((each) => test.of.includes(each) !== test.not);
      const both = wanted.filter((each) => match.states === undefined || match.states.includes(each));
      return both.length === 0 ? [] : [{ ...match, states: both }];
    }
  }
}

/** The interfaces that a test names, with wildcards written out; null: all. */
function namesOf(
  { of, not }: Extract<Test, { field: 'from' | 'to' }>,
  interfaces: readonly string[],
): readonly string[] | null {
  const fits = (name: string) =>
    of.some((each) => (each.endsWith('*') ? name.startsWith(each.slice(0, -1)) : each === name));
  if (of.includes('*')) return not ? [] : null;
  if (!not && !of.some((each) => each.endsWith('*'))) return of.length === 1 ? of : [...new Set(of)];
  if (not) return interfaces.filter((name) => !fits(name));
  return [...new Set([...of.filter((each) => !each.endsWith('*')), ...interfaces.filter(fits)])];
}

function intersectPrefixes(a: Prefix | undefined, b: Prefix): Prefix | null {
  if (a === undefined) return b;
  const [outer, inner] = a.length <= b.length ? [a, b] : [b, a];
  const shift = BigInt(ADDRESS_BITS[outer.family] - outer.length);
  return outer.bits >> shift === inner.bits >> shift ? inner : null;
}

function intersectPorts(a: PortRange | undefined, b: PortRange): PortRange | null {
  if (a === undefined) return b;
  const first = Math.max(a.first, b.first);
  const last = Math.min(a.last, b.last);
  return first <= last ? { first, last } : null;
}

function otherPorts(ranges: readonly PortRange[]): PortRange[] {
  const others: PortRange[] = [];
  let next = 0;
  for (const { first, last } of [...ranges].sort((a, b) => a.first - b.first)) {
    if (first > next) others.push({ first: next, last: first - 1 });
    next = Math.max(next, last + 1);
  }
  if (next <= 65535) others.push({ first: next, last: 65535 });
  return others;
}
