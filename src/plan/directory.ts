/**
 * The network by name: who is called what, who stands on which LAN, who carries it.
 *
 * Built once and read by every rule, so that no rule searches a list. Names that lead nowhere are left out here;
 * whoever described them has already been told.
 */

import type { Place, Sourced } from '../description/diagnostic.ts';
import type { Group, Host, Lan, Machine, Network, Router } from '../description/network.ts';
import type { Address } from '../net/address.ts';
import { type Prefix, prefixHas } from '../net/prefix.ts';
import { fromFile } from './origin.ts';
import type { Origin } from './plan.ts';

export interface Directory {
  readonly network: Network;
  /** The one router. */
  readonly router: Router;
  readonly inside: readonly Sourced<Prefix>[];
  /** The whole of which everybody's IPv6 is a part; null when the file states none, or there is no IPv6 inside. */
  readonly ula: Sourced<Prefix> | null;
  readonly things: ReadonlyMap<string, Thing>;
  /** The LANs a machine stands on, in the order in which it names them, with its addresses there. */
  readonly standings: ReadonlyMap<string, readonly Standing[]>;
  /** The LANs a machine carries, in file order; machines that carry none are not in it. */
  readonly carried: ReadonlyMap<string, readonly Lan[]>;
  /** The addresses a machine borrows, in file order; machines that borrow none are not in it. */
  readonly loans: ReadonlyMap<string, readonly Loan[]>;
  readonly origins: ReadonlyMap<Place, Origin>;
}

export type Thing =
  | { readonly kind: 'router'; readonly router: Router }
  | { readonly kind: 'machine'; readonly machine: Machine }
  | { readonly kind: 'lan'; readonly lan: Lan }
  | { readonly kind: 'host'; readonly host: Host; readonly lan: Lan }
  | { readonly kind: 'group'; readonly group: Group };

/** A machine on a LAN. */
export interface Standing {
  readonly lan: Lan;
  readonly addresses: readonly Sourced<Address>[];
}

/** An address of a LAN that a machine elsewhere has in place of an inside address. */
export interface Loan {
  readonly lan: Lan;
  readonly address: Sourced<Address>;
}

/**
 * The directory of `network`, or null when it has no router. `origins` are those of values that are not the file's own,
 * by the place to which they belong.
 */
export function directoryOf(network: Network, origins: ReadonlyMap<Place, Origin> = new Map()): Directory | null {
  const router = network.routers[0];
  if (router === undefined) return null;
  const things = thingsOf(network);
  const standings = new Map<string, Standing[]>();
  for (const machine of network.machines) standings.set(machine.name.value, standingsOf(machine, things));
  const carried = new Map<string, Lan[]>();
  for (const lan of network.lans) {
    if (lan.via === undefined || things.get(lan.via.value)?.kind !== 'machine') continue;
    const lans = carried.get(lan.via.value);
    if (lans) lans.push(lan);
    else carried.set(lan.via.value, [lan]);
  }
  const inside = fixed(network.inside);
  const ula = inside.some((prefix) => prefix.value.family === 6) ? (network.ula ?? null) : null;
  return { network, router, inside, ula, things, standings, carried, loans: loansOf(network), origins };
}

/** Where a prefix or address comes from: the file, or whatever chose it. */
export function originOf(directory: Directory, { place }: Sourced<unknown>): Origin {
  return directory.origins.get(place) ?? fromFile(place);
}

/** The prefixes of a LAN that are written down. */
export function prefixesOf(lan: Lan): Sourced<Prefix>[] {
  return fixed(lan.prefixes);
}

/** A prefix of a LAN and the one under which others know it; equally long. */
export interface Mapping {
  readonly real: Sourced<Prefix>;
  readonly seenAs: Sourced<Prefix>;
}

/** The nth `seen-as` prefix of a family belongs to the nth of the LAN's prefixes of that family. */
export function mappingsOf(lan: Lan): Mapping[] {
  if (lan.seenAs.length === 0) return [];
  const taken = { 4: 0, 6: 0 };
  const prefixes = prefixesOf(lan);
  return lan.seenAs.flatMap((seenAs) => {
    const { family } = seenAs.value;
    const real = prefixes.filter((prefix) => prefix.value.family === family)[taken[family]++];
    return real ? [{ real, seenAs }] : [];
  });
}

/** The prefixes under which others know a LAN. */
export function outerPrefixes(lan: Lan): Sourced<Prefix>[] {
  const seenAs = new Map(mappingsOf(lan).map((mapping) => [mapping.real, mapping.seenAs]));
  return prefixesOf(lan).map((prefix) => seenAs.get(prefix) ?? prefix);
}

/** The machine that carries `lan`, or undefined when none does. */
export function carrierOf(directory: Directory, lan: Lan): Machine | undefined {
  const thing = lan.via && directory.things.get(lan.via.value);
  return thing?.kind === 'machine' ? thing.machine : undefined;
}

/** The addresses of the carrier of `lan` on that LAN. */
export function carrierAddresses(directory: Directory, lan: Lan): readonly Sourced<Address>[] {
  if (lan.via === undefined) return [];
  return directory.standings.get(lan.via.value)?.find((standing) => standing.lan === lan)?.addresses ?? [];
}

/** The first of several things with one name; the file's reader reports the others. */
function thingsOf(network: Network): Map<string, Thing> {
  const things = new Map<string, Thing>();
  const add = (name: string, thing: Thing) => {
    if (!things.has(name)) things.set(name, thing);
  };
  for (const router of network.routers) add(router.name.value, { kind: 'router', router });
  for (const machine of network.machines) add(machine.name.value, { kind: 'machine', machine });
  for (const lan of network.lans) {
    add(lan.name.value, { kind: 'lan', lan });
    for (const host of lan.hosts) add(host.name.value, { kind: 'host', host, lan });
  }
  for (const group of network.groups) add(group.name.value, { kind: 'group', group });
  return things;
}

function loansOf(network: Network): Map<string, Loan[]> {
  const loans = new Map<string, Loan[]>();
  for (const lan of network.lans) {
    for (const { machine, addresses } of lan.lend) {
      const known = loans.get(machine.value) ?? [];
      loans.set(machine.value, [...known, ...addresses.map((address) => ({ lan, address }))]);
    }
  }
  return loans;
}

function standingsOf(machine: Machine, things: ReadonlyMap<string, Thing>): Standing[] {
  const standings: Standing[] = [];
  const addresses = fixed(machine.lanAddress);
  for (const name of machine.lan) {
    const thing = things.get(name.value);
    if (thing?.kind !== 'lan') continue;
    const prefixes = prefixesOf(thing.lan);
    const there = addresses.filter((address) => prefixes.some((prefix) => prefixHas(prefix.value, address.value)));
    standings.push({ lan: thing.lan, addresses: there });
  }
  return standings;
}

/** What is written down; what is to be carved has no value yet. */
function fixed<T extends object>(values: readonly Sourced<T | 'carve'>[]): Sourced<T>[] {
  return values.filter((sourced): sourced is Sourced<T> => sourced.value !== 'carve');
}
