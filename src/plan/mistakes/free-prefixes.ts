/**
 * Prefixes that nobody in the network has, to offer as a cure.
 *
 * IPv4 ones come from 10.77.0.0/16, which few others use, or from 10.0.0.0/8 behind it where that is too small; IPv6 ones
 * from the network's own ULA prefix.
 */

import { ADDRESS_BITS } from '../../net/address.ts';
import { lastAddress, type Prefix, parsePrefix, prefixesOverlap, prefixOf } from '../../net/prefix.ts';
import type { Directory } from '../directory.ts';

const SMALL_IPV4 = parsePrefix('10.77.0.0/16') as Prefix;
const LARGE_IPV4 = parsePrefix('10.0.0.0/8') as Prefix;

/** An offer is a kindness and no promise: after so many tries for a length there is none. */
const MOST_TRIES = 1000n;

/** Where offers of a length come from: the whole, and the address from which on. */
interface Pool {
  readonly prefix: Prefix;
  readonly from: bigint;
}

/** Answers a free prefix as long as `like`, a different one each time; null when none is at hand. */
export function freePrefixes(taken: readonly Prefix[], directory: Directory): (like: Prefix) => Prefix | null {
  const ofIpv6 = poolOfIpv6(directory);
  const wholes = [LARGE_IPV4, ...(ofIpv6 ? [ofIpv6] : [])];
  const busy = taken.filter((prefix) => wholes.some((whole) => prefixesOverlap(whole, prefix)));
  const next = new Map<string, bigint>();
  return (like) => {
    const pool = poolFor(like, ofIpv6);
    if (pool === null) return null;
    const kind = `${like.family}/${like.length}`;
    const step = 1n << BigInt(ADDRESS_BITS[like.family] - like.length);
    const first = (pool.from + step - 1n) / step;
    const end = lastAddress(pool.prefix).bits / step;
    for (let i = next.get(kind) ?? first; i <= end && i - first < MOST_TRIES; i++) {
      next.set(kind, i + 1n);
      const prefix: Prefix = { family: like.family, bits: i * step, length: like.length };
      if (busy.some((each) => prefixesOverlap(each, prefix))) continue;
      busy.push(prefix);
      return prefix;
    }
    return null;
  };
}

/** The first prefix of a pool is left out: 10.77.0.0/24 and subnet 0 are what others would choose. */
function poolFor({ family, length }: Prefix, ofIpv6: Prefix | null): Pool | null {
  if (family === 6) return ofIpv6 && length > ofIpv6.length ? { prefix: ofIpv6, from: ofIpv6.bits + 1n } : null;
  if (length > SMALL_IPV4.length) return { prefix: SMALL_IPV4, from: SMALL_IPV4.bits + 1n };
  return length > LARGE_IPV4.length ? { prefix: LARGE_IPV4, from: lastAddress(SMALL_IPV4).bits + 1n } : null;
}

function poolOfIpv6({ ula, inside }: Directory): Prefix | null {
  const own = ula ?? inside.find((prefix) => prefix.value.family === 6);
  return own && own.value.length >= 48 ? prefixOf(own.value, 48) : null;
}
