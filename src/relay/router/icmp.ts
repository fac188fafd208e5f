/**
 * ICMP (RFC 792, 1812) and ICMPv6 (RFC 4443) as a router speaks them: which packets may be answered with an error, the
 * errors, and echo replies. When an error is due, and how many are sent, is the router's matter.
 *
 * Values that the RFCs leave open are those of Linux: hop limit 64, precedence "internetwork control" on IPv4 errors,
 * no DF, quotes as long as the minimum MTU allows.
 */

import { checksumOf, pseudoHeaderSum6, sumWords, writeHeaderChecksum, writeShort } from './checksum.ts';
import {
  DESTINATION_4,
  DESTINATION_6,
  FRAGMENT_4,
  FRAGMENT_OFFSET,
  HEADER_4,
  HEADER_6,
  HOP_LIMIT_6,
  ICMP,
  ICMPV6,
  IDENTIFICATION_4,
  NEXT_HEADER_6,
  PAYLOAD_LENGTH_6,
  PROTOCOL_4,
  readShort,
  SOURCE_4,
  SOURCE_6,
  TOS_4,
  TOTAL_LENGTH_4,
  TTL_4,
  upperLayer6,
} from './inner-packet.ts';

/** An error as type, code, and the word after the checksum: an MTU or a pointer, else 0. */
export interface IcmpError {
  readonly type: number;
  readonly code: number;
  readonly word: number;
}

export const HOST_UNREACHABLE: IcmpError = { type: 3, code: 1, word: 0 };
export const PROTOCOL_UNREACHABLE: IcmpError = { type: 3, code: 2, word: 0 };
export const PORT_UNREACHABLE: IcmpError = { type: 3, code: 3, word: 0 };
export const TIME_EXCEEDED: IcmpError = { type: 11, code: 0, word: 0 };

export const BEYOND_SCOPE_6: IcmpError = { type: 1, code: 2, word: 0 };
export const ADDRESS_UNREACHABLE_6: IcmpError = { type: 1, code: 3, word: 0 };
export const PORT_UNREACHABLE_6: IcmpError = { type: 1, code: 4, word: 0 };
export const TIME_EXCEEDED_6: IcmpError = { type: 3, code: 0, word: 0 };

/** RFC 1191: the next hop's MTU is in the lower half of the word. */
export function fragmentationNeeded(mtuBytes: number): IcmpError {
  return { type: 3, code: 4, word: mtuBytes };
}

export function packetTooBig6(mtuBytes: number): IcmpError {
  return { type: 2, code: 0, word: mtuBytes };
}

/** `pointer`: where in the packet the next header that nobody knows is named. */
export function unknownNextHeader6(pointer: number): IcmpError {
  return { type: 4, code: 1, word: pointer };
}

/** Bytes of an error at most: what every network carries whole (RFC 1812 section 4.3.2.3, RFC 4443 section 2.4). */
export const ERROR_BYTES_4 = 576;
export const ERROR_BYTES_6 = 1280;

const ICMP_HEADER = 8;
const HOP_LIMIT = 64;
/** Precedence 6, and the type of service of the packet that it is about (RFC 1812 section 4.3.2.5); never its ECN. */
const INTERNETWORK_CONTROL = 0xc0;
const TOS_BITS = 0x1c;

const ECHO_REPLY = 0;
const ECHO_REQUEST = 8;
const ECHO_REQUEST_6 = 128;
const ECHO_REPLY_6 = 129;
const REDIRECT_6 = 137;
/** Types from here on are none that Linux knows; it answers none of them. */
const TYPES = 19;

/**
 * Whether the IPv4 packet may be answered with an error (RFC 1122 section 3.2.2): not a later fragment, not itself an
 * ICMP error. Its addresses are unicast when it comes here.
 */
export function mayAnswer4(bytes: Uint8Array, at: number, length: number): boolean {
  if ((readShort(bytes, at + FRAGMENT_4) & FRAGMENT_OFFSET) !== 0) return false;
  if (bytes[at + PROTOCOL_4] !== ICMP) return true;
  const headerBytes = (bytes[at]! & 15) * 4;
  if (headerBytes >= length) return false;
  const type = bytes[at + headerBytes]!;
  return type < TYPES && type !== 3 && type !== 4 && type !== 5 && type !== 11 && type !== 12;
}

/**
 * Whether the IPv6 packet may be answered with an error (RFC 4443 section 2.4 e): not an ICMPv6 error or redirect, and,
 * as for IPv4, not a later fragment.
 */
export function mayAnswer6(bytes: Uint8Array, at: number, length: number): boolean {
  const upper = upperLayer6(bytes, at, length);
  if (upper.isLaterFragment) return false;
  if (upper.protocol !== ICMPV6) return true;
  if (upper.at >= at + length) return false;
  const type = bytes[upper.at]!;
  return type >= 128 && type !== REDIRECT_6;
}

/**
 * Writes the error about the IPv4 packet at `at` to the start of `into` and returns its length, at most 576.
 * `source` is four bytes; it goes to the packet's source.
 */
