/**
 * A flow explained: both directions hop by hop, why it ends where it ends, what to do, and what is worth knowing although
 * it works. Plain values: the same for text, for `--json` and for a page.
 */

import { type Address, type Family, sameAddress } from '../../net/address.ts';
import type { Origin } from '../../plan/plan.ts';
import { type Flow, type FlowPacket, type Protocol, telling, type Verdict } from '../flow.ts';
import type { Disposition, Step } from '../trace.ts';
import type { Station, World } from '../world.ts';
import { type Cause, causeOf } from './causes.ts';
import { hopLines } from './hop-line.ts';
import { addressText, isStandIn, packetName, stationLabel, stationName } from './names.ts';
import { flowNotes } from './notes.ts';
import { type OriginWords, originWords } from './origins.ts';
import { stepWords } from './step-words.ts';

export interface Explanation {
  readonly from: string;
  readonly to: string;
  readonly family: Family;
  readonly protocol: Protocol;
  /** Null for ping. */
  readonly port: number | null;
  readonly verdict: Verdict;
  /** The first packet, the first reply, and the one that is lost where it is neither of these. */
  readonly packets: readonly ExplainedPacket[];
  readonly cause: ExplainedCause | null;
  /** Whole sentences. */
  readonly notes: readonly string[];
}

export interface ExplainedPacket {
  readonly direction: 'out' | 'back';
  /** "ping", "answer (SYN-ACK)" */
  readonly name: string;
  readonly from: string;
  /** Empty where the destination is nobody's, or an address that others hide behind. */
  readonly to: string;
  /** Empty while the sender has chosen none, or has one that nobody stated. */
  readonly source: string;
  readonly destination: string;
  readonly bytes: number;
  readonly disposition: Disposition;
  readonly hops: readonly ExplainedHop[];
}

export interface ExplainedHop {
  readonly station: string;
  /** A predicate of the station: "sends 10.66.0.0/24 into its tunnel to cloud". */
  readonly words: string;
  /** Null: it goes on, or arrives. */
  readonly ends: Disposition | null;
  readonly steps: readonly ExplainedStep[];
}

export interface ExplainedStep {
  readonly kind: Step['kind'];
  readonly words: string;
  readonly ends: Disposition | null;
  /** Null: nothing in the plan decided, but how systems behave. */
  readonly origin: OriginWords | null;
}

export interface ExplainedCause {
  readonly station: string;
  readonly disposition: Disposition;
  readonly sentence: string;
  readonly loss: string | null;
  readonly fact: { readonly words: string; readonly origin: OriginWords } | null;
  readonly cures: Cause['cures'];
}

export function explain(world: World, flow: Flow): Explanation {
  const { question, family, verdict } = flow;
  const run = telling(flow);
  const cause = causeOf(world, run);
  const last = run.packets[0]!.trace.hops.at(-1)!.station;
  const to =
    question.to === null ? (run.packets[0]!.trace.arrived ? stationName(last) : null) : stationName(question.to);
  return {
    from: stationName(question.from),
    to: to ?? addressText(question.destination),
    family,
    protocol: question.protocol,
    port: question.protocol === 'ping' ? null : question.port,
    verdict,
    packets: shownPackets(run.packets, run.reason?.packet ?? null).map((packet) => explainedPacket(packet, flow)),
    cause: cause && explainedCause(cause),
    notes: flowNotes(flow),
  };
}

/** Packets that go the way of one before them and pass are left out. */
function shownPackets(packets: readonly FlowPacket[], lost: FlowPacket | null): FlowPacket[] {
  const first = packets.slice(0, 1);
  const reply = packets.filter(({ direction }) => direction === 'reply').slice(0, 1);
  return [...new Set([...first, ...reply, ...(lost === null ? [] : [lost])])];
}

function explainedPacket(packet: FlowPacket, { question }: Flow): ExplainedPacket {
  const { trace, direction } = packet;
  const sender = trace.hops[0]!;
  const receiver = direction === 'forward' ? question.to : question.from;
  const source = trace.hops.find((hop) => hop.packet.source !== null)?.packet.source ?? null;
  const last = trace.hops.at(-1)!.station;
  const isNamed =
    direction === 'forward'
      ? receiver !== null || trace.arrived !== null
      : receiver !== null && hasAddress(receiver, sender.packet.destination);
  return {
    direction: direction === 'forward' ? 'out' : 'back',
    name: packetName(packet),
    from: stationName(sender.station),
    to: isNamed ? stationName(receiver ?? last) : '',
    source: source === null || isStandIn(source) ? '' : addressText(source),
    destination: addressText(sender.packet.destination),
    bytes: sender.packet.bytes,
    disposition: trace.disposition,
    hops: hopLines(trace).map(({ hop, words, end }) => ({
      station: stationLabel(hop.station),
      words,
      ends: end?.ends ?? null,
      steps: hop.steps.map((step) => ({
        kind: step.kind,
        words: stepWords(step, hop),
        ends: step.ends,
        origin: wordsOf(step.origin),
      })),
    })),
  };
}

/** A reply to somebody who hides behind another address goes to that one. */
function hasAddress({ links }: Station, address: Address): boolean {
  return links.some(({ addresses }) => addresses.some(({ value }) => sameAddress(value, address)));
}

function explainedCause({ station, disposition, sentence, loss, fact, cures }: Cause): ExplainedCause {
  return {
    station: stationName(station),
    disposition,
    sentence,
    loss,
    fact: fact && { words: fact.words, origin: fact.from },
    cures,
  };
}

function wordsOf(origin: Origin | null): OriginWords | null {
  return origin && originWords(origin);
}
