/**
 * Carving: prefixes and addresses that the file leaves to us, out of a ULA prefix of its own (RFC 4193).
 *
 * Subnet 0 is the inside of the tunnels; every LAN that asks gets the next free /64 in file order, and a machine on it the
 * first free address. Carved values are written into the file before they are used, and from then on they are fixed.
 */

import type { Diagnostic, Place, Sourced } from '../../description/diagnostic.ts';
import type { Lan, Machine, Network } from '../../description/network.ts';
import { type Address, formatAddress } from '../../net/address.ts';
import {
  comparePrefixes,
  firstAddress,
  formatPrefix,
  lastAddress,
  type Prefix,
  prefixesOverlap,
  prefixHas,
  prefixOf,
} from '../../net/prefix.ts';
import { mistake } from '../mistakes/mistake.ts';
import { byRule, fromFile } from '../origin.ts';
import type { CarvedValue, Origin } from '../plan.ts';

/** Length of a subnet: what a host needs to give itself an address (RFC 4862). */
const SUBNET_LENGTH = 64;

export interface Carving {
  /** The network with a value in place of every `carve` that has one. */
  readonly network: Network;
  readonly carved: readonly CarvedValue[];
  /** Of what was carved, by the place where the file says `carve`. */
  readonly origins: ReadonlyMap<Place, Origin>;
  readonly diagnostics: readonly Diagnostic[];
}

/** The /64 that is the inside of the tunnels of a network with this ULA prefix. */
export function insideOfUla(ula: Prefix): Prefix {
  return prefixOf(firstAddress(ula), SUBNET_LENGTH);
}

/** `network` with everything carved. Linear, but for sorting the prefixes that are there already. */
export function carve(network: Network): Carving {
  const { ula } = network;
  if (ula === undefined) return { network, carved: [], origins: new Map(), diagnostics: [] };
  const origins = new Map<Place, Origin>();
  const carved: CarvedValue[] = [];
  const diagnostics: Diagnostic[] = [];
  const take = <T extends Prefix | Address>(owner: CarvedValue['owner'], value: T, place: Place): Sourced<T> => {
    origins.set(place, byRule('carved-from-ula', [fromFile(place), fromFile(ula.place)]));
    carved.push({ owner, text: 'length' in value ? formatPrefix(value) : formatAddress(value) });
    return { value, place };
  };
  const inside = network.inside.map((prefix) =>
    prefix.value === 'carve' ? take({ kind: 'inside' }, insideOfUla(ula.value), prefix.place) : prefix,
  );
  const subnets = freeSubnets(ula.value, network);
  const lans = network.lans.map((lan): Lan => {
    if (!lan.prefixes.some(isCarve)) return lan;
    const prefixes = lan.prefixes.flatMap((prefix) => {
      if (prefix.value !== 'carve') return [prefix];
      const subnet = subnets();
      if (subnet !== null) return [take({ kind: 'lan', name: lan.name.value }, subnet, prefix.place)];
      diagnostics.push(ulaFull(ula, lan, prefix.place));
      return [];
    });
    return { ...lan, prefixes };
  });
  const byName = new Map(lans.map((lan, i) => [lan.name.value, { lan, asked: network.lans[i]! }]));
  const addresses = freeAddresses(network, byName);
  const machines = network.machines.map((machine): Machine => {
    if (!machine.lanAddress.some(isCarve)) return machine;
    let nth = 0;
    const lanAddress = machine.lanAddress.flatMap((address): Sourced<Address | 'carve'>[] => {
      if (address.value !== 'carve') return [address];
      const free = addresses(machine.lan[nth++]?.value);
      return free === null ? [] : [take({ kind: 'machine', name: machine.name.value }, free, address.place)];
    });
    return { ...machine, lanAddress };
  });
  const result = { ...network, inside, lans, machines };
  return { network: result, carved, origins, diagnostics: [...diagnostics, ...outside(result, byName)] };
}

function isCarve({ value }: Sourced<unknown>): boolean {
  return value === 'carve';
}

/** Answers the next /64, from subnet 1 on, that overlaps no prefix of the file; null when none is left. */
function freeSubnets(ula: Prefix, network: Network): () => Prefix | null {
  const taken = [...network.inside, ...network.lans.flatMap((lan) => [...lan.prefixes, ...lan.seenAs])]
    .flatMap(({ value }) => (value !== 'carve' && prefixesOverlap(value, ula) ? [value] : []))
    .sort(comparePrefixes);
  const step = 1n << BigInt(128 - SUBNET_LENGTH);
  const end = lastAddress(ula).bits;
  let at = 0;
  let next = ula.bits + step;
  return () => {
    for (; at < taken.length && taken[at]!.bits < next + step; at++) {
      const last = lastAddress(taken[at]!).bits;
      // The first subnet behind the taken prefix, unless that lies before the next one already.
      if (last >= next) next = ula.bits + ((last - ula.bits) / step + 1n) * step;
    }
    if (next > end) return null;
    const subnet: Prefix = { family: 6, bits: next, length: SUBNET_LENGTH };
    next += step;
    return subnet;
  };
}

