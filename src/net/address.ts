/**
 * IPv4 and IPv6 addresses as values: parse, print, compare.
 *
 * Strict where the published libraries are lax: no leading zeros (`010.1.1.1` is eight or ten, depending on who reads
 * it), no shorthand (`10.1`), no zone, no brackets. Text follows RFC 4291 section 2.2 in and RFC 5952 out.
 * Prefixes are in `prefix.ts`; addresses inside packets are in `packet.ts` and never become these values.
 */

export type Family = 4 | 6;

/** An address; `bits` is the whole address as an unsigned integer of 32 (IPv4) or 128 (IPv6) bits. */
export interface Address {
  readonly family: Family;
  readonly bits: bigint;
}

/** Bits in an address of this family: 32 or 128. */
export const ADDRESS_BITS: Readonly<Record<Family, number>> = { 4: 32, 6: 128 };

/** The address that `text` spells, or null when it spells none. */
export function parseAddress(text: string): Address | null {
  return text.includes(':') ? parseIpv6(text) : parseIpv4(text);
}

/** The canonical spelling: dotted quad, or RFC 5952 (lower case, longest run of zeros folded, no embedded IPv4). */
export function formatAddress(address: Address): string {
  return address.family === 4 ? formatIpv4(address.bits) : formatIpv6(address.bits);
}

/** Negative, zero or positive: IPv4 before IPv6, then by value. For `Array.sort`. */
export function compareAddresses(a: Address, b: Address): number {
  if (a.family !== b.family) return a.family - b.family;
  return a.bits < b.bits ? -1 : a.bits > b.bits ? 1 : 0;
}

/** Whether the address is for one link alone (RFC 4291 section 2.5.6): fe80::/10. IPv4 has none that routers use. */
export function isLinkLocal(address: Address): boolean {
  return address.family === 6 && address.bits >> 118n === 0x3fan;
}

export function sameAddress(a: Address, b: Address): boolean {
  return a.family === b.family && a.bits === b.bits;
}

/** The 4 or 16 bytes of an address in network order. */
export function addressBytes(address: Address): Uint8Array {
  const bytes = new Uint8Array(ADDRESS_BITS[address.family] / 8);
  let rest = address.bits;
  for (let i = bytes.length - 1; i >= 0; i--) {
    bytes[i] = Number(rest & 0xffn);
    rest >>= 8n;
  }
  return bytes;
}

/** The address in these 4 or 16 bytes (network order); any other length is a broken assertion. */
export function addressFromBytes(bytes: Uint8Array): Address {
  if (bytes.length !== 4 && bytes.length !== 16)
    throw new RangeError(`an address has 4 or 16 bytes, not ${bytes.length}`);
  let bits = 0n;
  for (const byte of bytes) bits = (bits << 8n) | BigInt(byte);
  return { family: bytes.length === 4 ? 4 : 6, bits };
}

function parseIpv4(text: string): Address | null {
  const parts = text.split('.');
  if (parts.length !== 4) return null;
  let bits = 0n;
  for (const part of parts) {
    if (!/^(0|[1-9][0-9]{0,2})$/.test(part) || Number(part) > 255) return null;
    bits = (bits << 8n) | BigInt(part);
  }
  return { family: 4, bits };
}

/** RFC 4291 section 2.2: eight groups, at most one `::` for one group or more, the last two groups maybe dotted. */
function parseIpv6(text: string): Address | null {
  if (text.length > 45) return null;
  const halves = text.split('::');
  if (halves.length > 2) return null;
  const head = parseGroups(halves[0]!, halves.length === 1);
  const tail = halves.length === 2 ? parseGroups(halves[1]!, true) : [];
  if (head === null || tail === null) return null;
  const missing = 8 - head.length - tail.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return null;
  let bits = 0n;
  for (const group of [...head, ...new Array<number>(missing).fill(0), ...tail]) bits = (bits << 16n) | BigInt(group);
  return { family: 6, bits };
}

/** The 16-bit groups in a piece of an IPv6 address; only the piece that ends the address may end in dotted IPv4. */
function parseGroups(text: string, endsAddress: boolean): number[] | null {
  if (text === '') return [];
  const groups: number[] = [];
  const parts = text.split(':');
  for (const [i, part] of parts.entries()) {
    if (part.includes('.') && endsAddress && i === parts.length - 1) {
      const embedded = parseIpv4(part);
      if (embedded === null) return null;
      groups.push(Number(embedded.bits >> 16n), Number(embedded.bits & 0xffffn));
    } else if (/^[0-9a-fA-F]{1,4}$/.test(part)) {
      groups.push(Number.parseInt(part, 16));
    } else {
      return null;
    }
  }
  return groups;
}

function formatIpv4(bits: bigint): string {
  const value = Number(bits);
  return `${value >>> 24}.${(value >>> 16) & 255}.${(value >>> 8) & 255}.${value & 255}`;
}

/** RFC 5952 section 4: the longest run of two or more zero groups is folded, the first one when two are equal. */
function formatIpv6(bits: bigint): string {
  const groups: number[] = [];
  for (let shift = 112n; shift >= 0n; shift -= 16n) groups.push(Number((bits >> shift) & 0xffffn));
  let bestStart = -1;
  let bestLength = 1;
  for (let start = 0; start < 8; start++) {
    let length = 0;
    while (start + length < 8 && groups[start + length] === 0) length++;
    if (length > bestLength) {
      bestStart = start;
      bestLength = length;
    }
  }
  const hex = groups.map((group) => group.toString(16));
  if (bestStart < 0) return hex.join(':');
  return `${hex.slice(0, bestStart).join(':')}::${hex.slice(bestStart + bestLength).join(':')}`;
}
