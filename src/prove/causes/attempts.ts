/**
 * What a question asks, as flows that can be tried: who sends, whom they call and by which address.
 *
 * A LAN or prefix is asked by a host that lives there, because nobody has just any of its addresses.
 */

import { type Address, type Family, formatAddress, sameAddress } from '../../net/address.ts';
import { firstAddress, formatPrefix, lastAddress, type Prefix, prefixesOverlap, prefixHas } from '../../net/prefix.ts';
import { addressesOf } from '../calling.ts';
import type { FlowQuestion, Protocol } from '../flow.ts';
import { SOMEBODY } from '../world/stand-ins.ts';
import type { Station, World } from '../world.ts';
import type { AskedEnd, AskedFlow } from './finding.ts';

/** Alternatives in protocol for one pair and address: a question of kind `any` fails when all of them do. */
export interface Attempt {
  readonly asked: AskedFlow;
  readonly from: Station;
  readonly to: Station | null;
  readonly destination: Address;
  readonly questions: readonly FlowQuestion[];
}

export function attemptsOf(world: World, asked: AskedFlow): Attempt[] {
  const from = sender(world, asked.from);
  if (from === null) return [];
  return targets(world, from, asked).map(({ to, destination }) => ({
    asked,
    from,
    to,
    destination,
    questions: protocolsOf(asked).map(([protocol, port]) => ({ from, to, destination, protocol, port })),
  }));
}

export function endName(end: AskedEnd): string {
  switch (end.kind) {
    case 'address':
      return formatAddress(end.address);
    case 'prefix':
      return formatPrefix(end.prefix);
    case 'internet':
      return 'internet';
    default:
      return end.name;
  }
}

/** Where a web page is; a question that says nothing means that, and ping. */
const DEFAULT_PORT = 443;
const DNS_PORT = 53;

function protocolsOf({ what, large }: AskedFlow): [Protocol, number][] {
  switch (what.kind) {
    case 'dns':
      return [['udp', DNS_PORT]];
    case 'protocol':
      return [[what.protocol, what.ports?.first ?? DEFAULT_PORT]];
    case 'any':
      if (large) return [['tcp', DEFAULT_PORT]];
      return [
        ['ping', 0],
        ['tcp', DEFAULT_PORT],
      ];
    default:
      return [['ping', 0]];
  }
}

function sender(world: World, end: AskedEnd): Station | null {
  switch (end.kind) {
    case 'internet':
      return world.internet;
    case 'lan':
      return world.unnamed.get(end.name) ?? hostsOf(world, end.name)[0] ?? null;
    case 'address':
      return ownerOf(world, end.address) ?? residentOf(world, hostOnly(end.address));
    case 'prefix':
      return residentOf(world, end.prefix);
    default:
      return world.byName.get(end.name) ?? null;
  }
}

interface Target {
  readonly to: Station | null;
  readonly destination: Address;
}

function targets(world: World, from: Station, { to, what }: AskedFlow): Target[] {
  switch (to.kind) {
    case 'address':
      return [{ to: null, destination: to.address }];
    case 'internet':
      return familiesOf(from).map((family) => ({ to: null, destination: SOMEBODY[family] }));
    case 'prefix':
      return prefixTargets(world, from, to.prefix);
    case 'lan': {
      const station = world.unnamed.get(to.name) ?? hostsOf(world, to.name)[0];
      return station === undefined ? [] : called(world, station, from);
    }
    default: {
      const station = world.byName.get(to.name);
      if (station === undefined) return [];
      const dns = what.kind === 'dns' ? servicesOf(station) : [];
      return dns.length > 0 ? dns.map((destination) => ({ to: station, destination })) : called(world, station, from);
    }
  }
}

function servicesOf({ device }: Station): Address[] {
  return (device?.services ?? []).flatMap(({ value }) => (value.name === 'dns' ? value.addresses : []));
}

/** Those of the first family of an address of their own; where nothing is known, IPv4. */
function familiesOf({ links, kind }: Station): Family[] {
  if (kind === 'internet') return [4];
  const tunnels = links.filter((link) => link.kind === 'tunnel');
  const own = (tunnels.length > 0 ? tunnels : links).flatMap(({ addresses }) =>
    addresses.map(({ value }) => value.family),
  );
  const found = ([4, 6] as const).filter((family) => own.includes(family));
  return found.length > 0 ? found : [4];
}

function called(world: World, to: Station, from: Station): Target[] {
  return ([4, 6] as const).flatMap((family) => {
    const [destination] = addressesOf(world, to, from, family);
    return destination === undefined ? [] : [{ to, destination }];
  });
}

function prefixTargets(world: World, from: Station, prefix: Prefix): Target[] {
  const isPublic = prefix.length === 0;
  if (isPublic) return [{ to: null, destination: SOMEBODY[prefix.family] }];
  const resident = residentOf(world, prefix, from);
  const destination = resident && addressIn(resident, prefix);
  if (resident && destination) return [{ to: resident, destination }];
  const first = firstAddress(prefix);
  const bits = lastAddress(prefix).bits > first.bits ? first.bits + 1n : first.bits;
  return [{ to: null, destination: { family: prefix.family, bits } }];
}

/** Whoever lives in a prefix: a host that nobody named where there is one, else a named host, else a device. */
function residentOf(world: World, prefix: Prefix, except?: Station): Station | null {
  const lans = world.plan.lans.filter(({ prefixes, seenAs }) =>
    [...prefixes, ...seenAs.map((each) => each.seenAs)].some(({ value }) => prefixesOverlap(value, prefix)),
  );
  const unnamed = lans.flatMap(({ name }) => world.unnamed.get(name) ?? []);
  const hosts = lans.flatMap(({ name }) => hostsOf(world, name));
  const candidates = [...unnamed, ...hosts, ...world.stations.filter(({ device }) => device !== null)];
  return candidates.find((each) => each !== except && addressIn(each, prefix) !== null) ?? null;
}

function hostsOf(world: World, lan: string): Station[] {
  return world.stations.filter((each) => each.kind === 'host' && each.lan === lan);
}

function addressIn({ links }: Station, prefix: Prefix): Address | null {
  const own = links.flatMap(({ addresses }) => addresses.map(({ value }) => value));
  return own.find((address) => prefixHas(prefix, address)) ?? null;
}

/** The station that has `address` on one of its interfaces, or null. */
export function ownerOf(world: World, address: Address): Station | null {
  return (
    world.stations.find(({ links }) =>
      links.some(({ addresses }) => addresses.some(({ value }) => sameAddress(value, address))),
    ) ?? null
  );
}

function hostOnly(address: Address): Prefix {
  return { ...address, length: address.family === 4 ? 32 : 128 };
}
