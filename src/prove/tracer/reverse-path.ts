/**
 * Reverse path filtering (`rp_filter`, RFC 3704): a source must be one that would be routed back. IPv4 only; Linux has no
 * such switch for IPv6, and other systems have none that anybody switches on.
 */

import type { Packet, Step } from '../trace.ts';
import { routeTo } from '../world/route-table.ts';
import type { Link, Station } from '../world.ts';
import type { Conversation } from './conversation.ts';

const NOT_LINUX: ReadonlySet<string> = new Set([
  ...['opnsense', 'pfsense', 'freebsd', 'openbsd', 'macos', 'windows', 'ios', 'android'],
]);

/** Whether the packet passes; adds a step where something is checked. */
export function reversePath(
  conversation: Conversation,
  station: Station,
  link: Link,
  packet: Packet,
  steps: Step[],
): boolean {
  if (packet.family !== 4 || packet.source === null) return true;
  if (station.platform !== null && NOT_LINUX.has(station.platform.value)) return true;
  const stated = station.reversePathFilters.find((each) => each.interface === link.id);
  const isUnknown = stated === undefined && station.unknown.has('reverse-path-filter');
  const mode = stated?.mode ?? (isUnknown ? 'strict' : 'off');
  if (mode === 'off') return true;
  const route = routeTo(station.routes, packet.source);
  const isRouted = route !== null && 'interface' in route.via;
  const passes = isRouted && (mode === 'loose' || (route.via as { interface: string }).interface === link.id);
  if (passes && isUnknown) return true;
  if (isUnknown) {
    const isFavourable = conversation.assumes(station, 'reverse-path-filter');
    steps.push({
      kind: 'assumption',
      ends: isFavourable ? null : 'reverse-path',
      origin: null,
      station,
      part: 'reverse-path-filter',
      isFavourable,
    });
    return isFavourable;
  }
  steps.push({
    kind: 'reverse-path',
    ends: passes ? null : 'reverse-path',
    origin: stated!.origin,
    interface: link.id,
    mode,
    source: packet.source,
    route,
  });
  return passes;
}
