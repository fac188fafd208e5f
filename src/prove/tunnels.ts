/**
 * Tunnels: whether two ends hold each other's keys, and who of them can begin.
 *
 * WireGuard has no listening side. Whoever knows a working endpoint of the other may begin; from then on both know where
 * the other is. So a tunnel carries a packet when its sender can begin, or when the other side has begun and its packets
 * still come (keepalive).
 */

import type { Address } from '../net/address.ts';
import { sameAddress } from '../net/address.ts';
import { sameKey } from '../net/key.ts';
import type { Fact, Origin, Outside, Peer } from '../plan/plan.ts';
import type { Packet } from './trace.ts';
import { filter } from './tracer/filters.ts';
import { routeTo } from './world/route-table.ts';
import { isPrivate, SOMEBODY } from './world/stand-ins.ts';
import type { Station, TunnelLink, UnknownPart, World } from './world.ts';

/** Why one end cannot begin. */
export const OBSTACLES = [
  /** No device has the key that is written for the peer. */
  'nobody-has-key',
  /** The device that is meant has another key. */
  'key-differs',
  /** The other side has no peer with this side's key. */
  'not-a-peer',
  /** The preshared keys differ, or one side has none. */
  'preshared-key-differs',
  /** No endpoint is written. */
  'endpoint-missing',
  /** The endpoint is no address of the other side. */
  'endpoint-elsewhere',
  /** The other side listens on another port. */
  'port-differs',
  /** Datagrams to the endpoint would be routed into the tunnel itself. */
  'endpoint-in-tunnel',
  /** The sender has no route to the endpoint. */
  'endpoint-unreachable',
  /** The endpoint's address family is one that the sender or the other side does not have outside. */
  'endpoint-family',
  /** The other side has no address that the internet can reach, or is behind something that lets in only answers. */
  'behind-nat',
  /** The other side's provider does not let the datagrams in. */
  'provider-filter',
  /** The other side's own filter does not let the datagrams in. */
  'input-filter',
] as const;
export type Obstacle = (typeof OBSTACLES)[number];

/** Whether an end can begin. */
export interface Opening {
  /** Null: it can. */
  readonly obstacle: Obstacle | null;
  /** What decides: the endpoint where it can, the guilty fact where it cannot. Null: that there is none. */
  readonly origin: Origin | null;
  /** Facts that nobody stated and on which the answer rests. */
  readonly unstated: readonly Unstated[];
}

export interface Unstated {
  readonly station: Station;
  readonly part: UnknownPart;
  readonly isFavourable: boolean;
}

/** One end of a tunnel: how `station` describes the other. */
export interface TunnelEnd {
  readonly station: Station;
  readonly link: TunnelLink;
  readonly peer: Peer;
}

/** A tunnel as one end sees it. */
export interface Tunnel {
  readonly near: TunnelEnd;
  /** Null when no device has the key, or the device that is meant does not know this one. */
  readonly far: TunnelEnd | null;
  /** Whom the near end means; null when no device has the key. */
  readonly meant: Station | null;
  readonly nearOpens: Opening;
  /** Null without a far end. */
  readonly farOpens: Opening | null;
}

/** Whether an unknown part of a station is as whoever asks would have it. */
type Ask = (station: Station, part: UnknownPart) => boolean;

/** The tunnel from `near`, with whoever has the key of its peer. Machines that are not set up are matched by name. */
export function tunnelFrom(world: World, near: TunnelEnd, ask: Ask): Tunnel {
  const meant = world.byName.get(near.peer.name) ?? null;
  const broken = (obstacle: Obstacle, origin: Origin | null): Tunnel => ({
    near,
    far: null,
    meant,
    nearOpens: { obstacle, origin, unstated: [] },
    farOpens: null,
  });
  const theirKey = near.peer.publicKey;
  const links = meant?.links.filter((link) => link.kind === 'tunnel') ?? [];
  if (meant === null || links.length === 0) return broken('nobody-has-key', theirKey?.origin ?? null);
  const withKey = links.filter((link) => agree(theirKey, link.tunnel.publicKey));
  if (withKey.length === 0) return broken('key-differs', theirKey!.origin);
  for (const link of withKey) {
    const named = link.peers.named(near.station.name);
    const peer = named.find((each) => agree(each.publicKey, near.link.tunnel.publicKey));
    if (peer === undefined) continue;
    const far = { station: meant, link, peer };
    if (near.peer.presharedKeyHash?.value !== peer.presharedKeyHash?.value) {
      const origin = near.peer.presharedKeyHash?.origin ?? peer.presharedKeyHash!.origin;
      return broken('preshared-key-differs', origin);
    }
    return { near, far, meant, nearOpens: opening(near, far, ask), farOpens: opening(far, near, ask) };
  }
  const stale = withKey.flatMap((link) => link.peers.named(near.station.name));
  return broken('not-a-peer', stale[0]?.publicKey?.origin ?? null);
}

/** Keys that are not known yet will be the right ones. */
function agree(a: Fact<Uint8Array> | null, b: Fact<Uint8Array> | null): boolean {
  return a === null || b === null || sameKey(a.value, b.value);
}

