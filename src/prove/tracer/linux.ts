/**
 * A station with a kernel of its own, in the order of Linux:
 *
 *   arrives ─▶ tracking ─▶ destination translated ─┬─ its own: reverse path ─▶ input ─▶ taken
 *                                                  └─ route ─▶ switch ─▶ reverse path ─▶ hop limit ─▶ size ─▶ clamp
 *                                                     ─▶ forward ─▶ source translated ─▶ leaves
 *   sent ─▶ route ─▶ source chosen ─▶ output ─▶ tracking ─▶ source translated ─▶ size ─▶ leaves
 *
 * Where a device is not Linux (FreeBSD, Windows, RouterOS …) the order differs and the outcome, as far as it is modelled,
 * does not; reverse paths are checked by Linux alone.
 */

import type { Family } from '../../net/address.ts';
import { sameAddress } from '../../net/address.ts';
import type { Packet, Step, TrackingStep } from '../trace.ts';
import { hearsAdvertisements } from '../world/advertised.ts';
import { LAN_LINK } from '../world/lan-stations.ts';
import { type RankedRoute, routeTo } from '../world/route-table.ts';
import type { Link, Station } from '../world.ts';
import { assume } from './assume.ts';
import { assumedRoute, assumedSource } from './assumed.ts';
import type { Conversation } from './conversation.ts';
import { type Arrival, type Ending, leave, UNREACHABLE } from './egress.ts';
import { filter, type Passage } from './filters.ts';
import { type Outcome, refusedBy, sizeStep } from './outcome.ts';
import { reversePath } from './reverse-path.ts';
import { DUMMY_SOURCE_4, sourceAddress } from './source-address.ts';
import type { Tracked } from './tracking.ts';
import { giveSource, translateDestination, translateSource } from './translate.ts';

type Sent = Packet & { readonly source: NonNullable<Packet['source']> };

/** What becomes of a packet that arrives; a tunnel has checked its source already. */
export function received(conversation: Conversation, arrival: Arrival, arrived: Packet, steps: Step[]): Outcome {
  const { station, link } = arrival;
  const tracked = conversation.connections(station).track(arrived as Sent);
  const tracking = trackingStep(tracked);
  const into = translateDestination(station, arrived, tracked, { from: link!.id, to: null });
  if (into.step !== null) steps.push(into.step);
  const { packet } = into;
  if (owns(station, packet)) return takes(conversation, arrival, packet, tracked, tracking, steps);
  if (tracking !== null) steps.push(tracking);

  const chosen = chosenRoute(conversation, station, packet, steps);
  if ('disposition' in chosen) return chosen;
  const { route, out } = chosen;
  const passage = { from: link!.id, to: out.id };
  const forwarding = station.forwarding.find(
    ({ family, from, to }) => family === packet.family && from === passage.from && to === passage.to,
  );
  if (forwarding !== undefined || !isUnknownSwitch(station, packet.family)) {
    steps.push({
      kind: 'forwarding',
      ends: forwarding === undefined ? 'not-forwarded' : null,
      origin: forwarding?.origin ?? null,
      family: packet.family,
      ...passage,
      rule: forwarding ?? null,
    });
    if (forwarding === undefined) return { disposition: 'not-forwarded', tell: null };
  } else if (!assume(conversation, station, switchOf(packet.family), steps, 'not-forwarded')) {
    return { disposition: 'not-forwarded', tell: null };
  }
  if (!reversePath(conversation, station, link!, packet, steps)) return { disposition: 'reverse-path', tell: null };
  if (station.outside?.sourceDestinationCheck?.value && link!.kind !== 'tunnel' && !owns(station, arrived)) {
    return providerDrops(station, steps);
  }

  if (packet.hopLimit <= 1) {
    steps.push({ kind: 'hop-limit', ends: 'hop-limit', origin: null, left: 0 });
    return { disposition: 'hop-limit', tell: { kind: 'hop-limit', mtuBytes: null } };
  }
  const lowered = { ...packet, hopLimit: packet.hopLimit - 1 };
  steps.push({ kind: 'hop-limit', ends: null, origin: null, left: lowered.hopLimit });
  const tooBig = exceeds(out, lowered, steps);
  if (tooBig !== null) return tooBig;
  const clamped = clamp(conversation, station, lowered, link!, out, steps);

  const refused = forwardFilter(conversation, station, clamped, passage, tracked, steps);
  if (refused !== null) return refused;
  return goesOut(conversation, station, clamped, route, out, link, tracked, steps);
}