type LansByName = ReadonlyMap<string, { readonly lan: Lan; readonly asked: Lan }>;

/** Answers the first address, from ::1 on, that nobody on the LAN has; null when the LAN has no IPv6 prefix. */
function freeAddresses(network: Network, lans: LansByName): (lan: string | undefined) => Address | null {
  const taken = new Set<string>();
  const claim = (addresses: readonly Sourced<Address | 'carve'>[]) => {
    for (const { value } of addresses) if (value !== 'carve') taken.add(formatAddress(value));
  };
  for (const lan of network.lans) {
    claim(lan.defaultGateway);
    for (const host of lan.hosts) claim(host.address);
    for (const { addresses } of lan.lend) claim(addresses);
  }
  for (const machine of network.machines) claim(machine.lanAddress);
  const next = new Map<string, bigint>();
  return (name) => {
    const found = name === undefined ? undefined : lans.get(name);
    if (!found) return null;
    const { lan, asked } = found;
    const carvedAt = asked.prefixes.find(isCarve)?.place;
    const sixes = lan.prefixes.filter(({ value }) => value !== 'carve' && value.family === 6) as Sourced<Prefix>[];
    const prefix = (sixes.find(({ place }) => place === carvedAt) ?? sixes[0])?.value;
    if (!prefix) return null;
    for (let offset = next.get(name!) ?? 1n; ; offset++) {
      const address: Address = { family: 6, bits: prefix.bits + offset };
      if (!prefixHas(prefix, address)) return null;
      if (taken.has(formatAddress(address))) continue;
      next.set(name!, offset + 1n);
      return address;
    }
  };
}

function ulaFull(ula: Sourced<Prefix>, lan: Lan, place: Place): Diagnostic {
  const message = `Cannot carve a prefix for LAN "${lan.name.value}": no /${SUBNET_LENGTH} of ${formatPrefix(ula.value)} is free`;
  return mistake('ula-full', place, message, {
    notes: [[ula.place, 'prefixes are carved from this one']],
    help: ['narrow the prefixes that take most of it'],
  });
}

/** What stands on a LAN with a carved prefix can be compared with it only now. */
function outside(network: Network, lans: LansByName): Diagnostic[] {
  const isOutside = (all: readonly Lan[]) => {
    const prefixes = all.flatMap((lan) => lan.prefixes.map(({ value }) => value));
    return ({ value }: Sourced<Address | 'carve'>) =>
      value !== 'carve' && !prefixes.some((prefix) => prefix !== 'carve' && prefixHas(prefix, value));
  };
  const carving = [...lans.values()].filter(({ asked }) => asked.prefixes.some(isCarve));
  const isCarving = new Set(carving.map(({ lan }) => lan.name.value));
  const onLans = carving.flatMap(({ lan }) =>
    [...lan.defaultGateway, ...lan.hosts.flatMap((host) => host.address), ...lan.lend.flatMap((each) => each.addresses)]
      .filter(isOutside([lan]))
      .map((address) => addressOutside(address, [lan])),
  );
  const onMachines = network.machines
    .filter((machine) => machine.lan.some((lan) => isCarving.has(lan.value)))
    .flatMap((machine) => {
      const own = machine.lan.flatMap((lan) => lans.get(lan.value)?.lan ?? []);
      return machine.lanAddress.filter(isOutside(own)).map((address) => addressOutside(address, own));
    });
  return [...onLans, ...onMachines];
}

function addressOutside(address: Sourced<Address | 'carve'>, lans: readonly Lan[]): Diagnostic {
  const text = address.value === 'carve' ? 'carve' : formatAddress(address.value);
  const prefixes = lans.flatMap((lan) =>
    lan.prefixes.flatMap(({ value }) => (value === 'carve' ? [] : [formatPrefix(value)])),
  );
  const names = lans.map((lan) => `LAN "${lan.name.value}"`).join(' or ');
  return mistake('address-outside-lan', address.place, `Cannot use ${text} here: it lies in no prefix of ${names}`, {
    notes: lans.map((lan) => [lan.name.place, `"${lan.name.value}" is described here`] as const),
    help: [`write an address in ${prefixes.join(' or ')}`, 'or write the prefix in place of `carve`'],
  });
}
