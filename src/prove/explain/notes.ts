/**
 * What is worth knowing about a flow beside whether it works: who is hidden, what it rests on, what the sender is told.
 */

import { sameAddress } from '../../net/address.ts';
import { type Flow, type FlowPacket, telling } from '../flow.ts';
import type { ErrorTrace, Hop, TranslationStep } from '../trace.ts';
import { endingStep } from './hop-line.ts';
import { addressText, stationName } from './names.ts';
import { stepWords } from './step-words.ts';

/** Whole sentences without a full stop, the most important first. */
export function flowNotes(flow: Flow): string[] {
  const run = telling(flow);
  return [
    ...hiddenSender(run.packets),
    ...(run.reason === null ? keptOpen(run.packets) : [toldWords(run.reason.packet, flow)]),
  ];
}

/** A host behind a masquerade cannot tell who asks. */
function hiddenSender(packets: readonly FlowPacket[]): string[] {
  const found = packets.flatMap(({ trace }) =>
    trace.hops.flatMap((hop) => hop.steps.flatMap((step) => (isMasquerade(step) ? [{ trace, hop, step }] : []))),
  )[0];
  if (found === undefined) return [];
  const receiver = found.trace.hops.at(-1)!.station;
  const address = addressText(found.step.after);
  return [
    `${stationName(receiver)} sees ${address}, an address of ${stationName(found.hop.station)}, and not who asks: it cannot tell senders apart`,
  ];
}

function isMasquerade(step: Hop['steps'][number]): step is TranslationStep {
  return step.kind === 'translation' && step.rule?.kind === 'masquerade' && !sameAddress(step.before, step.after);
}

/** Tunnels that carry the flow only because the machine at the other end keeps the way to it open. */
function keptOpen(packets: readonly FlowPacket[]): string[] {
  const names = new Set<string>();
  const [first] = packets;
  for (const hop of first?.trace.hops ?? []) {
    for (const step of hop.steps) {
      if (step.kind !== 'tunnel' || step.state !== 'open' || step.opening.obstacle === null) continue;
      if (step.other !== null) names.add(stationName(step.other));
    }
  }
  if (names.size === 0) return [];
  const list = [...names].join(' and ');
  return [`it works while ${list} ${names.size === 1 ? 'is' : 'are'} connected: behind NAT, kept open by keepalives`];
}

/** What the one who asks notices. */
function toldWords({ trace, direction }: FlowPacket, { question }: Flow): string {
  const asker = stationName(question.from);
  const isAboutSize = trace.error?.kind === 'too-big';
  if (direction === 'reply' && !isAboutSize) return `${asker} waits for the reply in vain`;
  const sender = stationName(trace.hops[0]!.station);
  if (trace.error === null) return `nothing tells ${sender}: it waits in vain`;
  const teller = stationName(trace.error.trace.hops[0]!.station);
  const what = ERRORS[trace.error.kind];
  if (teller === sender) return `${sender} knows it at once: ${what}`;
  const told = `${sender} is told by ${teller}: ${what}`;
  if (trace.error.trace.disposition === 'delivered') return told;
  const lost = trace.error.trace.hops.at(-1)!;
  const end = endingStep(lost);
  return `${told}; that is lost too: ${stationName(lost.station)} ${end === null ? 'drops it' : stepWords(end, lost)}`;
}

const ERRORS: Readonly<Record<ErrorTrace['kind'], string>> = {
  unreachable: 'unreachable',
  'too-big': 'the packet is too big',
  'hop-limit': 'the hop limit has ended',
  prohibited: 'prohibited',
};
