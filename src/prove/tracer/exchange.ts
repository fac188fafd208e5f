/**
 * One run of a flow: the packets that the two sides exchange, each traced after the one before.
 *
 *   ping   request, reply; then both again as large as the smallest MTU on the way, not to be cut
 *   udp    datagram, datagram
 *   tcp    SYN, SYN-ACK, ACK, then data both ways in segments as large as the two ends agree on
 *
 * A segment that is too big is sent again in the size that an error asks for, as path MTU discovery does (RFC 1191, RFC
 * 8201), as often as errors arrive. Without one the connection stalls.
 */

import type { Address } from '../../net/address.ts';
import type { Assume, FlowPacket, FlowQuestion, Reason, Run } from '../flow.ts';
import type { Packet, PacketKind, Trace } from '../trace.ts';
import { routeTo } from '../world/route-table.ts';
import type { Link, Station, World } from '../world.ts';
import { Conversation } from './conversation.ts';
import { TCP_HEADERS } from './linux.ts';
import { type Expected, trace } from './tracer.ts';
import { reversed, type Tuple, tupleOf } from './tracking.ts';

/** What happens with `question` when unknown facts are as `assume` says. */
export function run(world: World, question: FlowQuestion, assume: Assume): Run {
  const exchange = new Exchange(new Conversation(world, assume), question);
  exchange.hold();
  return exchange.run();
}

const SOURCE_PORT = 49152;
const SMALL_BYTES = 84;
/** Each error lowers the size, and there are not that many different links on a way. */
const MOST_TRIES = 16;

/** How one side knows the conversation, and where the other is. */
interface Side {
  readonly station: Station;
  /** Of packets that it sends. */
  readonly tuple: Tuple;
}

class Exchange {
  readonly #conversation: Conversation;
  readonly #question: FlowQuestion;
  readonly #packets: FlowPacket[] = [];
  #hasReply = false;
  #reason: Reason | null = null;
  #near: Side | null = null;
  #far: Side | null = null;

  constructor(conversation: Conversation, question: FlowQuestion) {
    this.#conversation = conversation;
    this.#question = question;
  }

  run(): Run {
    const works = this.#reason === null;
    // Nothing fails of itself when it only has to wait for the other side.
    const isPartial = this.#hasReply || this.#reason?.disposition === 'tunnel-asleep';
    return {
      outcome: works ? 'works' : isPartial ? 'partly' : 'fails',
      packets: this.#packets,
      reason: this.#reason,
      assumptions: this.#conversation.assumptions,
    };
  }

