/**
 * Inside prefixes for a first network, drawn so that no other network has them.
 */

import { type Address, addressFromBytes, formatAddress } from '../../net/address.ts';
import { formatPrefix, type Prefix, parsePrefix, prefixesOverlap, prefixOf } from '../../net/prefix.ts';

export interface Inside {
  readonly text: string;
  /** Its first address to give, the router's. */
  readonly first: string;
}

/**
 * Parts of 10.0.0.0/8 that many a network has: home routers, OpenVPN, cloud machines, containers, and numbers that
 * people choose by hand. None of them is worth drawing.
 */
const COMMON: readonly Prefix[] = [
  ...[0, 1, 2, 8, 10, 20, 42, 43, 88, 100, 128, 200, 244].map((second) => `10.${second}.0.0/16`),
  '10.96.0.0/12',
].map((text) => parsePrefix(text) as Prefix);

const COMMON_THIRDS: ReadonlySet<number> = new Set([0, 1, 2, 10, 100]);

/** 10.x.y.0/24 and a ULA /64, subnet 0 of a random /48 (RFC 4193 section 3.2). None overlaps a prefix of `taken`. */
export function drawInside(draw: (length: number) => Uint8Array, taken: readonly Prefix[]): [Inside, Inside] {
  return [drawIpv4(draw, [...COMMON, ...taken]), drawIpv6(draw, taken)];
}

function drawIpv4(draw: (length: number) => Uint8Array, taken: readonly Prefix[]): Inside {
  for (;;) {
    const [second = 0, third = 0] = draw(2);
    const prefix = prefixOf(addressFromBytes(new Uint8Array([10, second, third, 0])), 24);
    if (COMMON_THIRDS.has(third)) continue;
    // A machine on 10.0.0.0/8 itself would leave nothing to draw.
    if (taken.some((each) => each.length > 8 && prefixesOverlap(each, prefix))) continue;
    return inside(prefix);
  }
}

function drawIpv6(draw: (length: number) => Uint8Array, taken: readonly Prefix[]): Inside {
  for (;;) {
    const bytes = new Uint8Array(16);
    bytes[0] = 0xfd;
    bytes.set(draw(5), 1);
    const prefix = prefixOf(addressFromBytes(bytes), 64);
    if (!taken.some((each) => each.length > 8 && prefixesOverlap(each, prefix))) return inside(prefix);
  }
}

function inside(prefix: Prefix): Inside {
  const first: Address = { family: prefix.family, bits: prefix.bits + 1n };
  return { text: formatPrefix(prefix), first: formatAddress(first) };
}
