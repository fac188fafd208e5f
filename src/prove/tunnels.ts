/**
 * Tunnels: whether two ends hold each other's keys, and who of them can begin.
 *
 * WireGuard has no listening side. Whoever knows a working endpoint of the other may begin; from then on both know where
 * the other is. So a tunnel carries a packet when its sender can begin, or when the other side has begun and its packets
 * still come (keepalive).
 */

import type { Address } from '../net/address.ts';
import { sameKey } from '../net/key.ts';
import type { Fact, Origin, Peer } from '../plan/plan.ts';
import { arrivingObstacle, type Hindrance } from './arriving.ts';
import { hearsAdvertisements } from './world/advertised.ts';
import { routeTo } from './world/route-table.ts';
import type { Station, TunnelLink, UnknownPart, World } from './world.ts';

/** Why one end cannot begin. */
export const OBSTACLES = [
  /** The other side, the router, does not accept this one: it is disabled. */
  'disabled',
  /** The other side is disabled: this one, the router, has nothing to do with it. */
  'peer-disabled',
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
  /** The other side has no address that the internet can reach, and nobody forwards a port to it. */
  'behind-nat',
  /** A box before the other side forwards the port to somebody else, or not at all. */
  'port-not-forwarded',
  /** A box before the other side filters what it forwards, and does not let the datagrams through. */
  'forward-filter',
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
export type Ask = (station: Station, part: UnknownPart) => boolean;

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
  const disabled = near.station.device?.disabled;
  if (disabled !== undefined) return broken('disabled', disabled.origin);
  const peerDisabled = meant?.device?.disabled;
  if (peerDisabled !== undefined) return broken('peer-disabled', peerDisabled.origin);
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
    return { near, far, meant, nearOpens: opening(world, near, far, ask), farOpens: opening(world, far, near, ask) };
  }
  const stale = withKey.flatMap((link) => link.peers.named(near.station.name));
  return broken('not-a-peer', stale[0]?.publicKey?.origin ?? null);
}

/** Keys that are not known yet will be the right ones. */
function agree(a: Fact<Uint8Array> | null, b: Fact<Uint8Array> | null): boolean {
  return a === null || b === null || sameKey(a.value, b.value);
}

/** Whether `near` can begin with `far`, whose keys agree. */
function opening(world: World, near: TunnelEnd, far: TunnelEnd, ask: Ask): Opening {
  const { endpoint } = near.peer;
  if (endpoint === undefined) return { obstacle: 'endpoint-missing', origin: null, unstated: [] };
  const unstated: Unstated[] = [];
  const asks: Ask = (station, part) => {
    const isFavourable = ask(station, part);
    unstated.push({ station, part, isFavourable });
    return isFavourable;
  };
  const { port } = endpoint.value;
  const address = dialled(near);
  const found =
    (address && leavingObstacle(near, address, asks)) ??
    arrivingObstacle(
      world,
      near,
      far,
      { address, port, sourcePort: near.link.tunnel.listenPort?.value ?? null, origin: endpoint.origin },
      asks,
    );
  return { obstacle: found?.obstacle ?? null, origin: found ? found.origin : endpoint.origin, unstated };
}

/** The address that an end dials: a name stands for what it was when it was looked up, once. Null: nobody knows. */
export function dialled({ station, peer }: TunnelEnd): Address | null {
  if (peer.endpoint === undefined) return null;
  const { address, host } = peer.endpoint.value;
  return address ?? station.device?.lookups?.find(({ value }) => value.name === host)?.value.atStart ?? null;
}

/** Whether datagrams find their way out of the sender. */
function leavingObstacle({ station, link, peer }: TunnelEnd, address: Address, ask: Ask): Hindrance | null {
  if (station.isRelay) return null;
  const route = routeTo(station.routes, address);
  const isLost = route?.isAdvertised && !hearsAdvertisements(station, route, (part) => ask(station, part));
  if (route === null || isLost || !('interface' in route.via)) {
    return { obstacle: 'endpoint-unreachable', origin: route?.origin ?? peer.endpoint!.origin };
  }
  if (route.via.interface !== link.id || link.tunnel.avoidsItself?.value) return null;
  return { obstacle: 'endpoint-in-tunnel', origin: route.origin };
}
