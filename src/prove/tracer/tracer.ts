/**
 * The step-by-step tracer: one packet, from station to station, until it ends.
 *
 * It walks; what a station does is `linux.ts` and `relay.ts`. Two packets of one conversation share what connection tracking
 * remembers of the first. The class-based prover answers the same questions without walking, and is compared with this.
 */

import { sameAddress } from '../../net/address.ts';
import type { Disposition, ErrorTrace, Hop, Packet, Step, Trace } from '../trace.ts';
import { addressKey } from '../world/address-key.ts';
import { ownerOf } from '../world/ownership.ts';
import { isPrivate, SOMEBODY } from '../world/stand-ins.ts';
import type { Station } from '../world.ts';
import type { Conversation } from './conversation.ts';
import type { Arrival, Ending } from './egress.ts';
import { fits } from './filters.ts';
import { owns, received, sent } from './linux.ts';
import type { Outcome } from './outcome.ts';
import { relayed, relaySends } from './relay.ts';
import { sameTuple, type Tuple } from './tracking.ts';

/** Whom a packet is for, and as part of what: what does not fit is not taken for an answer. */
export interface Expected {
  /** Null: whoever has the address. */
  readonly station: Station | null;
  /** How the receiver knows the conversation; null while it knows none. */
  readonly tuple: Tuple | null;
}

/** The trace of `packet`, made by `sender`. It ends after as many stations as its hop limit says, and the sender. */
export function trace(conversation: Conversation, sender: Station, packet: Packet, expected: Expected): Trace {
  const hops: Hop[] = [];
  let at: Arrival = { station: sender, link: null, end: null };
  let current = packet;
  for (;;) {
    const steps: Step[] = [];
    const isSender = hops.length === 0;
    const outcome = isSender ? sends(conversation, sender, current, steps) : arrives(conversation, at, current, steps);
    const goesOn = 'arrival' in outcome;
    hops.push({
      station: at.station,
      arrivesBy: at.link?.id ?? null,
      leavesBy: goesOn ? outcome.leavesBy.id : null,
      packet: current,
      steps,
    });
    if ('taken' in outcome) {
      const disposition = take(at.station, outcome.taken, expected, steps);
      return { hops, disposition, arrived: disposition === 'delivered' ? outcome.taken : null, error: null };
    }
    if (!goesOn) {
      const error = isSender
        ? toldAtOnce(outcome, hops)
        : told(conversation, outcome, at.station, current, sender, packet);
      return { hops, disposition: outcome.disposition, arrived: null, error };
    }
    at = outcome.arrival;
    current = outcome.packet;
  }
}

function sends(conversation: Conversation, station: Station, packet: Packet, steps: Step[]): Outcome {
  if (station.kind === 'internet') return fromInternet(conversation, packet, steps);
  if (station.isRelay && !owns(station, packet)) return relaySends(conversation, station, packet, steps);
  return sent(conversation, station, packet, steps);
}

function arrives(conversation: Conversation, arrival: Arrival, packet: Packet, steps: Step[]): Outcome {
  const { station, link, end } = arrival;
  if (station.kind === 'internet') return intoInternet(conversation, packet, steps);
  if (end !== null) {
    const owner = ownerOf(station, end.link, packet.source!, packet.destination);
    const isOwner = owner !== null && owner.peer === end.peer;
    steps.push({
      kind: 'allowed-ips-in',
      ends: isOwner ? null : 'source-not-allowed',
      origin: owner?.origin ?? null,
      interface: link!.id,
      source: packet.source!,
      sender: end.peer,
      owner: owner?.peer ?? null,
      prefix: owner?.prefix ?? null,
      losers: owner?.losers ?? [],
    });
    if (!isOwner) return { disposition: 'source-not-allowed', tell: null };
  }
  if (!station.isRelay || link?.kind !== 'tunnel') return received(conversation, arrival, packet, steps);
  return owns(station, packet) ? { taken: packet } : relayed(conversation, arrival, packet, steps);
}