/** What becomes of a packet that the station itself sends. */
export function sent(conversation: Conversation, station: Station, made: Packet, steps: Step[]): Outcome {
  if (owns(station, made)) return { taken: { ...made, source: made.source ?? made.destination } };
  const chosen = chosenRoute(conversation, station, made, steps);
  if ('disposition' in chosen) return chosen;
  const { route, out } = chosen;
  const nextHop = route.via.kind === 'gateway' ? route.via.gateway : made.destination;
  let { source } = made;
  if (source === null) {
    const own = sourceAddress(station, out, made.destination, nextHop);
    const isError = made.kind === 'icmp-error' && made.family === 4;
    source = own?.value ?? (isError ? DUMMY_SOURCE_4 : null);
    steps.push({
      kind: 'source-address',
      ends: source === null ? 'no-source-address' : null,
      origin: own?.origin ?? null,
      address: source,
      interface: out.id,
    });
    if (source === null) return { disposition: 'no-source-address', tell: null };
  }
  const packet = { ...made, source };
  const passage = { from: null, to: out.id };
  const tracked: Tracked =
    made.about === null
      ? conversation.connections(station).track(packet)
      : { state: 'related', because: null, entry: null, direction: 'original' };
  const filtered = filter(station, 'output', packet, passage, tracked.state);
  steps.push(...filtered);
  const refused = refusedBy(filtered);
  if (refused !== null) return refused;
  if (filtered.length === 0 && station.unknown.has('output-filter')) {
    if (!assume(conversation, station, 'output-filter', steps, 'filtered')) {
      return { disposition: 'filtered', tell: null };
    }
  }
  const tooBig = exceeds(out, packet, steps);
  if (tooBig !== null) return tooBig;
  return goesOut(conversation, station, packet, route, out, null, tracked, steps);
}

/** For the station itself. */
function takes(
  conversation: Conversation,
  { station, link }: Arrival,
  packet: Packet,
  tracked: Tracked,
  tracking: TrackingStep | null,
  steps: Step[],
): Outcome {
  if (!reversePath(conversation, station, link!, packet, steps)) return { disposition: 'reverse-path', tell: null };
  const filtered = filter(station, 'input', packet, { from: link!.id, to: null }, tracked.state);
  if (tracking !== null && filtered.some(({ rule }) => rule.states !== undefined)) steps.push(tracking);
  steps.push(...filtered);
  const refused = refusedBy(filtered);
  if (refused !== null) return refused;
  if (filtered.length === 0 && station.unknown.has('input-filter')) {
    if (!assume(conversation, station, 'input-filter', steps, 'filtered')) {
      return { disposition: 'filtered', tell: null };
    }
  }
  if (tracked.entry !== null) tracked.entry.isNew = false;
  return { taken: packet };
}

/** The last part of both ways: the source is translated, and the packet leaves. */
function goesOut(
  conversation: Conversation,
  station: Station,
  packet: Packet,
  route: RankedRoute,
  out: Link,
  arrivedBy: Link | null,
  tracked: Tracked,
  steps: Step[],
): Outcome {
  const isFresh = tracked.entry?.isNew ?? false;
  const passage = { from: arrivedBy?.id ?? null, to: out.id };
  const outOf = translateSource(station, packet, tracked, passage, out);
  let leaving = outOf.packet;
  if (outOf.step !== null) {
    steps.push(outOf.step);
  } else if (isFresh && arrivedBy !== null && station.unknown.has('translations')) {
    const address = assumedSource(conversation, station, leaving, arrivedBy, out, steps);
    if (address !== null) {
      steps.push({
        kind: 'translation',
        ends: null,
        origin: null,
        field: 'source',
        before: leaving.source!,
        after: address,
        portBefore: leaving.sourcePort,
        portAfter: leaving.sourcePort,
        rule: null,
      });
      giveSource(tracked.entry!, address, null);
      leaving = { ...leaving, source: address };
    }
  }
  const isForeign = !station.links.some(({ addresses }) =>
    addresses.some(({ value }) => sameAddress(value, leaving.source!)),
  );
  if (station.outside?.sourceDestinationCheck?.value && out.kind !== 'tunnel' && isForeign) {
    return providerDrops(station, steps);
  }
  const departure = leave(conversation, station, out, route, leaving, steps);
  return 'arrival' in departure ? { packet: leaving, leavesBy: out, arrival: departure.arrival } : departure;
}

function providerDrops(station: Station, steps: Step[]): Outcome {
  const { origin } = station.outside!.sourceDestinationCheck!;
  steps.push({ kind: 'provider', ends: 'provider-drops', origin, check: 'source-destination' });
  return { disposition: 'provider-drops', tell: null };
}

