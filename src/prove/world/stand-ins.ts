/**
 * Addresses for those whose address nobody knows, and which addresses are private.
 *
 * A stand-in is as good as the real one as long as nothing else in the model has it.
 */

import { type Address, type Family, parseAddress } from '../../net/address.ts';
import { firstAddress, lastAddress, type Prefix, parsePrefix, prefixHas } from '../../net/prefix.ts';
import { addressKey } from './address-key.ts';

/** RFC 1918, RFC 6598 (between a provider and its customers), RFC 3927, RFC 4193 and link-local: the internet routes none. */
export const PRIVATE_PREFIXES: readonly Prefix[] = [
  ...['10.0.0.0/8', '100.64.0.0/10', '169.254.0.0/16', '172.16.0.0/12', '192.168.0.0/16'],
  ...['fc00::/7', 'fe80::/10'],
].map((text) => parsePrefix(text) as Prefix);

export function isPrivate(address: Address): boolean {
  return PRIVATE_PREFIXES.some((prefix) => prefixHas(prefix, address));
}

/**
 * The address at which the internet sees station number `id`, where nobody stated it: from the ranges for benchmarks (RFC
 * 2544, RFC 5180), which nobody has. More than 100,000 stations share theirs in IPv4.
 */
export function outsideStandIn(family: Family, id: number): Address {
  return { family, bits: BENCHMARKS[family].bits + BigInt(family === 4 ? id % 100_000 : id) + 1n };
}

/** Somebody on the internet whom no plan describes. */
export const SOMEBODY: Readonly<Record<Family, Address>> = {
  4: parseAddress('198.19.255.254')!,
  6: parseAddress('2001:2:0:ffff::1')!,
};

const BENCHMARKS: Readonly<Record<Family, Address>> = { 4: parseAddress('198.18.0.0')!, 6: parseAddress('2001:2::')! };

/**
 * The last address of `prefix` that a host could have and that is not in `taken` (`addressKey`), or null when there is
 * none: not the first, and in IPv4 not the last either where the prefix has more than two.
 */
export function freeAddress(prefix: Prefix, taken: ReadonlySet<string>): Address | null {
  const { family } = prefix;
  const whole = firstAddress(prefix).bits;
  let { bits } = lastAddress(prefix);
  if (family === 4 && bits - whole > 1n) bits -= 1n;
  for (; bits > whole; bits -= 1n) if (!taken.has(addressKey({ family, bits }))) return { family, bits };
  return null;
}
