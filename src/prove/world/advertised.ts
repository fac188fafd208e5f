/**
 * Routes that came by router advertisements, on a machine that forwards IPv6.
 *
 * Linux stops to listen to advertisements when it forwards, and deletes what it learned from them at once; only
 * `accept_ra=2` keeps them. networkd and NetworkManager listen by themselves, whatever the kernel does.
 */

import type { Station, UnknownPart } from '../world.ts';
import type { RankedRoute } from './route-table.ts';

const LISTENS_BY_ITSELF: ReadonlySet<string> = new Set(['debian-networkd', 'networkmanager']);

/** Whether the station still has such a route. */
export function hearsAdvertisements(
  station: Station,
  { via }: RankedRoute,
  ask: (part: UnknownPart) => boolean,
): boolean {
  if (!('interface' in via) || !station.forwarding.some(({ family }) => family === 6)) return true;
  if (station.platform !== null && LISTENS_BY_ITSELF.has(station.platform.value)) return true;
  const path = `ipv6/conf/${via.interface}/accept_ra`;
  const stated = station.device?.switches?.find((each) => each.path === path);
  return stated === undefined ? ask('router-advertisements') : stated.value.value === '2';
}
