/**
 * Which of its addresses a station sends from.
 */

import { ADDRESS_BITS, type Address, type Family, parseAddress } from '../../net/address.ts';
import type { Fact } from '../../plan/plan.ts';
import type { Link, Station } from '../world.ts';

/** "Dummy" source of errors by a router without an address of the family (RFC 7600), as Linux and the relay have it. */
export const DUMMY_SOURCE_4 = parseAddress('192.0.0.8')!;

/**
 * The source for packets to `destination` that leave by `link` towards `nextHop`: an address of that link, or of another
 * where it has none of the family (`inet_select_addr`). Null when the station has none at all.
 *
 * Of several, IPv4 takes the first one that shares the next hop's prefix, which is what a route's preferred source is;
 * IPv6 the one with the longest common prefix (RFC 6724 rule 8), which keeps ULA and global addresses apart as labels do.
 */
export function sourceAddress(
  station: Station,
  link: Link,
  destination: Address,
  nextHop: Address,
): Fact<Address> | null {
  const { family } = destination;
  const own = ofFamily(link, family);
  const candidates = own.length > 0 ? own : station.links.flatMap((each) => ofFamily(each, family));
  if (candidates.length < 2) return candidates[0] ?? null;
  const wanted = family === 4 ? nextHop : destination;
  const rank = ({ value }: Fact<Address>): number => commonLength(value, wanted);
  return candidates.reduce((best, each) => (rank(each) > rank(best) ? each : best));
}

function ofFamily(link: Link, family: Family): readonly Fact<Address>[] {
  return link.addresses.filter(({ value }) => value.family === family);
}

/** Leading bits that two addresses share. */
function commonLength(a: Address, b: Address): number {
  const difference = a.bits ^ b.bits;
  return ADDRESS_BITS[a.family] - (difference === 0n ? 0 : difference.toString(2).length);
}
