/**
 * Where things are in IPv4 (RFC 791) and IPv6 (RFC 8200) headers, and which addresses no router forwards.
 *
 * Packets are read where they lie: bytes, the packet's place, its length. That the length is honest, `device.open` saw to.
 */

/** IPv4: places in the header. */
export const TOS_4 = 1;
export const TOTAL_LENGTH_4 = 2;
export const IDENTIFICATION_4 = 4;
/** Flags in the upper three bits, the fragment's offset in units of 8 bytes in the others. */
export const FRAGMENT_4 = 6;
export const TTL_4 = 8;
export const PROTOCOL_4 = 9;
export const SOURCE_4 = 12;
export const DESTINATION_4 = 16;
export const HEADER_4 = 20;

export const DONT_FRAGMENT = 0x4000;
export const MORE_FRAGMENTS = 0x2000;
export const FRAGMENT_OFFSET = 0x1fff;

/** IPv6: places in the header. */
export const PAYLOAD_LENGTH_6 = 4;
export const NEXT_HEADER_6 = 6;
export const HOP_LIMIT_6 = 7;
export const SOURCE_6 = 8;
export const DESTINATION_6 = 24;
export const HEADER_6 = 40;
export const MINIMUM_MTU_6 = 1280;

export const ICMP = 1;
export const TCP = 6;
export const UDP = 17;
export const ICMPV6 = 58;
export const NO_NEXT_HEADER = 59;

const HOP_BY_HOP = 0;
const ROUTING = 43;
const FRAGMENT = 44;
const AUTHENTICATION = 51;
const DESTINATION_OPTIONS = 60;

const LOOSE_SOURCE_ROUTE = 131;
const STRICT_SOURCE_ROUTE = 137;
const END_OF_OPTIONS = 0;
const NO_OPERATION = 1;

/** Kinds of IPv6 addresses, as far as forwarding goes. */
export const UNICAST = 0;
export const MULTICAST = 1;
export const LINK_LOCAL = 2;
export const MARTIAN = 3;

/** Whether an IPv4 address, by its first byte, is one that a router forwards from and to: not 0/8, 127/8, 224/3. */
export function isForwarded4(firstByte: number): boolean {
  return firstByte < 224 && firstByte !== 0 && firstByte !== 127;
}

/**
 * The kind of the IPv6 address at `at`. Martians are `::`, `::1` and addresses with an IPv4 address inside
 * (`::ffff:0:0/96`), which Linux refuses on the wire because a dual-stack program would take them for IPv4.
 */
export function kindOf6(bytes: Uint8Array, at: number): number {
  const first = bytes[at]!;
  if (first === 0xff) return MULTICAST;
  if (first === 0xfe && (bytes[at + 1]! & 0xc0) === 0x80) return LINK_LOCAL;
  if (first !== 0) return UNICAST;
  for (let i = at + 1; i < at + 10; i++) if (bytes[i] !== 0) return UNICAST;
  const middle = (bytes[at + 10]! << 8) | bytes[at + 11]!;
  if (middle === 0xffff) return MARTIAN;
  if (middle !== 0) return UNICAST;
  for (let i = at + 12; i < at + 15; i++) if (bytes[i] !== 0) return UNICAST;
  return bytes[at + 15]! <= 1 ? MARTIAN : UNICAST;
}

/** Whether IPv4 options are well formed and hold no source route, which Linux as a router refuses too. */
export function areOptionsForwarded4(bytes: Uint8Array, at: number, headerBytes: number): boolean {
  const end = at + headerBytes;
  for (let i = at + HEADER_4; i < end; ) {
    const option = bytes[i]!;
    if (option === END_OF_OPTIONS) return true;
    if (option === NO_OPERATION) {
      i++;
      continue;
    }
    if (option === LOOSE_SOURCE_ROUTE || option === STRICT_SOURCE_ROUTE) return false;
    const length = i + 1 < end ? bytes[i + 1]! : 0;
    if (length < 2 || i + length > end) return false;
    i += length;
  }
  return true;
}

/** What an IPv6 packet carries behind its extension headers. */
export interface UpperLayer {
  readonly protocol: number;
  /** Where it starts; the packet's end where extension headers are cut short. */
  readonly at: number;
  /** Where the byte that says `protocol` lies, counted from the packet's start. */
  readonly protocolAt: number;
  readonly isFragment: boolean;
  /** A fragment without the upper layer's header in it. */
  readonly isLaterFragment: boolean;
}

/** RFC 8200 section 4. Bounded by the packet's length: every step passes 8 bytes at least. */
export function upperLayer6(bytes: Uint8Array, packetAt: number, length: number): UpperLayer {
  const end = packetAt + length;
  let at = packetAt + HEADER_6;
  let protocolAt = NEXT_HEADER_6;
  let protocol = bytes[packetAt + NEXT_HEADER_6]!;
  let isFragment = false;
  let isLaterFragment = false;
  while (isExtension(protocol) && !isLaterFragment) {
    if (at + 8 > end) return { protocol, at: end, protocolAt, isFragment, isLaterFragment };
    let bytesOfHeader = 8 + bytes[at + 1]! * 8;
    if (protocol === FRAGMENT) {
      isFragment = true;
      isLaterFragment = (((bytes[at + 2]! << 8) | bytes[at + 3]!) & 0xfff8) !== 0;
      bytesOfHeader = 8;
    } else if (protocol === AUTHENTICATION) {
      bytesOfHeader = 8 + bytes[at + 1]! * 4;
    }
    protocolAt = at - packetAt;
    protocol = bytes[at]!;
    at = Math.min(end, at + bytesOfHeader);
  }
  return { protocol, at, protocolAt, isFragment, isLaterFragment };
}

export function readShort(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 8) | bytes[at + 1]!;
}

/** A word in network order, signed: for comparing. */
export function readInt(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
}

function isExtension(protocol: number): boolean {
  return (
    protocol === HOP_BY_HOP ||
    protocol === ROUTING ||
    protocol === FRAGMENT ||
    protocol === DESTINATION_OPTIONS ||
    protocol === AUTHENTICATION
  );
}
