/**
 * Prefixes that nobody in the network has, to offer as a cure.
 *
 * IPv4 ones come from 10.77.0.0/16, which few others use, and IPv6 ones from the network's own ULA prefix.
 */

import { ADDRESS_BITS } from '../../net/address.ts';
import { type Prefix, parsePrefix, prefixesOverlap, prefixOf } from '../../net/prefix.ts';
import type { Directory } from '../directory.ts';

const IPV4_POOL = parsePrefix('10.77.0.0/16') as Prefix;

/** An offer is a kindness and no promise: after so many tries for a length there is none. */
const MOST_TRIES = 1000n;

/** Answers a free prefix as long as `like`, a different one each time; null when none is at hand. */
export function freePrefixes(taken: readonly Prefix[], directory: Directory): (like: Prefix) => Prefix | null {
  const pools = { 4: IPV4_POOL, 6: poolOfIpv6(directory) };
  const busy = taken.filter((prefix) => {
    const pool = pools[prefix.family];
    return pool !== null && prefixesOverlap(pool, prefix);
  });
  // The first one is left out: 10.77.0.0/24 and subnet 0 are what others would choose.
  const next = new Map<string, bigint>();
  return (like) => {
    const pool = pools[like.family];
    if (pool === null || like.length <= pool.length) return null;
    const kind = `${like.family}/${like.length}`;
    const step = 1n << BigInt(ADDRESS_BITS[like.family] - like.length);
    const end = 1n << BigInt(like.length - pool.length);
    for (let i = next.get(kind) ?? 1n; i < end && i <= MOST_TRIES; i++) {
      next.set(kind, i + 1n);
      const prefix: Prefix = { family: like.family, bits: pool.bits + i * step, length: like.length };
      if (busy.some((each) => prefixesOverlap(each, prefix))) continue;
      busy.push(prefix);
      return prefix;
    }
    return null;
  };
}

function poolOfIpv6({ ula, inside }: Directory): Prefix | null {
  const own = ula ?? inside.find((prefix) => prefix.value.family === 6);
  return own && own.value.length >= 48 ? prefixOf(own.value, 48) : null;
}
