/**
 * Whether datagrams from the internet arrive where a tunnel listens: at the machine itself, or through the boxes before it
 * that forward a port to it.
 *
 *   endpoint ─▶ box with a public address ─▶ box … ─▶ machine ─▶ its filter ─▶ the port on which it listens
 *
 * What stands before a machine behind NAT is its default gateway, as far as that is described; what is not described may
 * forward the port, or not.
 */

import type { Address } from '../net/address.ts';
import { sameAddress } from '../net/address.ts';
import type { Origin, Outside, PortRange } from '../plan/plan.ts';
import type { Packet } from './trace.ts';
import { filter, fits, type Passage } from './tracer/filters.ts';
import type { Ask, Obstacle, TunnelEnd } from './tunnels.ts';
import { addressKey } from './world/address-key.ts';
import { routeTo } from './world/route-table.ts';
import { isPrivate, SOMEBODY } from './world/stand-ins.ts';
import type { Station, World } from './world.ts';

/** Why datagrams do not arrive, and the fact to blame; null: that there is none. */
export interface Hindrance {
  readonly obstacle: Obstacle;
  readonly origin: Origin | null;
}

/** Where datagrams are sent; `address` is null for a name that stands for nobody knows what. */
export interface Dialled {
  readonly address: Address | null;
  readonly port: number;
  /** The port that datagrams come from; null: any. */
  readonly sourcePort: number | null;
  readonly origin: Origin;
}

/** How many boxes before a machine are looked at. */
const MOST_BOXES = 4;

/**
 * Why datagrams of `near` to `dialled` do not arrive at `far`, or null. Where the planner vouches for it
 * (`Device.outside` absent), they do.
 */
export function arrivingObstacle(
  world: World,
  near: TunnelEnd,
  far: TunnelEnd,
  dialled: Dialled,
  ask: Ask,
): Hindrance | null {
  const { station, link } = far;
  if (station.outside === null && !station.unknown.has('outside')) return null;
  const isDirect = dialled.address !== null && ownsBeside(near.station, station, dialled.address);
  const port = isDirect ? dialled.port : arrivingPort(world, station, dialled, ask, MOST_BOXES);
  if (typeof port !== 'number') return port;
  const listens = link.tunnel.listenPort;
  if (listens?.value !== port) return { obstacle: 'port-differs', origin: listens?.origin ?? dialled.origin };
  return inputObstacle(station, dialled.address, port, ask);
}

/** Whether `address` is one that `far` has on a LAN where `near` stands too. */
function ownsBeside(near: Station, far: Station, address: Address): boolean {
  const here = new Set(near.links.map((link) => (link.kind === 'segment' ? link.segment : null)));
  return far.links.some(
    (link) =>
      link.kind === 'segment' &&
      here.has(link.segment) &&
      link.addresses.some(({ value }) => sameAddress(value, address)),
  );
}

/** The port at which datagrams from the internet arrive at `station`, or why they do not. */
function arrivingPort(world: World, station: Station, dialled: Dialled, ask: Ask, boxes: number): number | Hindrance {
  const outside = station.outside ?? {};
  const isOwn = dialled.address !== null && !isPrivate(dialled.address) && ownsOutside(station, dialled.address);
  const isBehind = outside.behindNat?.value ?? (outside.public?.length === 0 && !isOwn);
  if (isBehind) return throughBoxes(world, station, dialled, ask, boxes);
  if (outside.public !== undefined && !isOwn) {
    const known = outside.public.map(({ value }) => value);
    const { address, origin } = dialled;
    if (address !== null && !known.some(({ family }) => family === address.family)) {
      return { obstacle: 'endpoint-family', origin };
    }
    if (address !== null && !known.some((each) => sameAddress(each, address))) {
      return { obstacle: 'endpoint-elsewhere', origin };
    }
  } else if (!isOwn && outside.behindNat === undefined && !ask(station, 'outside')) {
    return { obstacle: 'behind-nat', origin: null };
  }
  return providerObstacle(outside, dialled) ?? publishedAs(outside, dialled.port);
}

/** Whether `address` is on an interface towards the internet. */
function ownsOutside({ links }: Station, address: Address): boolean {
  return links.some(
    ({ kind, addresses }) => kind === 'outer' && addresses.some(({ value }) => sameAddress(value, address)),
  );
}

function providerObstacle({ inbound }: Outside, { port, sourcePort }: Dialled): Hindrance | null {
  if (inbound === undefined) return null;
  const lets = inbound.some(
    ({ value }) =>
      (value.protocol === undefined || value.protocol === 'udp') &&
      (value.ports === undefined || isWithin(value.ports, port)) &&
      (value.sourcePorts === undefined || isAny(value.sourcePorts) || isWithin(value.sourcePorts, sourcePort)) &&
      // From everywhere, for nobody knows where the datagrams come from.
      (value.source === undefined || value.source.length === 0),
  );
  return lets ? null : { obstacle: 'provider-filter', origin: inbound[0]?.origin ?? null };
}

function isWithin({ first, last }: PortRange, port: number | null): boolean {
  return port !== null && port >= first && port <= last;
}

/** Unprivileged ports are what a machine without a port of its own sends from. */
function isAny({ first, last }: PortRange): boolean {
  return first <= 1024 && last >= 65535;
}

