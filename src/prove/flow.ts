/**
 * Flows: whether one station opens a conversation with another and has its replies.
 *
 * Reachability is a property of a flow (who begins, with whom, by which protocol), not of a pair of addresses: each
 * packet finds its own way, and what filters by state or translates must see enough of both halves.
 */

import type { Address, Family } from '../net/address.ts';
import type { Disposition, Hop, PacketKind, Step, Trace } from './trace.ts';
import { run } from './tracer/exchange.ts';
import type { Station, UnknownPart, World } from './world.ts';

/**
 * `works`: everything arrives. `partly`: the first reply arrives, and then something does not; or it works only after the
 * other side spoke. `fails`: no reply arrives. `not-proven`: which of these depends on a fact that nobody stated.
 */
export type Verdict = 'works' | 'partly' | 'fails' | 'not-proven';

export type Protocol = 'ping' | 'tcp' | 'udp';

export interface FlowQuestion {
  readonly from: Station;
  /** Null: whoever has the address. */
  readonly to: Station | null;
  /** As the sender calls the other. */
  readonly destination: Address;
  readonly protocol: Protocol;
  /** Destination port; of no meaning to ping. */
  readonly port: number;
}

export interface Flow {
  readonly question: FlowQuestion;
  readonly family: Family;
  readonly verdict: Verdict;
  /** What happens when every fact that nobody stated is as the flow would have it. */
  readonly best: Run;
  /** What happens when none is; the same object as `best` where nothing had to be assumed. */
  readonly worst: Run;
}

/** One way a flow goes: its packets in order, until one is missing. */
export interface Run {
  readonly outcome: Exclude<Verdict, 'not-proven'>;
  readonly packets: readonly FlowPacket[];
  /** Why it does not work; null when it does. */
  readonly reason: Reason | null;
  /** Each once. */
  readonly assumptions: readonly Assumption[];
}

export interface FlowPacket {
  readonly kind: PacketKind;
  /** `forward`: by the one who asks. */
  readonly direction: 'forward' | 'reply';
  readonly trace: Trace;
}

/** The step at which it ends. */
export interface Reason {
  readonly packet: FlowPacket;
  readonly hop: Hop;
  readonly step: Step;
  readonly disposition: Disposition;
}

export interface Assumption {
  readonly station: Station;
  readonly part: UnknownPart;
  readonly isFavourable: boolean;
}

/** Whether to take an unknown part of a station as the flow would have it. */
export type Assume = (station: Station, part: UnknownPart) => boolean;

/**
 * Whether the flow of `question` works, with what happens at best and at worst. An unknown fact makes it `not-proven` only
 * where the answer depends on it.
 */
export function flowOf(world: World, question: FlowQuestion): Flow {
  const first = run(world, question, () => true);
  const second = first.assumptions.length === 0 ? first : run(world, question, () => false);
  // What helps one part of a flow may hinder another, so that the better run is not always the first.
  const [best, worst] = RANK[first.outcome] <= RANK[second.outcome] ? [first, second] : [second, first];
  return {
    question,
    family: question.destination.family,
    verdict: best.outcome === worst.outcome ? best.outcome : 'not-proven',
    best,
    worst,
  };
}

const RANK: Readonly<Record<Run['outcome'], number>> = { works: 0, partly: 1, fails: 2 };

/**
 * The run to show. Where the two differ, the one that does not work; where both fare alike, the better one: what goes wrong
 * in it does so whatever the facts are that nobody stated.
 */
export function telling(flow: Flow): Run {
  return flow.verdict === 'not-proven' ? flow.worst : flow.best;
}

/**
 * The unknown facts that decide by themselves: with all others as the flow would have them, the flow ends otherwise when
 * this one is not. They are what to ask for when nothing is proven. In the order in which the packets meet them.
 */
export function decidingFacts(world: World, { question, best }: Flow): Assumption[] {
  return best.assumptions.filter((each) => {
    const without = run(world, question, (station, part) => station !== each.station || part !== each.part);
    return without.outcome !== best.outcome;
  });
}