  /** The whole conversation, until something is missing. */
  hold(): void {
    const { protocol } = this.#question;
    if (protocol === 'ping') this.#ping();
    else if (protocol === 'tcp') this.#tcp();
    else if (this.#begins('datagram', 'udp', SMALL_BYTES, null)) this.#replies('datagram', SMALL_BYTES, null);
  }

  #ping(): void {
    const there = this.#begins('echo-request', 'icmp', SMALL_BYTES, null);
    const back = there && this.#replies('echo-reply', SMALL_BYTES, null);
    if (!there || !back) return;
    const largest = Math.max(SMALL_BYTES, Math.min(...linksOf(there), ...linksOf(back)));
    if (this.#sends('forward', 'echo-request', largest)) this.#sends('reply', 'echo-reply', largest);
  }

  #tcp(): void {
    const { from, destination } = this.#question;
    const headers = TCP_HEADERS[destination.family];
    const syn = this.#begins('syn', 'tcp', headers + 20, linkMtu(from, destination) - headers);
    if (syn === null) return;
    const far = this.#far!;
    const farMtu = linkMtu(far.station, far.tuple.destination);
    const synAck = this.#replies('syn-ack', headers + 20, farMtu - headers);
    if (synAck === null || !this.#sends('forward', 'ack', headers)) return;
    const nearBytes = Math.min(linkMtu(from, destination), synAck.arrived!.mssBytes! + headers);
    const farBytes = Math.min(farMtu, syn.arrived!.mssBytes! + headers);
    if (this.#segment('forward', nearBytes)) this.#segment('reply', farBytes);
  }

  /** A segment of data, in smaller ones when it is too big and somebody says so. */
  #segment(direction: FlowPacket['direction'], bytes: number): boolean {
    let size = bytes;
    for (let tries = 0; tries < MOST_TRIES; tries++) {
      const sent = this.#trace(direction, 'data', size, null);
      const { error, disposition } = sent.trace;
      if (disposition === 'delivered') return true;
      const isTold = disposition === 'too-big' && error?.trace.disposition === 'delivered';
      const told = isTold ? (error.mtuBytes ?? size) : size;
      if (told >= size) return this.#fails(sent);
      size = told;
    }
    return this.#fails(this.#packets.at(-1)!);
  }

  /** The first packet: the sender has not chosen its address yet. */
  #begins(kind: PacketKind, protocol: Packet['protocol'], bytes: number, mssBytes: number | null): Trace | null {
    const { from, to, destination, port } = this.#question;
    const sourcePort = protocol === 'icmp' ? 7 : SOURCE_PORT;
    const packet: Packet = {
      family: destination.family,
      source: null,
      destination,
      protocol,
      kind,
      sourcePort,
      destinationPort: protocol === 'icmp' ? sourcePort : port,
      bytes,
      isDontFragment: false,
      hopLimit: 64,
      mssBytes,
      about: null,
    };
    const first = trace(this.#conversation, from, packet, { station: to, tuple: null });
    const sent: FlowPacket = { kind, direction: 'forward', trace: first };
    this.#packets.push(sent);
    if (first.arrived === null) {
      this.#fails(sent);
      return null;
    }
    const source = sourceOf(first)!;
    this.#near = { station: from, tuple: tupleOf({ ...packet, source }) };
    const asSeen = { ...first.arrived, source: first.arrived.source! };
    this.#far = { station: first.hops.at(-1)!.station, tuple: reversed(tupleOf(asSeen)) };
    return first;
  }

  /** The first packet back. */
  #replies(kind: PacketKind, bytes: number, mssBytes: number | null): Trace | null {
    const reply = this.#trace('reply', kind, bytes, mssBytes);
    if (reply.trace.arrived === null) {
      this.#fails(reply);
      return null;
    }
    this.#hasReply = true;
    return reply.trace;
  }

  /** Any other packet; whether it arrives. */
  #sends(direction: FlowPacket['direction'], kind: PacketKind, bytes: number): boolean {
    const sent = this.#trace(direction, kind, bytes, null);
    return sent.trace.disposition === 'delivered' || this.#fails(sent);
  }

  #trace(direction: FlowPacket['direction'], kind: PacketKind, bytes: number, mssBytes: number | null): FlowPacket {
    const [by, to] = direction === 'forward' ? [this.#near!, this.#far!] : [this.#far!, this.#near!];
    const packet: Packet = {
      ...by.tuple,
      family: by.tuple.destination.family,
      kind,
      bytes,
      isDontFragment: kind === 'data' || bytes > SMALL_BYTES,
      hopLimit: 64,
      mssBytes,
      about: null,
    };
    const expected: Expected = { station: to.station, tuple: reversed(to.tuple) };
    const sent = { kind, direction, trace: trace(this.#conversation, by.station, packet, expected) };
    this.#packets.push(sent);
    return sent;
  }

  #fails(packet: FlowPacket): false {
    const hop = packet.trace.hops.at(-1)!;
    const step = hop.steps.findLast(({ ends }) => ends !== null)!;
    this.#reason ??= { packet, hop, step, disposition: packet.trace.disposition };
    return false;
  }
}

/** The source that the sender chose. */
function sourceOf({ hops, arrived }: Trace): Address | null {
  for (const step of hops[0]!.steps) if (step.kind === 'source-address') return step.address;
  return arrived?.source ?? null;
}

/** MTUs of the links that a packet left by. */
function linksOf({ hops }: Trace): number[] {
  return hops.flatMap(({ station, leavesBy }) => {
    const link = station.links.find(({ id }) => id === leavesBy);
    return link === undefined ? [] : [mtuOf(link)];
  });
}

function mtuOf({ mtu }: Link): number {
  return mtu.value;
}

/** The MTU of the link by which a station sends to `destination`; where it has none, nothing gets that far. */
function linkMtu(station: Station, destination: Address): number {
  const via = routeTo(station.routes, destination)?.via;
  const id = via !== undefined && 'interface' in via ? via.interface : null;
  const link = station.isRelay
    ? station.links.find(({ kind }) => kind === 'tunnel')
    : station.links.find((each) => each.id === id);
  return link?.mtu.value ?? 1500;
}
