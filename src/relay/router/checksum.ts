/**
 * The Internet checksum (RFC 1071): of a header, of a message with its pseudo-header (RFC 8200 section 8.1), and
 * changed where one field changed (RFC 1624).
 */

const CHECKSUM_4 = 10;
const TTL = 8;

/**
 * The sum of the 16-bit words of `length` bytes at `at`, added to `sum`; an odd last byte counts as a word with a zero
 * after it. Not folded: a packet's words sum to less than 2^32.
 */
export function sumWords(bytes: Uint8Array, at: number, length: number, sum = 0): number {
  let total = sum;
  const end = at + length - 1;
  let i = at;
  for (; i < end; i += 2) total += (bytes[i]! << 8) | bytes[i + 1]!;
  if (i === end) total += bytes[i]! << 8;
  return total;
}

/** The checksum that goes with a sum. Over bytes that hold their right checksum it is 0. */
export function checksumOf(sum: number): number {
  let folded = sum;
  while (folded > 0xffff) folded = (folded % 0x10000) + Math.floor(folded / 0x10000);
  return ~folded & 0xffff;
}

/** Whether an IPv4 header's checksum is right. `headerBytes` is 20 to 60. */
export function isHeaderIntact(bytes: Uint8Array, at: number, headerBytes: number): boolean {
  let sum = 0;
  for (let i = at; i < at + headerBytes; i += 2) sum += (bytes[i]! << 8) | bytes[i + 1]!;
  // 30 words carry 29 at most, so a sum that is all ones is so after one fold.
  return (sum & 0xffff) + (sum >>> 16) === 0xffff;
}

/** Writes an IPv4 header's checksum afresh. */
export function writeHeaderChecksum(bytes: Uint8Array, at: number, headerBytes: number): void {
  writeShort(bytes, at + CHECKSUM_4, 0);
  writeShort(bytes, at + CHECKSUM_4, checksumOf(sumWords(bytes, at, headerBytes)));
}

/**
 * Lowers the hop limit of an IPv4 packet by one. The word it is in falls by 0x0100, so the checksum rises by that, with
 * the carry brought round (RFC 1624 equation 3); never to 0xffff, which nobody would compute afresh.
 */
export function lowerHopLimit4(bytes: Uint8Array, at: number): void {
  bytes[at + TTL] = bytes[at + TTL]! - 1;
  const sum = ((bytes[at + CHECKSUM_4]! << 8) | bytes[at + CHECKSUM_4 + 1]!) + 0x0100;
  writeShort(bytes, at + CHECKSUM_4, sum + (sum >= 0xffff ? 1 : 0));
}

/** The sum of an IPv6 pseudo-header: the two addresses at `addressesAt`, the upper layer's length and protocol. */
export function pseudoHeaderSum6(bytes: Uint8Array, addressesAt: number, length: number, protocol: number): number {
  return sumWords(bytes, addressesAt, 32, length + protocol);
}

export function writeShort(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 8;
  bytes[at + 1] = value;
}
