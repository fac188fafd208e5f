/**
 * For tests: inner packets with right headers and checksums, and a second, slow way to check what the router writes.
 */

import { addressBytes, parseAddress } from '../../net/address.ts';

export const ECHO = { request4: 8, reply4: 0, request6: 128, reply6: 129 } as const;

export interface Ipv4Fields {
  readonly from: string;
  readonly to: string;
  readonly ttl?: number;
  readonly protocol?: number;
  readonly tos?: number;
  readonly identification?: number;
  /** Flags and offset as they stand in the header. */
  readonly fragment?: number;
  /** A multiple of 4 bytes. */
  readonly options?: readonly number[];
  readonly payload?: Uint8Array;
}

export interface Ipv6Fields {
  readonly from: string;
  readonly to: string;
  readonly hopLimit?: number;
  readonly trafficClass?: number;
  readonly nextHeader?: number;
  readonly payload?: Uint8Array;
}

export function ipv4(fields: Ipv4Fields): Uint8Array {
  const options = fields.options ?? [];
  const payload = fields.payload ?? bytes(40);
  const headerBytes = 20 + options.length;
  const total = headerBytes + payload.length;
  const header = [
    0x40 | (headerBytes / 4),
    fields.tos ?? 0,
    ...short(total),
    ...short(fields.identification ?? 0x1234),
    ...short(fields.fragment ?? 0),
    fields.ttl ?? 64,
    fields.protocol ?? 17,
    0,
    0,
    ...addressBytes(parseAddress(fields.from)!),
    ...addressBytes(parseAddress(fields.to)!),
    ...options,
  ];
  const sum = slowChecksum(Uint8Array.from(header));
  header[10] = sum >>> 8;
  header[11] = sum & 255;
  return Uint8Array.from([...header, ...payload]);
}

export function ipv6(fields: Ipv6Fields): Uint8Array {
  const payload = fields.payload ?? bytes(40);
  const trafficClass = fields.trafficClass ?? 0;
  return Uint8Array.from([
    0x60 | (trafficClass >>> 4),
    (trafficClass & 15) << 4,
    0,
    0,
    ...short(payload.length),
    fields.nextHeader ?? 17,
    fields.hopLimit ?? 64,
    ...addressBytes(parseAddress(fields.from)!),
    ...addressBytes(parseAddress(fields.to)!),
    ...payload,
  ]);
}

/** An ICMP message with its checksum. */
export function icmp4(type: number, code: number, word: number, rest: Uint8Array = bytes(48)): Uint8Array {
  return withChecksum(Uint8Array.from([type, code, 0, 0, ...int(word), ...rest]), new Uint8Array(0));
}

/** An ICMPv6 message between two addresses, with its checksum. */
export function icmp6(
  from: string,
  to: string,
  type: number,
  code: number,
  word: number,
  rest: Uint8Array = bytes(48),
): Uint8Array {
  const message = Uint8Array.from([type, code, 0, 0, ...int(word), ...rest]);
  return withChecksum(message, pseudoHeader(from, to, message.length));
}

/** An IPv4 echo request. */
export function ping4(from: string, to: string, fields: Partial<Ipv4Fields> = {}, dataBytes = 48): Uint8Array {
  return ipv4({ from, to, protocol: 1, payload: icmp4(ECHO.request4, 0, 0x00070001, bytes(dataBytes)), ...fields });
}

/** An IPv6 echo request. */
export function ping6(from: string, to: string, fields: Partial<Ipv6Fields> = {}, dataBytes = 48): Uint8Array {
  const payload = icmp6(from, to, ECHO.request6, 0, 0x00070001, bytes(dataBytes));
  return ipv6({ from, to, nextHeader: 58, payload, ...fields });
}

/** `count` bytes that are not all the same. */
export function bytes(count: number): Uint8Array {
  return Uint8Array.from({ length: count }, (_, i) => (i * 7 + 3) & 255);
}

/** RFC 1071 as written there: 16 bits at a time, in big integers, no carry tricks. */
export function slowChecksum(data: Uint8Array): number {
  let sum = 0n;
  for (let i = 0; i < data.length; i += 2) sum += BigInt(data[i]! * 256 + (data[i + 1] ?? 0));
  while (sum > 0xffffn) sum = (sum % 0x10000n) + sum / 0x10000n;
  return Number(0xffffn - sum);
}

/**
 * What is wrong with a packet's lengths and checksums, or null. Looks at ICMP and ICMPv6 too, but not into fragments or
 * behind extension headers.
 */
export function faultOf(packet: Uint8Array): string | null {
  return packet[0]! >>> 4 === 4 ? faultOf4(packet) : faultOf6(packet);
}

function faultOf4(packet: Uint8Array): string | null {
  const headerBytes = (packet[0]! & 15) * 4;
  if (packet[2]! * 256 + packet[3]! !== packet.length) return 'total length';
  if (slowChecksum(packet.subarray(0, headerBytes)) !== 0) return 'header checksum';
  const isFragment = ((packet[6]! * 256 + packet[7]!) & 0x3fff) !== 0;
  if (packet[9] === 1 && !isFragment && slowChecksum(packet.subarray(headerBytes)) !== 0) return 'ICMP checksum';
  return null;
}

function faultOf6(packet: Uint8Array): string | null {
  if (40 + packet[4]! * 256 + packet[5]! !== packet.length) return 'payload length';
  if (packet[6] !== 58) return null;
  const length = packet.length - 40;
  const covered = [...packet.subarray(8, 40), ...int(length), 0, 0, 0, 58, ...packet.subarray(40)];
  return slowChecksum(Uint8Array.from(covered)) === 0 ? null : 'ICMPv6 checksum';
}

function withChecksum(message: Uint8Array, before: Uint8Array): Uint8Array {
  const sum = slowChecksum(Uint8Array.from([...before, ...message]));
  message[2] = sum >>> 8;
  message[3] = sum & 255;
  return message;
}

function pseudoHeader(from: string, to: string, length: number): Uint8Array {
  const addresses = [...addressBytes(parseAddress(from)!), ...addressBytes(parseAddress(to)!)];
  return Uint8Array.from([...addresses, ...int(length), 0, 0, 0, 58]);
}

function short(value: number): number[] {
  return [value >>> 8, value & 255];
}

function int(value: number): number[] {
  return [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255];
}
