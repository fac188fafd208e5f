/**
 * Translations: what the first packet of a conversation is given, and what connection tracking then does to all others.
 */

import type { Address } from '../../net/address.ts';
import { type Prefix, prefixHas } from '../../net/prefix.ts';
import type { Translation } from '../../plan/plan.ts';
import type { Packet, TranslationStep } from '../trace.ts';
import type { Link, Station } from '../world.ts';
import { fits, type Passage } from './filters.ts';
import type { Entry, Tracked } from './tracking.ts';

export interface Translated {
  readonly packet: Packet;
  readonly step: TranslationStep | null;
}

/** Before the route is chosen: destinations. */
export function translateDestination(station: Station, packet: Packet, tracked: Tracked, passage: Passage): Translated {
  const { entry, direction, state } = tracked;
  if (entry === null) return { packet, step: null };
  if (state === 'related') return destinationOfError(packet, entry, direction);
  const fresh = entry.isNew ? freshDestination(station, packet, passage) : null;
  if (fresh !== null) {
    entry.destinationRule = fresh.rule;
    entry.reply = { ...entry.reply, source: fresh.address, sourcePort: fresh.port };
  }
  const known =
    direction === 'original'
      ? { address: entry.reply.source, port: entry.reply.sourcePort, rule: entry.destinationRule }
      : { address: entry.original.source, port: entry.original.sourcePort, rule: null };
  const undoes = direction === 'original' ? entry.destinationRule : entry.sourceRule;
  return replace(packet, 'destination', known.address, known.port, known.rule, undoes);
}

/** When the interface it leaves by is known: sources. */
export function translateSource(
  station: Station,
  packet: Packet,
  tracked: Tracked,
  passage: Passage,
  leavesBy: Link,
): Translated {
  const { entry, direction, state } = tracked;
  if (entry === null) return { packet, step: null };
  if (state === 'related') return sourceOfError(packet, entry, direction);
  const fresh = entry.isNew ? freshSource(station, packet, passage, leavesBy) : null;
  entry.isNew = false;
  if (fresh !== null) giveSource(entry, fresh.address, fresh.rule);
  const known =
    direction === 'original'
      ? { address: entry.reply.destination, port: entry.reply.destinationPort, rule: entry.sourceRule }
      : { address: entry.original.destination, port: entry.original.destinationPort, rule: null };
  const undoes = direction === 'original' ? entry.sourceRule : entry.destinationRule;
  return replace(packet, 'source', known.address, known.port, known.rule, undoes);
}

/** From now on the conversation has this source; ports are kept. */
export function giveSource(entry: Entry, address: Address, rule: Translation | null): void {
  entry.sourceRule = rule;
  entry.reply = { ...entry.reply, destination: address };
}

/** The first address of the packet's family that a link has, as masquerade takes it. */
export function ownAddress(link: Link, packet: Packet): Address | null {
  return link.addresses.find(({ value }) => value.family === packet.family)?.value ?? null;
}

/** The rule for the destination of a first packet: the first that fits, unless one before it says to keep. */
function freshDestination(station: Station, packet: Packet, passage: Passage) {
  for (const rule of station.translations) {
    if (rule.kind === 'one-to-one') {
      if (rule.interface !== passage.from || !prefixHas(rule.seenAs, packet.destination)) continue;
      const address = mapped(packet.destination, rule.seenAs, rule.real);
      return { rule, address, port: packet.destinationPort };
    }
    if (rule.family !== packet.family || !fits(rule, packet, passage)) continue;
    if (rule.kind === 'keep') return null;
    if (rule.kind === 'destination') return { rule, address: rule.address, port: rule.port ?? packet.destinationPort };
  }
  return null;
}

function freshSource(station: Station, packet: Packet, passage: Passage, leavesBy: Link) {
  if (packet.source === null) return null;
  for (const rule of station.translations) {
    if (rule.kind === 'one-to-one') {
      if (rule.interface !== leavesBy.id || !prefixHas(rule.real, packet.source)) continue;
      return { rule, address: mapped(packet.source, rule.real, rule.seenAs) };
    }
    if (rule.family !== packet.family || !fits(rule, packet, passage)) continue;
    if (rule.kind === 'keep') return null;
    if (rule.kind === 'source') return { rule, address: rule.address };
    const own = rule.kind === 'masquerade' ? ownAddress(leavesBy, packet) : null;
    if (own !== null) return { rule, address: own };
  }
  return null;
}

/** The same host in another prefix of the same length. */
function mapped(address: Address, from: Prefix, to: Prefix): Address {
  return { family: address.family, bits: address.bits - from.bits + to.bits };
}

/**
 * An error about a translated packet is translated with it: what it quotes as the sender knows it, and its own
 * destination, so that it finds the sender.
 */
function destinationOfError(packet: Packet, entry: Entry, direction: Tracked['direction']): Translated {
  const known = direction === 'reply' ? entry.original : entry.reply;
  const about = { ...packet.about!, ...known };
  const rule = direction === 'reply' ? entry.sourceRule : entry.destinationRule;
  return replace({ ...packet, about }, 'destination', known.source, packet.destinationPort, null, rule);
}

function sourceOfError(packet: Packet, entry: Entry, direction: Tracked['direction']): Translated {
  const rule = direction === 'reply' ? entry.destinationRule : entry.sourceRule;
  if (rule === null) return { packet, step: null };
  const known = direction === 'reply' ? entry.original : entry.reply;
  return replace(packet, 'source', known.destination, packet.sourcePort, null, rule);
}

function replace(
  packet: Packet,
  field: 'source' | 'destination',
  address: Address,
  port: number,
  rule: Translation | null,
  because: Translation | null,
): Translated {
  const before = packet[field]!;
  const portField = field === 'source' ? 'sourcePort' : 'destinationPort';
  const portBefore = packet[portField];
  if (before.bits === address.bits && portBefore === port) return { packet, step: null };
  return {
    packet: { ...packet, [field]: address, [portField]: port },
    step: {
      kind: 'translation',
      ends: null,
      origin: because?.origin ?? null,
      field,
      before,
      after: address,
      portBefore,
      portAfter: port,
      rule,
    },
  };
}
