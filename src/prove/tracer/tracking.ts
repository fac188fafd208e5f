/**
 * Connection tracking as Linux does it, as far as one conversation needs it: who began, whether both halves were seen,
 * and which addresses are replaced.
 *
 * What is kept of the state machine of TCP (nf_conntrack_proto_tcp.c) is what decides about packets of which a station
 * sees one half. All of it was measured on a gateway that sees only what a LAN sends:
 *
 * - a SYN, and whatever has no beginning but may be the middle of a connection (an ACK or data), begin an entry;
 * - a SYN-ACK or an echo reply without an entry is invalid;
 * - so is an ACK of the side that began, while its SYN has not been answered.
 *
 * A packet that is invalid has no entry, and is not translated.
 */

import type { Address } from '../../net/address.ts';
import type { Translation } from '../../plan/plan.ts';
import type { Packet, TrackingState, TrackingStep } from '../trace.ts';

/** A conversation as one side's packets show it. */
export interface Tuple {
  readonly source: Address;
  readonly destination: Address;
  readonly protocol: Packet['protocol'];
  readonly sourcePort: number;
  readonly destinationPort: number;
}

export interface Entry {
  /** As the first packet arrived. */
  readonly original: Tuple;
  /** As replies to it arrive; differs from the reverse of `original` by what is translated. */
  reply: Tuple;
  /** What made the difference. */
  destinationRule: Translation | null;
  sourceRule: Translation | null;
  tcp: 'syn-sent' | 'syn-received' | 'established' | null;
  hasReply: boolean;
  /** The first packet has not left yet: its source may still be translated. */
  isNew: boolean;
}

export interface Tracked {
  readonly state: TrackingState;
  readonly because: TrackingStep['because'];
  /** Null when invalid. */
  readonly entry: Entry | null;
  readonly direction: 'original' | 'reply';
}

export class ConnectionTable {
  readonly #entries: Entry[] = [];

  /** What the packet is to this station; one that begins something is remembered. */
  track(packet: Packet & { readonly source: Address }): Tracked {
    if (packet.about !== null) return this.#related(packet.about);
    const tuple = tupleOf(packet);
    for (const entry of this.#entries) {
      if (sameTuple(entry.original, tuple)) return continued(entry, 'original', packet);
      if (sameTuple(entry.reply, tuple)) return continued(entry, 'reply', packet);
    }
    if (packet.kind === 'syn-ack' || packet.kind === 'echo-reply') {
      return { state: 'invalid', because: 'beginning-unseen', entry: null, direction: 'original' };
    }
    const entry: Entry = {
      original: tuple,
      reply: reversed(tuple),
      destinationRule: null,
      sourceRule: null,
      tcp: packet.protocol !== 'tcp' ? null : packet.kind === 'syn' ? 'syn-sent' : 'established',
      hasReply: false,
      isNew: true,
    };
    this.#entries.push(entry);
    return { state: 'new', because: null, entry, direction: 'original' };
  }

  /** Whether the packet belongs to what this station has seen. */
  knows(packet: Packet): boolean {
    if (packet.source === null) return false;
    if (packet.about !== null) return this.#related(packet.about).entry !== null;
    const tuple = tupleOf({ ...packet, source: packet.source });
    return this.#entries.some(({ original, reply }) => sameTuple(original, tuple) || sameTuple(reply, tuple));
  }

  /** The entry whose packet, as it left, an error tells about. */
  #related(about: Packet): Tracked {
    if (about.source !== null) {
      const answer = reversed(tupleOf(about as Packet & { source: Address }));
      for (const entry of this.#entries) {
        // An error about a packet of one direction travels in the other.
        if (sameTuple(entry.reply, answer)) return { state: 'related', because: null, entry, direction: 'reply' };
        if (sameTuple(entry.original, answer)) return { state: 'related', because: null, entry, direction: 'original' };
      }
    }
    return { state: 'invalid', because: 'beginning-unseen', entry: null, direction: 'original' };
  }
}

/** What a known entry makes of one more packet. */
function continued(entry: Entry, direction: Tracked['direction'], packet: Packet): Tracked {
  const isReply = direction === 'reply';
  if (entry.tcp === 'syn-sent') {
    if (isReply && packet.kind === 'syn-ack') entry.tcp = 'syn-received';
    else if (!isReply && packet.kind !== 'syn')
      return { state: 'invalid', because: 'half-seen', entry: null, direction };
  } else if (entry.tcp === 'syn-received' && !isReply && packet.kind !== 'syn') {
    entry.tcp = 'established';
  }
  if (isReply) entry.hasReply = true;
  return { state: entry.hasReply ? 'established' : 'new', because: null, entry, direction };
}

export function tupleOf(packet: Packet & { readonly source: Address }): Tuple {
  const { source, destination, protocol, sourcePort, destinationPort } = packet;
  return { source, destination, protocol, sourcePort, destinationPort };
}

/** An echo has its identifier in the place of both ports, so that it is its own reverse. */
export function reversed({ source, destination, protocol, sourcePort, destinationPort }: Tuple): Tuple {
  return {
    source: destination,
    destination: source,
    protocol,
    sourcePort: destinationPort,
    destinationPort: sourcePort,
  };
}

export function sameTuple(a: Tuple, b: Tuple): boolean {
  return (
    a.protocol === b.protocol &&
    a.sourcePort === b.sourcePort &&
    a.destinationPort === b.destinationPort &&
    a.source.bits === b.source.bits &&
    a.source.family === b.source.family &&
    a.destination.bits === b.destination.bits &&
    a.destination.family === b.destination.family
  );
}
