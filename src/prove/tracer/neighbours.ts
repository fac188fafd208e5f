/**
 * ARP and neighbour discovery: who on a LAN answers for an address.
 *
 * Its owner does. A station that was told to answer for another (`NeighbourProxy`) does so on conditions, which were
 * measured: over IPv4 it must forward what arrives on that interface, and its own route to the address must leave by
 * another one; over IPv6 it must forward, and nothing is asked about routes.
 */

import type { Address } from '../../net/address.ts';
import type { NeighbourAnswer, NeighbourStep, Step } from '../trace.ts';
import { addressKey } from '../world/address-key.ts';
import { routeTo } from '../world/route-table.ts';
import type { Attachment, ProxyAttachment, SegmentLink, Station } from '../world.ts';
import { assume } from './assume.ts';
import type { Conversation } from './conversation.ts';

/** Who answers `asker`, or null; adds the step, and those of what had to be assumed. */
export function neighbour(
  conversation: Conversation,
  asker: Station,
  link: SegmentLink,
  address: Address,
  steps: Step[],
): Attachment | null {
  const segment = conversation.world.segments.get(link.segment)!;
  const key = addressKey(address);
  const owner = segment.owners.get(key)?.find(({ station }) => station !== asker);
  if (owner !== undefined) {
    steps.push(step(link, address, { station: owner.station, proxy: null }, []));
    return owner;
  }
  const told = (segment.proxies.get(key) ?? []).filter(({ station }) => station !== asker);
  const silent: NeighbourStep['silent'][number][] = [];
  for (const each of told) {
    const because = silence(conversation, each, address, steps);
    if (because === null) {
      steps.push(step(link, address, { station: each.station, proxy: each.proxy }, silent));
      return each;
    }
    silent.push({ station: each.station, proxy: each.proxy, because });
  }
  const assumed = segment.attached.find(
    (each) =>
      each.station !== asker &&
      each.station.unknown.has('neighbour-proxies') &&
      routesElsewhere(each, address) &&
      assume(conversation, each.station, 'neighbour-proxies', steps),
  );
  if (assumed !== undefined) {
    steps.push(step(link, address, { station: assumed.station, proxy: null }, silent));
    return assumed;
  }
  steps.push(step(link, address, null, silent));
  return null;
}

function step(
  link: SegmentLink,
  address: Address,
  answer: NeighbourAnswer | null,
  silent: NeighbourStep['silent'],
): NeighbourStep {
  return {
    kind: 'neighbour',
    ends: answer === null ? 'no-neighbour' : null,
    origin: answer?.proxy?.origin ?? silent[0]?.proxy.origin ?? null,
    segment: link.segment,
    address,
    answer,
    silent,
  };
}

/** Why a station that is told to answer does not, or null when it does. */
function silence(
  conversation: Conversation,
  each: ProxyAttachment,
  address: Address,
  steps: Step[],
): 'not-forwarding' | 'no-other-route' | null {
  const { station, link } = each;
  const forwards = station.forwarding.some(
    ({ family, from }) => family === address.family && (family === 6 || from === link.id),
  );
  if (!forwards) {
    const part = address.family === 4 ? 'forwarding-ipv4' : 'forwarding-ipv6';
    if (!station.unknown.has(part)) return 'not-forwarding';
    if (!assume(conversation, station, part, steps)) return 'not-forwarding';
  }
  return address.family === 6 || routesElsewhere(each, address) ? null : 'no-other-route';
}

function routesElsewhere({ station, link }: Attachment, address: Address): boolean {
  const route = routeTo(station.routes, address);
  return route !== null && 'interface' in route.via && route.via.interface !== link.id;
}
