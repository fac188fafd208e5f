/**
 * Causes: why a flow does not work, as one sentence, the fact that is guilty of it with its place, and what to do.
 *
 * The sentence is the step at which it ends (`step-words.ts`); nothing is judged here a second time. The guilty fact is
 * the origin of that step. Where a packet ends because something is not written anywhere, the nearest fact stands in: how
 * the LAN joins, what the machine is said to send.
 */

import type { Origin } from '../../plan/plan.ts';
import type { Reason, Run } from '../flow.ts';
import type { Disposition, Hop, Step } from '../trace.ts';
import type { Station, World } from '../world.ts';
import { type Cure, curesOf } from './cures.ts';
import { packetName, stationName } from './names.ts';
import { type OriginWords, originWords } from './origins.ts';
import { peerName, stepWords, unknownWords } from './step-words.ts';
import { lanOf } from './whereabouts.ts';

export interface Cause {
  /** At which station it ends. */
  readonly station: Station;
  readonly disposition: Disposition;
  /** "the default gateway of home has no route to 10.66.0.2" */
  readonly sentence: string;
  /** Which packet is lost, where it is not the first one: "the reply is lost"; null when it is. */
  readonly loss: string | null;
  readonly fact: GuiltyFact | null;
  /** The likeliest first. */
  readonly cures: readonly Cure[];
}

export interface GuiltyFact {
  readonly origin: Origin;
  /** Where it is written, and why it follows from there. */
  readonly from: OriginWords;
  /** What is said there, and why it counts: "LAN home joins by masquerade". */
  readonly words: string;
}

/** Why `run` does not work; null when it does. */
export function causeOf(world: World, run: Run): Cause | null {
  const { reason } = run;
  if (reason === null) return null;
  const { step, disposition } = reason;
  const hop = responsibleHop(reason);
  const unknown = run.assumptions.find(
    (each) => !each.isFavourable && each.station === hop.station && decides(each.part, step),
  );
  const sentence =
    unknown === undefined
      ? `${stationName(reason.hop.station)} ${stepWords(step, reason.hop)}`
      : `${stationName(hop.station)} might stop it: ${unknownWords(unknown.part)} is not known`;
  return {
    station: hop.station,
    disposition,
    sentence,
    loss: lossWords(run, reason, unknown !== undefined),
    fact: guiltyFact(world, hop, step),
    cures: curesOf(world, { ...reason, hop }, unknown?.part ?? null),
  };
}

/** Where something can be done about it: before the internet, at whoever sent it there. */
export function responsibleHop({ hop, packet }: Reason): Hop {
  const { hops } = packet.trace;
  return hop.station.kind === 'internet' ? (hops[hops.indexOf(hop) - 1] ?? hop) : hop;
}

/** Whether the step ended the packet because `part` was taken to be against it. */
function decides(part: string, { kind }: Step): boolean {
  switch (part) {
    case 'gateway-firewall':
    case 'input-filter':
    case 'forward-filter':
    case 'output-filter':
      return kind === 'filter' || kind === 'assumption';
    case 'outer-fragments':
      return kind === 'size' || kind === 'assumption';
    default:
      return kind === 'assumption';
  }
}

function lossWords({ packets }: Run, { packet }: Reason, isDoubtful: boolean): string | null {
  const index = packets.indexOf(packet);
  if (index === 0) return null;
  const sender = stationName(packet.trace.hops[0]!.station);
  const lost = isDoubtful ? 'may be lost' : 'is lost';
  return index === 1 ? `the reply ${lost}` : `it begins, and then the ${packetName(packet)} of ${sender} ${lost}`;
}

function guiltyFact(world: World, hop: Hop, step: Step): GuiltyFact | null {
  if (step.kind === 'tunnel' && step.state === 'idle' && step.other?.device) {
    const { name, place } = step.other.device;
    return factOf({ kind: 'file', place }, `${name} has no \`endpoint\` and sends no keepalive`);
  }
  const lan = lanOf(world, hop.station, step.kind === 'neighbour' ? hop.leavesBy : hop.arrivesBy);
  const isOfLan = hop.station.device === null && lan !== null;
  if (isOfLan && lan.attach !== null && LEADS_NOWHERE.has(step.kind)) {
    return factOf(lan.attach.origin, `LAN ${lan.name} joins by ${lan.attach.value}`);
  }
  if (step.kind === 'neighbour' && lan !== null) {
    return factOf({ kind: 'file', place: lan.place }, `LAN ${lan.name} is described here, without this address`);
  }
  if (step.origin !== null) return factOf(step.origin, factWords(step, hop), true);
  const { device } = hop.station;
  const limited = device?.routes.find(({ origin }) => origin.kind === 'rule' && origin.rule === 'routes-of-machine');
  if (limited !== undefined && (LEADS_NOWHERE.has(step.kind) || step.kind === 'allowed-ips-in')) {
    return factOf(limited.origin, `${device!.name} sends only this to the router, and accepts nothing else`);
  }
  if (device !== null) {
    return factOf({ kind: 'file', place: device.place }, `${device.name} is described here, without it`);
  }
  if (lan === null) return null;
  const isSilent = lan.attach?.value === 'static-route' && lan.gatewayFirewall === null;
  return factOf(
    { kind: 'file', place: lan.place },
    isSilent ? `LAN ${lan.name} does not say \`gateway-firewall\`` : `LAN ${lan.name} is described here`,
  );
}

/** Steps that end because no route leads on. */
const LEADS_NOWHERE: ReadonlySet<Step['kind']> = new Set(['route', 'allowed-ips-out', 'internet']);

/** With `withReason`, the words alone do not say why the fact is there. */
function factOf(origin: Origin, words: string, withReason = false): GuiltyFact {
  const from = originWords(origin);
  const [reason] = withReason ? from.because : [];
  return { origin, from, words: reason === undefined ? words : `${words}: ${reason.words}` };
}

/** What the fact says that is behind a step. */
function factWords(step: Step, { station }: Hop): string {
  const name = stationName(station);
  switch (step.kind) {
    case 'filter':
      return station.kind === 'gateway'
        ? `this says what the firewall of ${name} does`
        : `this rule of ${name} decides`;
    case 'route':
      return `this is the route of ${name}`;
    case 'allowed-ips-in':
    case 'allowed-ips-out':
      return `this makes the allowed IPs of ${name}`;
    case 'translation':
      return `this translation of ${name} decides`;
    case 'size':
      return `this makes the MTU of ${name}`;
    case 'tunnel':
      if (step.opening.obstacle === 'disabled') return `${name} is disabled here`;
      if (step.opening.obstacle === 'peer-disabled') return `${peerName(step.peer)} is disabled here`;
      return `${name} is to begin with this`;
    case 'reverse-path':
      return `this sets the reverse path filter of ${name}`;
    case 'provider':
      return `this says what the provider of ${name} does`;
    default:
      return `this decides at ${name}`;
  }
}

/** The cause in one sentence, with which packet is lost. */
export function causeSentence({ loss, sentence }: Pick<Cause, 'loss' | 'sentence'>): string {
  return loss === null ? sentence : `${loss}: ${sentence}`;
}