export function writeError4(
  into: Uint8Array,
  error: IcmpError,
  source: Uint8Array,
  identification: number,
  bytes: Uint8Array,
  at: number,
  length: number,
): number {
  const quoted = Math.min(length, ERROR_BYTES_4 - HEADER_4 - ICMP_HEADER);
  const total = HEADER_4 + ICMP_HEADER + quoted;
  into.fill(0, 0, HEADER_4 + ICMP_HEADER);
  into[0] = 0x45;
  into[TOS_4] = INTERNETWORK_CONTROL | (bytes[at + TOS_4]! & TOS_BITS);
  writeShort(into, TOTAL_LENGTH_4, total);
  writeShort(into, IDENTIFICATION_4, identification);
  into[TTL_4] = HOP_LIMIT;
  into[PROTOCOL_4] = ICMP;
  into.set(source, SOURCE_4);
  into.set(bytes.subarray(at + SOURCE_4, at + SOURCE_4 + 4), DESTINATION_4);
  writeHeaderChecksum(into, 0, HEADER_4);
  writeIcmp(into, HEADER_4, error, bytes, at, quoted);
  writeShort(into, HEADER_4 + 2, checksumOf(sumWords(into, HEADER_4, ICMP_HEADER + quoted)));
  return total;
}

/** The same for IPv6: at most 1280 bytes, `source` is 16. */
export function writeError6(
  into: Uint8Array,
  error: IcmpError,
  source: Uint8Array,
  bytes: Uint8Array,
  at: number,
  length: number,
): number {
  const quoted = Math.min(length, ERROR_BYTES_6 - HEADER_6 - ICMP_HEADER);
  into.fill(0, 0, HEADER_6 + ICMP_HEADER);
  into[0] = 0x60;
  writeShort(into, PAYLOAD_LENGTH_6, ICMP_HEADER + quoted);
  into[NEXT_HEADER_6] = ICMPV6;
  into[HOP_LIMIT_6] = HOP_LIMIT;
  into.set(source, SOURCE_6);
  into.set(bytes.subarray(at + SOURCE_6, at + SOURCE_6 + 16), DESTINATION_6);
  writeIcmp(into, HEADER_6, error, bytes, at, quoted);
  const sum = pseudoHeaderSum6(into, SOURCE_6, ICMP_HEADER + quoted, ICMPV6);
  writeShort(into, HEADER_6 + 2, checksumOf(sumWords(into, HEADER_6, ICMP_HEADER + quoted, sum)));
  return HEADER_6 + ICMP_HEADER + quoted;
}

/**
 * Turns an echo request to the router into its reply, where it lies. False, and nothing changed, when the packet is no
 * echo request or its checksum is wrong. The caller knows it to be ICMP, whole, and no fragment.
 */
export function turnIntoEchoReply4(bytes: Uint8Array, at: number, length: number): boolean {
  const headerBytes = (bytes[at]! & 15) * 4;
  const icmpAt = at + headerBytes;
  const icmpBytes = length - headerBytes;
  if (icmpBytes < ICMP_HEADER || bytes[icmpAt] !== ECHO_REQUEST || bytes[icmpAt + 1] !== 0) return false;
  if (checksumOf(sumWords(bytes, icmpAt, icmpBytes)) !== 0) return false;
  swap(bytes, at + SOURCE_4, at + DESTINATION_4, 4);
  bytes[at + TTL_4] = HOP_LIMIT;
  // No DF: the request's is not ours to repeat, a reply may have to be cut.
  writeShort(bytes, at + FRAGMENT_4, 0);
  writeHeaderChecksum(bytes, at, headerBytes);
  bytes[icmpAt] = ECHO_REPLY;
  writeShort(bytes, icmpAt + 2, 0);
  writeShort(bytes, icmpAt + 2, checksumOf(sumWords(bytes, icmpAt, icmpBytes)));
  return true;
}

/** The same for an ICMPv6 message right behind the IPv6 header. */
export function turnIntoEchoReply6(bytes: Uint8Array, at: number, length: number): boolean {
  const icmpAt = at + HEADER_6;
  const icmpBytes = length - HEADER_6;
  if (icmpBytes < ICMP_HEADER || bytes[icmpAt] !== ECHO_REQUEST_6 || bytes[icmpAt + 1] !== 0) return false;
  const pseudo = pseudoHeaderSum6(bytes, at + SOURCE_6, icmpBytes, ICMPV6);
  if (checksumOf(sumWords(bytes, icmpAt, icmpBytes, pseudo)) !== 0) return false;
  swap(bytes, at + SOURCE_6, at + DESTINATION_6, 16);
  bytes[at + HOP_LIMIT_6] = HOP_LIMIT;
  bytes[icmpAt] = ECHO_REPLY_6;
  writeShort(bytes, icmpAt + 2, 0);
  // The pseudo-header's sum does not depend on which address comes first.
  writeShort(bytes, icmpAt + 2, checksumOf(sumWords(bytes, icmpAt, icmpBytes, pseudo)));
  return true;
}

function writeIcmp(
  into: Uint8Array,
  at: number,
  error: IcmpError,
  bytes: Uint8Array,
  from: number,
  quoted: number,
): void {
  into[at] = error.type;
  into[at + 1] = error.code;
  writeShort(into, at + 4, error.word >>> 16);
  writeShort(into, at + 6, error.word & 0xffff);
  into.set(bytes.subarray(from, from + quoted), at + ICMP_HEADER);
}

function swap(bytes: Uint8Array, a: number, b: number, length: number): void {
  for (let i = 0; i < length; i++) {
    const byte = bytes[a + i]!;
    bytes[a + i] = bytes[b + i]!;
    bytes[b + i] = byte;
  }
}