/** The port of a container that a port of the machine around it leads to; the same without a container. */
function publishedAs({ publishedPorts }: Outside, port: number): number | Hindrance {
  if (publishedPorts === undefined) return port;
  const found = publishedPorts.find(({ value }) => value.protocol === 'udp' && value.outer === port);
  return found?.value.inner ?? { obstacle: 'port-differs', origin: publishedPorts[0]?.origin ?? null };
}

/** Nobody forwards a port to a phone. */
const NEVER_FORWARDED_TO: ReadonlySet<string> = new Set(['ios', 'android']);

/** The port at which datagrams arrive at a machine behind NAT. */
function throughBoxes(world: World, station: Station, dialled: Dialled, ask: Ask, boxes: number): number | Hindrance {
  const outside = station.outside ?? {};
  const behind: Hindrance = { obstacle: 'behind-nat', origin: outside.behindNat?.origin ?? null };
  if (station.platform !== null && NEVER_FORWARDED_TO.has(station.platform.value)) return behind;
  const front = boxBefore(world, station);
  if (front === null || front.kind === 'gateway' || boxes === 0) {
    const port = publishedAs(outside, dialled.port);
    return typeof port !== 'number' || ask(station, 'outside') ? port : behind;
  }
  const port = arrivingPort(world, front, dialled, ask, boxes - 1);
  return typeof port === 'number' ? forwardedPort(front, station, port, ask) : port;
}

/** The default gateway of a machine, where somebody is known to have its address. */
function boxBefore(world: World, station: Station): Station | null {
  const via = routeTo(station.routes, SOMEBODY[4])?.via;
  if (via?.kind !== 'gateway') return null;
  const link = station.links.find(({ id }) => id === via.interface);
  if (link?.kind !== 'segment') return null;
  const owners = world.segments.get(link.segment)!.owners.get(addressKey(via.gateway));
  return owners?.find((each) => each.station !== station)?.station ?? null;
}

/** The port at which `station` gets what arrives at `port` of the box before it, or why it does not get it. */
function forwardedPort(front: Station, station: Station, port: number, ask: Ask): number | Hindrance {
  const from = linkOutwards(front);
  const arrived = datagramTo(front, port);
  const rule = front.translations.find(
    (each) => each.kind === 'destination' && each.family === 4 && fits(each, arrived, { from, to: null }),
  );
  let inner: number | Hindrance;
  if (rule?.kind === 'destination') {
    const isHere = station.links.some(({ addresses }) =>
      addresses.some(({ value }) => sameAddress(value, rule.address)),
    );
    inner = isHere ? (rule.port ?? port) : { obstacle: 'port-not-forwarded', origin: rule.origin };
  } else if (station.outside?.publishedPorts !== undefined) {
    inner = publishedAs(station.outside, port);
  } else if (front.unknown.has('translations') && ask(front, 'translations')) {
    inner = port;
  } else {
    inner = { obstacle: 'port-not-forwarded', origin: null };
  }
  if (typeof inner !== 'number') return inner;
  const own = station.links.find(({ kind }) => kind === 'segment')?.addresses[0]?.value ?? arrived.destination;
  const forwarded = { ...arrived, destination: own, destinationPort: inner };
  const to = routeTo(front.routes, own)?.via;
  const passage: Passage = { from, to: to !== undefined && 'interface' in to ? to.interface : null };
  const last = filter(front, 'forward', forwarded, passage, 'new').at(-1);
  if (last !== undefined && last.ends !== null) return { obstacle: 'forward-filter', origin: last.origin };
  const isOpen = last !== undefined || !front.unknown.has('forward-filter') || ask(front, 'forward-filter');
  return isOpen ? inner : { obstacle: 'forward-filter', origin: null };
}

/** Whether the machine itself lets datagrams in, by whatever interface leads out of it. */
function inputObstacle(station: Station, address: Address | null, port: number, ask: Ask): Hindrance | null {
  const datagram = datagramTo(station, port, address ?? undefined);
  const last = filter(station, 'input', datagram, { from: linkOutwards(station), to: null }, 'new').at(-1);
  if (last !== undefined && last.ends !== null) return { obstacle: 'input-filter', origin: last.origin };
  if (last === undefined && station.unknown.has('input-filter') && !ask(station, 'input-filter')) {
    return { obstacle: 'input-filter', origin: null };
  }
  return null;
}

/** The interface that leads to the internet. */
function linkOutwards(station: Station): string | null {
  const via = routeTo(station.routes, SOMEBODY[4])?.via;
  return via !== undefined && 'interface' in via ? via.interface : null;
}

/** A datagram that begins a handshake, from somebody to an address of `station`. */
function datagramTo(station: Station, port: number, address?: Address): Packet {
  const family = address?.family ?? 4;
  const own = station.links
    .filter(({ kind }) => kind !== 'tunnel')
    .flatMap(({ addresses }) => addresses)
    .find(({ value }) => value.family === family);
  return {
    family,
    source: SOMEBODY[family],
    destination: address ?? own?.value ?? SOMEBODY[family],
    protocol: 'udp',
    kind: 'datagram',
    sourcePort: 51820,
    destinationPort: port,
    bytes: 176,
    isDontFragment: false,
    hopLimit: 64,
    mssBytes: null,
    about: null,
  };
}
