/**
 * Out of a station by one of its links: to the owner of an address on a LAN, to the peer that owns the destination, or to
 * the internet.
 */

import type { Disposition, ErrorTrace, Packet, Step, TunnelStep } from '../trace.ts';
import { dialled, type Tunnel, type TunnelEnd, tunnelFrom } from '../tunnels.ts';
import { ownerOf } from '../world/ownership.ts';
import type { Owner } from '../world/peer-table.ts';
import type { RankedRoute } from '../world/route-table.ts';
import type { Link, Station, TunnelLink } from '../world.ts';
import { assume } from './assume.ts';
import type { Conversation } from './conversation.ts';
import { neighbour } from './neighbours.ts';

/** Where a packet arrives next. */
export interface Arrival {
  readonly station: Station;
  readonly link: Link | null;
  /** The end of the tunnel at which it arrives. */
  readonly end: TunnelEnd | null;
}

/** That a packet ends here, and what its sender is told, if anything. */
export interface Ending {
  readonly disposition: Disposition;
  readonly tell: { readonly kind: ErrorTrace['kind']; readonly mtuBytes: number | null } | null;
}

export type Departure = { readonly arrival: Arrival } | Ending;

export const UNREACHABLE = { kind: 'unreachable', mtuBytes: null } as const;

/** Sends `packet` out by `link`, as `route` says. */
export function leave(
  conversation: Conversation,
  station: Station,
  link: Link,
  route: RankedRoute,
  packet: Packet,
  steps: Step[],
): Departure {
  switch (link.kind) {
    case 'tunnel': {
      const owner = ownerOf(station, link, packet.destination, packet.source ?? packet.destination);
      return intoTunnel(conversation, station, link, owner, packet, steps);
    }
    case 'segment': {
      const nextHop = route.via.kind === 'gateway' ? route.via.gateway : packet.destination;
      const found = neighbour(conversation, station, link, nextHop, steps);
      if (found === null) return { disposition: 'no-neighbour', tell: UNREACHABLE };
      return { arrival: { station: found.station, link: found.link, end: null } };
    }
    case 'outer':
      return { arrival: { station: conversation.world.internet, link: null, end: null } };
  }
}

/** Sends `packet` to the peer that owns its destination. */
export function intoTunnel(
  conversation: Conversation,
  station: Station,
  link: TunnelLink,
  owner: Owner | null,
  packet: Packet,
  steps: Step[],
): Departure {
  steps.push({
    kind: 'allowed-ips-out',
    ends: owner === null ? 'not-in-allowed-ips' : null,
    origin: owner?.origin ?? null,
    interface: link.id,
    destination: packet.destination,
    peer: owner?.peer ?? null,
    prefix: owner?.prefix ?? null,
    losers: owner?.losers ?? [],
  });
  if (owner === null) return { disposition: 'not-in-allowed-ips', tell: UNREACHABLE };
  const near = { station, link, peer: owner.peer };
  const tunnel = tunnelFrom(conversation.world, near, (each, part) => conversation.assumes(each, part));
  const step = tunnelStep(conversation, tunnel);
  steps.push(step);
  if (step.ends !== null) {
    // What is known beforehand the sender is told at once; a handshake that nobody answers is silence.
    const { obstacle } = tunnel.nearOpens;
    const isKnown = obstacle === 'endpoint-missing' || obstacle === 'peer-disabled';
    return { disposition: step.ends, tell: isKnown ? UNREACHABLE : null };
  }
  const far = tunnel.far!;
  const ending = outerSize(conversation, tunnel, far, packet, steps);
  if (ending !== null) return ending;
  conversation.speaks(near);
  return { arrival: { station: far.station, link: far.link, end: far } };
}

/**
 * Whether the tunnel carries a packet now: the sender can begin, or the other side has spoken in this conversation, or it
 * keeps the way open by itself.
 */
function tunnelStep(conversation: Conversation, tunnel: Tunnel): TunnelStep {
  const { near, far, meant, nearOpens, farOpens } = tunnel;
  const step = (state: TunnelStep['state'], ends: TunnelStep['ends'], origin: TunnelStep['origin']): TunnelStep => ({
    kind: 'tunnel',
    ends,
    origin,
    interface: near.link.id,
    peer: near.peer,
    other: meant,
    state,
    opening: nearOpens,
    otherOpening: farOpens,
  });
  if (nearOpens.obstacle === null) return step('open', null, nearOpens.origin);
  if (far === null) return step('down', 'tunnel-down', nearOpens.origin);
  if (farOpens!.obstacle !== null) {
    // Of two that cannot, the one that is meant to begin is to blame: it knows an endpoint.
    const guilty = nearOpens.obstacle === 'endpoint-missing' ? farOpens! : nearOpens;
    return step('down', 'tunnel-down', guilty.origin);
  }
  if (conversation.hasSpoken(far)) return step('spoken-to', null, farOpens!.origin);
  const { keepalive } = far.peer;
  if (keepalive !== undefined && keepalive.value > 0) return step('open', null, keepalive.origin);
  return step('idle', 'tunnel-asleep', nearOpens.origin);
}

/** Bytes that a tunnel adds over IPv4; over IPv6 it is 20 more. */
const OVERHEAD_IPV4 = 60;

/**
 * A datagram that exceeds the path is cut into pieces; whether these arrive nobody knows. Where the endpoint is a name the
 * path is taken to be IPv4, which has more room.
 */
function outerSize(
  conversation: Conversation,
  { near }: Tunnel,
  far: TunnelEnd,
  packet: Packet,
  steps: Step[],
): Ending | null {
  const endpoint = dialled(near) ?? dialled(far);
  const bytes = packet.bytes + OVERHEAD_IPV4 + (endpoint?.family === 6 ? 20 : 0);
  for (const { station } of [near, far]) {
    const path = station.outside?.pathMtu;
    if (path === undefined || bytes <= path.value) continue;
    steps.push({
      kind: 'size',
      ends: null,
      origin: path.origin,
      interface: near.link.id,
      bytes,
      mtuBytes: path.value,
      of: 'outer',
      isCut: true,
    });
    if (!assume(conversation, station, 'outer-fragments', steps, 'too-big')) {
      return { disposition: 'too-big', tell: null };
    }
  }
  return null;
}
