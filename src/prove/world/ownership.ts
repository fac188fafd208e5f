/**
 * Who owns an address at a tunnel, as packets ask it.
 */

import type { Address } from '../../net/address.ts';
import type { Station, TunnelLink } from '../world.ts';
import type { Owner } from './peer-table.ts';
import { routeTo } from './route-table.ts';

/**
 * The owner of `address` in a packet whose other end is `other`: by the longest allowed IP; else, where no route of the
 * station holds the address, the peer that is the way to the internet of `other`. Null when nobody is.
 */
export function ownerOf({ routes }: Station, { peers }: TunnelLink, address: Address, other: Address): Owner | null {
  const owner = peers.owner(address);
  if (owner !== null) return owner;
  const exit = peers.exitFor(other);
  if (exit === null) return null;
  const route = routeTo(routes, address);
  return route === null || route.rank === 'assumed' ? exit : null;
}
