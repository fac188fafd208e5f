/**
 * What a station with unknown routes or translations might do for a flow, when it is taken to be favourable.
 */

import type { Address } from '../../net/address.ts';
import type { Packet, Step } from '../trace.ts';
import { tunnelFrom } from '../tunnels.ts';
import { ownerOf } from '../world/ownership.ts';
import { type RankedRoute, routeTo } from '../world/route-table.ts';
import { isPrivate } from '../world/stand-ins.ts';
import type { Attachment, Link, Station } from '../world.ts';
import { assume } from './assume.ts';
import type { Conversation } from './conversation.ts';
import { ownAddress } from './translate.ts';

/**
 * A route that nobody stated and that somebody may have added: to whoever on a LAN of the station can bring a packet to
 * this private destination by another way. Null when there is nobody, or when such a route is assumed not to be there.
 */
export function assumedRoute(
  conversation: Conversation,
  station: Station,
  destination: Address,
  steps: Step[],
): RankedRoute | null {
  if (!isPrivate(destination)) return null;
  for (const link of station.links) {
    if (link.kind !== 'segment') continue;
    const segment = conversation.world.segments.get(link.segment)!;
    for (const each of segment.attached) {
      if (each.station === station || !bringsElsewhere(each, destination)) continue;
      const gateway = each.link.addresses.find(({ value }) => value.family === destination.family);
      if (gateway === undefined) continue;
      if (!assume(conversation, station, 'routes', steps)) return null;
      return {
        prefix: { family: destination.family, bits: destination.bits, length: destination.family === 4 ? 32 : 128 },
        via: { kind: 'gateway', interface: link.id, gateway: gateway.value },
        origin: null,
        rank: 'assumed',
      };
    }
  }
  return null;
}

/** By a route that somebody stated, out of another link than that to the LAN. */
function bringsElsewhere({ station, link }: Attachment, destination: Address): boolean {
  const route = routeTo(station.routes, destination);
  return route !== null && route.rank !== 'assumed' && 'interface' in route.via && route.via.interface !== link.id;
}

/**
 * The source that a masquerade which nobody stated would give a forwarded packet, where one would help: out of a tunnel
 * and onto a LAN or to the internet, or into a tunnel whose other side refuses the source. Null when none would, or none
 * is assumed.
 */
export function assumedSource(
  conversation: Conversation,
  station: Station,
  packet: Packet,
  arrivedBy: Link,
  out: Link,
  steps: Step[],
): Address | null {
  const own = ownAddress(out, packet);
  if (own === null) return null;
  const wouldHelp =
    out.kind === 'tunnel'
      ? isRefused(conversation, station, packet, out)
      : arrivedBy.kind === 'tunnel' || out.kind === 'outer';
  return wouldHelp && assume(conversation, station, 'translations', steps) ? own : null;
}

function isRefused(
  conversation: Conversation,
  station: Station,
  packet: Packet,
  link: Link & { kind: 'tunnel' },
): boolean {
  const owner = ownerOf(station, link, packet.destination, packet.source!);
  if (owner === null) return false;
  const near = { station, link, peer: owner.peer };
  const { far } = tunnelFrom(conversation.world, near, (each, part) => conversation.assumes(each, part));
  return far !== null && ownerOf(far.station, far.link, packet.source!, packet.destination)?.peer !== far.peer;
}