/** The internet has every public address that nobody else has. What is private it drops. */
function intoInternet(conversation: Conversation, packet: Packet, steps: Step[]): Outcome {
  const because = isPrivate(packet.destination)
    ? ('private-destination' as const)
    : packet.source !== null && isPrivate(packet.source)
      ? ('private-source' as const)
      : null;
  if (because !== null) {
    steps.push({ kind: 'internet', ends: 'lost-on-the-internet', origin: null, because });
    return { disposition: 'lost-on-the-internet', tell: null };
  }
  steps.push({ kind: 'internet', ends: null, origin: null, because });
  return conversation.world.publicAddresses.has(addressKey(packet.destination))
    ? towards(conversation, packet, steps)
    : { taken: packet };
}

function fromInternet(conversation: Conversation, made: Packet, steps: Step[]): Outcome {
  const packet = { ...made, source: made.source ?? SOMEBODY[made.family] };
  steps.push({
    kind: 'source-address',
    ends: null,
    origin: null,
    address: packet.source,
    interface: '',
  });
  return intoInternet(conversation, packet, steps);
}

const NOWHERE = { from: null, to: null };

/** From the internet to the station that has the address there. */
function towards(conversation: Conversation, packet: Packet, steps: Step[]): Outcome {
  const { internet, publicAddresses } = conversation.world;
  const station = publicAddresses.get(addressKey(packet.destination))!;
  const link = station.links.find(({ kind }) => kind === 'outer');
  const inbound = station.outside?.inbound;
  const isAnswer = conversation.connections(station).knows(packet);
  const isLetIn =
    isAnswer ||
    (station.outside?.behindNat?.value !== true &&
      (inbound === undefined || inbound.some(({ value }) => fits(value, packet, NOWHERE))));
  if (link === undefined || !isLetIn) {
    const origin = station.outside?.behindNat?.origin ?? inbound?.[0]?.origin ?? null;
    steps.push({ kind: 'provider', ends: 'provider-drops', origin, check: 'inbound' });
    return { disposition: 'provider-drops', tell: null };
  }
  return { packet, leavesBy: { ...link, id: internet.name }, arrival: { station, link, end: null } };
}

/** What became of a packet that a station took. */
function take(station: Station, packet: Packet, expected: Expected, steps: Step[]): Disposition {
  const isMeant = expected.station === null || expected.station === station;
  const disposition: Disposition = !isMeant
    ? 'delivered-elsewhere'
    : belongs(packet, expected.tuple)
      ? 'delivered'
      : 'unexpected-reply';
  const origin = station.links
    .flatMap(({ addresses }) => addresses)
    .find(({ value }) => sameAddress(value, packet.destination))?.origin;
  steps.push({
    kind: 'delivery',
    ends: disposition === 'delivered' ? null : disposition,
    origin: origin ?? null,
    address: packet.destination,
  });
  return disposition;
}

/** An error belongs to what it quotes. */
function belongs(packet: Packet, tuple: Tuple | null): boolean {
  const told = packet.about ?? packet;
  return tuple === null || told.source === null || sameTuple({ ...told, source: told.source }, tuple);
}

/** The sender's own kernel tells the program that sends. */
function toldAtOnce({ tell }: Ending, hops: readonly Hop[]): ErrorTrace | null {
  return tell === null ? null : { ...tell, trace: { hops, disposition: 'delivered', arrived: null, error: null } };
}

/** The error that `station` sends about `packet`, as it arrived there, and its own way to the sender. */
function told(
  conversation: Conversation,
  { tell }: Ending,
  station: Station,
  packet: Packet,
  sender: Station,
  original: Packet,
): ErrorTrace | null {
  if (tell === null || packet.source === null || packet.kind === 'icmp-error' || station.kind === 'internet')
    return null;
  const error: Packet = {
    family: packet.family,
    source: null,
    destination: packet.source,
    protocol: 'icmp',
    kind: 'icmp-error',
    sourcePort: 0,
    destinationPort: 0,
    bytes: Math.min(packet.bytes + ERROR_HEADERS[packet.family], MOST_BYTES_OF_ERRORS[packet.family]),
    isDontFragment: false,
    hopLimit: 64,
    mssBytes: null,
    about: packet,
  };
  const quoted = original.source === null ? null : { ...original, source: original.source };
  return { ...tell, trace: trace(conversation, station, error, { station: sender, tuple: quoted }) };
}

/** IP and ICMP headers before what an error quotes, and how long an error may be (RFC 1812, RFC 4443). */
const ERROR_HEADERS = { 4: 28, 6: 48 } as const;
const MOST_BYTES_OF_ERRORS = { 4: 576, 6: 1280 } as const;