/** Whether `near` can begin with `far`, whose keys agree. */
function opening(near: TunnelEnd, far: TunnelEnd, ask: Ask): Opening {
  const { endpoint } = near.peer;
  if (endpoint === undefined) return { obstacle: 'endpoint-missing', origin: null, unstated: [] };
  const unstated: Unstated[] = [];
  const asks: Ask = (station, part) => {
    const isFavourable = ask(station, part);
    unstated.push({ station, part, isFavourable });
    return isFavourable;
  };
  const { address, port } = endpoint.value;
  const found =
    (address && leavingObstacle(near, address)) ?? arrivingObstacle(near, far, address, port, endpoint.origin, asks);
  return { obstacle: found?.obstacle ?? null, origin: found?.origin ?? endpoint.origin, unstated };
}

interface Hindrance {
  readonly obstacle: Obstacle;
  readonly origin: Origin | null;
}

/** Whether datagrams find their way out of the sender. What a name stands for nobody knows here. */
function leavingObstacle({ station, link, peer }: TunnelEnd, address: Address): Hindrance | null {
  if (station.isRelay) return null;
  const route = routeTo(station.routes, address);
  if (route === null || !('interface' in route.via)) {
    return { obstacle: 'endpoint-unreachable', origin: route?.origin ?? peer.endpoint!.origin };
  }
  if (route.via.interface !== link.id || link.tunnel.avoidsItself?.value) return null;
  return { obstacle: 'endpoint-in-tunnel', origin: route.origin };
}

/** Whether they are let in where they go. Where the planner vouches for it (`Device.outside` absent), they are. */
function arrivingObstacle(
  near: TunnelEnd,
  far: TunnelEnd,
  address: Address | null,
  port: number,
  origin: Origin,
  ask: Ask,
): Hindrance | null {
  const { station, link } = far;
  const { outside } = station;
  const isUnknown = station.unknown.has('outside');
  if (outside === null && !isUnknown) return null;
  const listens = link.tunnel.listenPort;
  if (listens?.value !== port) return { obstacle: 'port-differs', origin: listens?.origin ?? origin };
  const isDirect = address !== null && ownsBeside(near.station, station, address);
  if (!isDirect) {
    const hindrance = outsideObstacle(station, outside ?? {}, address, origin, port, isUnknown, ask);
    if (hindrance !== null) return hindrance;
  }
  return inputObstacle(station, address, port, ask);
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

function outsideObstacle(
  station: Station,
  outside: Outside,
  address: Address | null,
  origin: Origin,
  port: number,
  isUnknown: boolean,
  ask: Ask,
): Hindrance | null {
  const known = outside.public;
  const isOwn = address !== null && !isPrivate(address) && ownsOutside(station, address);
  if (known !== undefined && !isOwn) {
    if (known.length === 0) return { obstacle: 'behind-nat', origin: null };
    if (address !== null && !known.some(({ value }) => value.family === address.family)) {
      return { obstacle: 'endpoint-family', origin };
    }
    if (address !== null && !known.some(({ value }) => sameAddress(value, address))) {
      return { obstacle: 'endpoint-elsewhere', origin };
    }
  } else if (!isOwn && (isUnknown || outside.behindNat === undefined) && !ask(station, 'outside')) {
    return { obstacle: 'behind-nat', origin: null };
  }
  const { inbound } = outside;
  if (inbound === undefined) return null;
  const lets = inbound.some(
    ({ value }) =>
      (value.protocol === undefined || value.protocol === 'udp') &&
      (value.ports === undefined || (port >= value.ports.first && port <= value.ports.last)) &&
      // From everywhere, for nobody knows where the datagrams come from.
      (value.source === undefined || value.source.length === 0),
  );
  return lets ? null : { obstacle: 'provider-filter', origin: inbound[0]?.origin ?? null };
}

/** Whether `address` is on an interface towards the internet. */
function ownsOutside({ links }: Station, address: Address): boolean {
  return links.some(
    ({ kind, addresses }) => kind === 'outer' && addresses.some(({ value }) => sameAddress(value, address)),
  );
}

/** Whether the machine itself lets datagrams in, by whatever interface leads out of it. */
function inputObstacle(station: Station, address: Address | null, port: number, ask: Ask): Hindrance | null {
  const family = address?.family ?? 4;
  const from = routeTo(station.routes, SOMEBODY[family])?.via;
  const own = station.links.flatMap(({ addresses }) => addresses).find(({ value }) => value.family === family);
  const datagram: Packet = {
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
  const passage = { from: from !== undefined && 'interface' in from ? from.interface : null, to: null };
  const last = filter(station, 'input', datagram, passage, 'new').at(-1);
  if (last !== undefined && last.ends !== null) return { obstacle: 'input-filter', origin: last.origin };
  if (last === undefined && station.unknown.has('input-filter') && !ask(station, 'input-filter')) {
    return { obstacle: 'input-filter', origin: null };
  }
  return null;
}
