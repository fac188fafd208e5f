/**
 * One hop as one line: what changed in the packet, and how it goes on. A hop where it ends says why instead.
 *
 * Checks that merely let the packet pass are not in the line; they are in the trace.
 */

import type { Disposition, Hop, Step, Trace } from '../trace.ts';
import { addressText, isLarge, nextStation, prefixText, stationName } from './names.ts';
import { stepWords } from './step-words.ts';

export interface HopLine {
  readonly hop: Hop;
  /** A predicate: its subject is the station of the hop. */
  readonly words: string;
  /** The step at which the packet ends here, or null. A packet that arrives has none. */
  readonly end: Step | null;
}

export function hopLines(trace: Trace): HopLine[] {
  return trace.hops.map((hop) => {
    const end = endingStep(hop);
    return { hop, words: end === null ? passingWords(hop) : stepWords(end, hop), end };
  });
}

/** The step that ends the packet here, other than by delivery. */
export function endingStep({ steps }: Hop): Step | null {
  return steps.find(({ ends }) => ends !== null && ends !== ('delivered' satisfies Disposition)) ?? null;
}

function passingWords(hop: Hop): string {
  const changes = hop.steps.flatMap((step) => {
    switch (step.kind) {
      case 'translation':
        return [stepWords(step, hop)];
      case 'size':
        return step.isCut ? [stepWords(step, hop)] : [];
      case 'assumption':
        return [stepWords(step, hop)];
      case 'tracking':
        return step.because === null ? [] : [stepWords(step, hop)];
      default:
        return [];
    }
  });
  return [...changes, onwards(hop)].join(', ');
}

/** Where the packet goes from here. */
function onwards(hop: Hop): string {
  const delivery = hop.steps.find((step) => step.kind === 'delivery');
  if (delivery !== undefined) return arrivalWords(hop);
  const out = hop.steps.findLast((step) => step.kind === 'allowed-ips-out');
  const tunnel = hop.steps.findLast((step) => step.kind === 'tunnel');
  if (tunnel !== undefined) {
    const what = out?.prefix ? prefixText(out.prefix) : addressText(hop.packet.destination);
    return `sends ${what} into its tunnel to ${tunnel.other === null ? tunnel.peer.name : stationName(tunnel.other)}`;
  }
  const neighbour = hop.steps.findLast((step) => step.kind === 'neighbour');
  if (neighbour !== undefined) return neighbourWords(hop, neighbour);
  const route = hop.steps.findLast((step) => step.kind === 'route');
  return route === undefined ? 'passes it on' : stepWords(route, hop);
}

function neighbourWords(hop: Hop, step: Extract<Step, { kind: 'neighbour' }>): string {
  const route = hop.steps.findLast((each) => each.kind === 'route')?.route ?? null;
  const next = nextStation(hop);
  if (route?.via.kind !== 'gateway' || next === null) return stepWords(step, hop);
  const gateway = `${addressText(route.via.gateway)} (${stationName(next)})`;
  return route.prefix.length === 0
    ? `sends it to its default gateway ${addressText(route.via.gateway)}`
    : `sends ${prefixText(route.prefix)} to ${gateway}`;
}

function arrivalWords({ packet }: Hop): string {
  const size = isLarge(packet) ? `, ${packet.bytes} bytes` : '';
  return `gets it from ${addressText(packet.source)}${size}`;
}
