/**
 * Packet filters and what fits a rule.
 */

import { prefixHas } from '../../net/prefix.ts';
import type { Filter, Matches } from '../../plan/plan.ts';
import type { FilterStep, Packet, TrackingState } from '../trace.ts';
import type { Station } from '../world.ts';

/** Where a packet is: the interfaces it came by and leaves by, as far as there are any. */
export interface Passage {
  readonly from: string | null;
  readonly to: string | null;
}

/** Whether `rule` is for this packet. */
export function fits(rule: Matches, packet: Packet, { from, to }: Passage): boolean {
  if (rule.from !== undefined && rule.from !== from) return false;
  if (rule.to !== undefined && rule.to !== to) return false;
  if (rule.source !== undefined && (packet.source === null || !prefixHas(rule.source, packet.source))) return false;
  if (rule.destination !== undefined && !prefixHas(rule.destination, packet.destination)) return false;
  if (rule.protocol !== undefined && rule.protocol !== packet.protocol) return false;
  if (rule.ports === undefined && rule.sourcePorts === undefined) return true;
  if (packet.protocol === 'icmp') return false;
  return isIn(rule.ports, packet.destinationPort) && isIn(rule.sourcePorts, packet.sourcePort);
}

function isIn(range: Matches['ports'], port: number): boolean {
  return range === undefined || (port >= range.first && port <= range.last);
}

/**
 * What the chains of a hook do with a packet: a step for each that has a rule for it. The first chain that does not let it
 * pass is the last step.
 */
export function filter(
  station: Station,
  hook: NonNullable<Filter['hook']>,
  packet: Packet,
  passage: Passage,
  state: TrackingState,
): FilterStep[] {
  const steps: FilterStep[] = [];
  const decided = new Set<string>();
  for (const rule of station.filters) {
    const chain = rule.chain ?? '';
    if ((rule.hook ?? 'forward') !== hook || decided.has(chain)) continue;
    if (rule.family !== undefined && rule.family !== packet.family) continue;
    if (rule.states !== undefined && !rule.states.includes(state)) continue;
    if (!fits(rule, packet, passage)) continue;
    decided.add(chain);
    const ends = rule.action === 'accept' ? null : rule.action === 'drop' ? 'filtered' : 'rejected';
    steps.push({ kind: 'filter', ends, origin: rule.origin, hook, chain, rule, state });
    if (ends !== null) break;
  }
  return steps;
}
