/**
 * The router's own program as a station: it passes packets from tunnel to tunnel and answers for itself.
 *
 * It asks allowed IPs and nothing else: there is no route, no switch, no state and no translation. A destination behind
 * the sender is refused, and an unreachable one is told before a size, as `src/relay/router` does.
 */

import type { Packet, Step } from '../trace.ts';
import { ownerOf } from '../world/ownership.ts';
import type { Station, TunnelLink } from '../world.ts';
import type { Conversation } from './conversation.ts';
import { type Arrival, type Departure, intoTunnel, UNREACHABLE } from './egress.ts';
import { filter } from './filters.ts';
import { type Outcome, refusedBy, sizeStep } from './outcome.ts';
import { sourceAddress } from './source-address.ts';

/** A packet that came out of a tunnel, its source checked. */
export function relayed(conversation: Conversation, arrival: Arrival, packet: Packet, steps: Step[]): Outcome {
  const { station } = arrival;
  const link = arrival.link as TunnelLink;
  if (packet.hopLimit <= 1) {
    steps.push({ kind: 'hop-limit', ends: 'hop-limit', origin: null, left: 0 });
    return { disposition: 'hop-limit', tell: { kind: 'hop-limit', mtuBytes: null } };
  }
  const owner = ownerOf(station, link, packet.destination, packet.source!);
  if (owner !== null && owner.peer === arrival.end!.peer) {
    steps.push({ kind: 'back-to-sender', ends: 'back-to-sender', origin: owner.origin, peer: owner.peer });
    return { disposition: 'back-to-sender', tell: null };
  }
  const passage = { from: link.id, to: link.id };
  const rule = station.forwarding.find(({ family }) => family === packet.family) ?? null;
  const lowered = { ...packet, hopLimit: packet.hopLimit - 1 };
  const before: Step[] = [
    { kind: 'forwarding', ends: null, origin: rule?.origin ?? null, family: packet.family, ...passage, rule },
    { kind: 'hop-limit', ends: null, origin: null, left: lowered.hopLimit },
  ];
  steps.push(...before);
  const filtered = filter(station, 'forward', packet, passage, 'new');
  steps.push(...filtered);
  const refused = refusedBy(filtered);
  if (refused !== null) return refused;
  const departure = intoTunnel(conversation, station, link, owner, lowered, steps);
  if (!('arrival' in departure)) return departure;
  const size = sizeStep(link, packet);
  if (size !== null) steps.push(size);
  if (size !== null && size.ends !== null) {
    return { disposition: 'too-big', tell: { kind: 'too-big', mtuBytes: link.mtu.value } };
  }
  return { packet: lowered, leavesBy: link, arrival: departure.arrival };
}

/** A packet that the router itself sends. */
export function relaySends(conversation: Conversation, station: Station, packet: Packet, steps: Step[]): Outcome {
  const link = station.links.find((each) => each.kind === 'tunnel');
  if (link === undefined) return noRoute(packet, steps);
  const from = sourceAddress(station, { ...link, addresses: link.addresses }, packet.destination, packet.destination);
  const source = packet.source ?? from?.value ?? null;
  steps.push({
    kind: 'source-address',
    ends: source === null ? 'no-source-address' : null,
    origin: from?.origin ?? null,
    address: source,
    interface: link.id,
  });
  if (source === null) return { disposition: 'no-source-address', tell: null };
  const sent = { ...packet, source };
  const departure: Departure = intoTunnel(
    conversation,
    station,
    link,
    ownerOf(station, link, packet.destination, source),
    sent,
    steps,
  );
  return 'arrival' in departure ? { packet: sent, leavesBy: link, arrival: departure.arrival } : departure;
}

function noRoute(packet: Packet, steps: Step[]): Outcome {
  steps.push({ kind: 'route', ends: 'no-route', origin: null, destination: packet.destination, route: null });
  return { disposition: 'no-route', tell: UNREACHABLE };
}
