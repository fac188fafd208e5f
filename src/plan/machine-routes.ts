/**
 * What a machine sends through its tunnel, and so what it accepts from there.
 */

import type { Sourced } from '../description/diagnostic.ts';
import type { Lan, Machine } from '../description/network.ts';
import type { Address } from '../net/address.ts';
import { comparePrefixes, hostPrefix, type Prefix } from '../net/prefix.ts';
import { coverExactly, coverOf } from './allowed-ips.ts';
import { type Directory, outerPrefixes } from './directory.ts';
import { type Exit, everywhere } from './exit.ts';
import { everything, isPartOf, type LanRoutes } from './lans.ts';
import { byRule, fromFile } from './origin.ts';
import type { Fact, Origin } from './plan.ts';

/** Answers, for every machine, what it sends to the router. */
export interface MachineRoutes {
  of(machine: Machine): readonly Fact<Prefix>[];
  /** What lies in the tunnels as seen from `lan`: everything but that LAN. */
  outside(lan: Lan): readonly Fact<Prefix>[];
}

/**
 * The machines' allowed IPs: by default everything described except the LANs a machine stands on, with `routes` what
 * these name, with `internet` everything there is.
 *
 * They depend on inside prefixes and LANs, not on who else there is: adding a machine changes nobody's. Machines that
 * stand on the same LANs share one list. A LAN within the network's ULA prefix is not left out where a machine stands on
 * it: what is on the wire is the longer prefix there.
 */
export function machineRoutes(
  directory: Directory,
  routes: LanRoutes,
  addresses: ReadonlyMap<string, readonly Fact<Address>[]>,
  exit: Exit | null,
): MachineRoutes {
  const whole = coverOf(everything(directory, routes));
  const shared = new Map<string, readonly Fact<Prefix>[]>();
  const without = (lans: readonly Lan[]): readonly Fact<Prefix>[] => {
    if (lans.length === 0) return whole.facts;
    const key = lans
      .map((lan) => lan.name.value)
      .sort()
      .join(' ');
    const known = shared.get(key);
    if (known) return known;
    const holes = lans.flatMap((lan) => routes.get(lan)!).filter(({ value }) => !isPartOf(directory.ula, value));
    const facts = whole.without(holes);
    shared.set(key, facts);
    return facts;
  };
  const withLent = lentBeside(without);
  const gateways = coverExactly(gatewayAddresses(directory, addresses));
  return {
    outside: (lan) => without([lan]),
    of(machine) {
      const lans = directory.standings.get(machine.name.value)!.map((standing) => standing.lan);
      if (machine.internet && exit) return withEverywhere(withLent(lans), lans, everywhere(machine, exit));
      if (!machine.routes) return withLent(lans);
      const named = machine.routes.value.flatMap((word) => namedPrefixes(directory, word));
      return coverExactly([...named, ...gateways]);
    },
  };
}

/**
 * Lists of allowed IPs in which the lent addresses of the LANs stand beside what is elsewhere: on the LAN they look like
 * neighbours, and are not there.
 *
 * Each address is one prefix more. They lie in a LAN's prefix, of which they are never the whole, because the carrier has
 * an address there too; so nothing joins, and where the LAN is a part of the network's ULA prefix nothing may: it is the
 * longer prefix that leads past the wire.
 */
function lentBeside(without: (lans: readonly Lan[]) => Facts): (lans: readonly Lan[]) => Facts {
  const shared = new Map<Facts, Facts>();
  return (lans) => {
    const facts = without(lans);
    const lent = lans.flatMap(lentPrefixes);
    if (lent.length === 0) return facts;
    const known = shared.get(facts);
    if (known) return known;
    const beside = [...facts, ...coverExactly(lent)].sort((a, b) => comparePrefixes(a.value, b.value));
    shared.set(facts, beside);
    return beside;
  };
}

type Facts = readonly Fact<Prefix>[];

/**
 * `facts` with `all` of some families in place of their parts. Lent addresses stay beside it: for the LANs a machine stands
 * on, what is on the wire is the longer prefix, and they are not there.
 */
function withEverywhere(facts: Facts, lans: readonly Lan[], all: Facts): Facts {
  const families = new Set(all.map(({ value }) => value.family));
  const others = [...facts.filter(({ value }) => !families.has(value.family)), ...all];
  const lent = coverExactly(lans.flatMap(lentPrefixes)).filter(({ value }) => families.has(value.family));
  return [...others, ...lent].sort((a, b) => comparePrefixes(a.value, b.value));
}

/** The addresses that a LAN lends. */
function lentPrefixes(lan: Lan): Fact<Prefix>[] {
  return lan.lend.flatMap(({ addresses }) =>
    addresses.map(({ value, place }) => ({
      value: hostPrefix(value),
      origin: byRule('lent-address', [fromFile(place)]),
    })),
  );
}

/**
 * The inside addresses of the router and of all carriers: always routed and always accepted.
 *
 * ICMP errors come from there ("packet too big" above all); a machine that refused them would see large packets vanish.
 */
function gatewayAddresses(
  directory: Directory,
  addresses: ReadonlyMap<string, readonly Fact<Address>[]>,
): Fact<Prefix>[] {
  const names = [directory.router.name.value, ...directory.carried.keys()];
  return names.flatMap((name) =>
    addresses.get(name)!.map((address) => ({
      value: hostPrefix(address.value),
      origin: byRule('gateways-always-routed', [address.origin]),
    })),
  );
}

/** The prefixes that one word of `routes` stands for: `inside`, or a LAN's name. */
function namedPrefixes(directory: Directory, word: Sourced<string>): Fact<Prefix>[] {
  const fact = (value: Prefix, origin: Origin): Fact<Prefix> => ({
    value,
    origin: byRule('routes-of-machine', [fromFile(word.place), origin]),
  });
  if (word.value === 'inside') {
    const lent = directory.network.lans.flatMap(lentPrefixes).map(({ value, origin }) => fact(value, origin));
    return [...directory.inside.map(({ value, place }) => fact(value, fromFile(place))), ...lent];
  }
  const thing = directory.things.get(word.value);
  if (thing?.kind !== 'lan') return [];
  return outerPrefixes(thing.lan).map(({ value, place }) => fact(value, fromFile(place)));
}
