/**
 * Which ports are alike: no rule of the network tells them apart.
 */

import type { Matches } from '../plan/plan.ts';
import type { World } from './world.ts';

/** Representatives of a network, by protocol: where classes begin. */
const known = new WeakMap<World, Readonly<Record<'tcp' | 'udp', readonly number[]>>>();

/** One port of each class between `first` and `last`, inclusive; where no rule names a port, just `first`. */
export function representativePorts(world: World, protocol: 'tcp' | 'udp', first: number, last: number): number[] {
  let begins = known.get(world);
  if (begins === undefined) {
    begins = { tcp: beginnings(world, 'tcp'), udp: beginnings(world, 'udp') };
    known.set(world, begins);
  }
  return [first, ...begins[protocol].filter((port) => port > first && port <= last)];
}

function beginnings({ stations }: World, protocol: 'tcp' | 'udp'): number[] {
  const found = new Set<number>();
  const add = ({ ports, ...rule }: Matches) => {
    if (ports === undefined || (rule.protocol !== undefined && rule.protocol !== protocol)) return;
    found.add(ports.first);
    found.add(ports.last + 1);
  };
  for (const { filters, translations, outside } of stations) {
    for (const rule of filters) add(rule);
    for (const rule of translations) if (rule.kind !== 'one-to-one') add(rule);
    for (const { value } of outside?.inbound ?? []) add(value);
  }
  return [...found].sort((a, b) => a - b);
}