/** The route and the interface it leaves by, or how the packet ends without one. */
function chosenRoute(
  conversation: Conversation,
  station: Station,
  packet: Packet,
  steps: Step[],
): { readonly route: RankedRoute; readonly out: Link } | Ending {
  const found = routeTo(station.routes, packet.destination);
  const isStated = found !== null && found.rank !== 'assumed' && found.via.kind !== 'nowhere';
  const assumed =
    !isStated && station.unknown.has('routes') ? assumedRoute(conversation, station, packet.destination, steps) : null;
  const route = assumed ?? found;
  if (
    route?.isAdvertised &&
    !hearsAdvertisements(station, route, (part) => assume(conversation, station, part, steps))
  ) {
    steps.push({
      kind: 'route',
      ends: 'no-route',
      origin: route.origin,
      destination: packet.destination,
      route: null,
    });
    return { disposition: 'no-route', tell: UNREACHABLE };
  }
  const via = route?.via;
  const link =
    via !== undefined && 'interface' in via ? station.links.find(({ id }) => id === via.interface) : undefined;
  const isThere = route !== null && route.via.kind !== 'nowhere';
  const ends = link !== undefined ? null : isThere ? ('unreachable-route' as const) : ('no-route' as const);
  steps.push({
    kind: 'route',
    ends,
    origin: route?.origin ?? null,
    destination: packet.destination,
    route: isThere ? route : null,
  });
  if (ends === null) return { route: route!, out: link! };
  // A gateway that keeps private addresses from the internet drops them without a word.
  return { disposition: ends, tell: route?.via.kind === 'nowhere' ? null : UNREACHABLE };
}

function exceeds(link: Link, packet: Packet, steps: Step[]): Outcome | null {
  const size = sizeStep(link, packet);
  if (size === null) return null;
  steps.push(size);
  return size.ends === null ? null : { disposition: 'too-big', tell: { kind: 'too-big', mtuBytes: size.mtuBytes } };
}

/** Bytes of headers without options, IP and TCP. */
export const TCP_HEADERS: Readonly<Record<Family, number>> = { 4: 40, 6: 60 };

/** The segment size of a SYN that is forwarded into or out of a clamped interface fits both links, or what is stated. */
function clamp(
  conversation: Conversation,
  station: Station,
  packet: Packet,
  from: Link,
  to: Link,
  steps: Step[],
): Packet {
  const before = packet.mssBytes;
  if (before === null) return packet;
  const fitting = Math.min(from.mtu.value, to.mtu.value) - TCP_HEADERS[packet.family];
  const rule = station.mssClamps.find(
    ({ family, interface: id, only, bytes }) =>
      family === packet.family &&
      (bytes ?? fitting) < before &&
      ((id === from.id && only !== 'leaving') || (id === to.id && only !== 'arriving')),
  );
  if (rule !== undefined) {
    const after = rule.bytes ?? fitting;
    steps.push({ kind: 'segment-size', ends: null, origin: rule.origin, clamp: rule, before, after });
    return { ...packet, mssBytes: after };
  }
  if (before <= fitting || !station.unknown.has('mss-clamps')) return packet;
  return assume(conversation, station, 'mss-clamps', steps) ? { ...packet, mssBytes: fitting } : packet;
}

/** How the forward hook ends the packet, or null. */
function forwardFilter(
  conversation: Conversation,
  station: Station,
  packet: Packet,
  passage: Passage,
  tracked: Tracked,
  steps: Step[],
): Outcome | null {
  const filtered = filter(station, 'forward', packet, passage, tracked.state);
  steps.push(...filtered);
  const refused = refusedBy(filtered);
  if (refused !== null || filtered.length > 0) return refused;
  const isWithinLan = passage.from === LAN_LINK && passage.to === LAN_LINK;
  const part = station.unknown.has('forward-filter')
    ? 'forward-filter'
    : isWithinLan && station.unknown.has('gateway-firewall')
      ? 'gateway-firewall'
      : null;
  if (part === null || assume(conversation, station, part, steps, 'filtered')) return null;
  return { disposition: 'filtered', tell: null };
}

function trackingStep({ state, because }: Tracked): TrackingStep | null {
  return state === 'invalid' ? { kind: 'tracking', ends: null, origin: null, state, because } : null;
}

export function owns({ links }: Station, { destination }: Packet): boolean {
  return links.some(({ addresses }) => addresses.some(({ value }) => sameAddress(value, destination)));
}

function isUnknownSwitch(station: Station, family: Family): boolean {
  return station.unknown.has(switchOf(family));
}

function switchOf(family: Family): 'forwarding-ipv4' | 'forwarding-ipv6' {
  return family === 4 ? 'forwarding-ipv4' : 'forwarding-ipv6';
}
