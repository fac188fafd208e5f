/**
 * Prefixes (RFC 4632, RFC 4291 section 2.3): parse, print, compare, contain, split.
 *
 * A prefix never has host bits set; text that has them is refused by `parsePrefix`, because what the writer meant
 * (the address, or the prefix around it) is not for us to guess. `parseAddressWithLength` keeps them, for the
 * `Address =` lines of interfaces.
 */

import { ADDRESS_BITS, type Address, compareAddresses, type Family, formatAddress, parseAddress } from './address.ts';

/** `length` leading bits of `bits`; the other bits are zero. */
export interface Prefix {
  readonly family: Family;
  readonly bits: bigint;
  readonly length: number;
}

export type PrefixMistake = 'not-a-prefix' | 'length-missing' | 'length-out-of-range' | 'host-bits-set';

/**
 * The prefix that `text` spells, or which mistake it makes. A missing length is a mistake of its own: some tools read
 * it as one address, others as a classful network.
 */
export function parsePrefix(text: string): Prefix | PrefixMistake {
  const slash = text.indexOf('/');
  if (slash < 0) return parseAddress(text) ? 'length-missing' : 'not-a-prefix';
  const address = parseAddress(text.slice(0, slash));
  const lengthText = text.slice(slash + 1);
  if (address === null || !/^(0|[1-9][0-9]{0,3})$/.test(lengthText)) return 'not-a-prefix';
  const length = Number(lengthText);
  if (length > ADDRESS_BITS[address.family]) return 'length-out-of-range';
  const prefix = prefixOf(address, length);
  return prefix.bits === address.bits ? prefix : 'host-bits-set';
}

/** The prefix of `length` bits around `address`. */
export function prefixOf(address: Address, length: number): Prefix {
  return { family: address.family, bits: address.bits & prefixMask(address.family, length), length };
}

/** The prefix that holds exactly this address: /32 or /128. */
export function hostPrefix(address: Address): Prefix {
  return { family: address.family, bits: address.bits, length: ADDRESS_BITS[address.family] };
}

export function formatPrefix(prefix: Prefix): string {
  return `${formatAddress(prefix)}/${prefix.length}`;
}

/** By family, address, then length (shorter first), so that a prefix stands before everything inside it. */
export function comparePrefixes(a: Prefix, b: Prefix): number {
  return compareAddresses(a, b) || a.length - b.length;
}

export function samePrefix(a: Prefix, b: Prefix): boolean {
  return a.family === b.family && a.length === b.length && a.bits === b.bits;
}

/** Whether `address` lies in `prefix`. */
export function prefixHas(prefix: Prefix, address: Address): boolean {
  return prefix.family === address.family && (address.bits & prefixMask(prefix.family, prefix.length)) === prefix.bits;
}

/** Whether all of `inner` lies in `outer`; a prefix contains itself. */
export function prefixContains(outer: Prefix, inner: Prefix): boolean {
  return outer.length <= inner.length && prefixHas(outer, inner);
}

/** Whether the two share an address. Of two prefixes that do, one contains the other. */
export function prefixesOverlap(a: Prefix, b: Prefix): boolean {
  return prefixContains(a, b) || prefixContains(b, a);
}

export function firstAddress(prefix: Prefix): Address {
  return { family: prefix.family, bits: prefix.bits };
}

export function lastAddress(prefix: Prefix): Address {
  return { family: prefix.family, bits: prefix.bits | hostMask(prefix.family, prefix.length) };
}

/** The two halves of a prefix, or null for a single address. */
export function splitPrefix(prefix: Prefix): [Prefix, Prefix] | null {
  const length = prefix.length + 1;
  const width = ADDRESS_BITS[prefix.family];
  if (length > width) return null;
  const upper = prefix.bits | (1n << BigInt(width - length));
  return [
    { family: prefix.family, bits: prefix.bits, length },
    { family: prefix.family, bits: upper, length },
  ];
}

function prefixMask(family: Family, length: number): bigint {
  const width = ADDRESS_BITS[family];
  return ((1n << BigInt(length)) - 1n) << BigInt(width - length);
}

function hostMask(family: Family, length: number): bigint {
  return (1n << BigInt(ADDRESS_BITS[family] - length)) - 1n;
}
