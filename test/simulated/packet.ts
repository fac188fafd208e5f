/**
 * Inner packets for tests: an IP header and a payload of which the first four bytes are a number.
 */

import { addressBytes, parseAddress } from '../../src/net/address.ts';

const IPV4_HEADER_BYTES = 20;
const IPV6_HEADER_BYTES = 40;

/** A packet of `length` bytes in all that carries `number`. Checksums are left zero: no device looks at them. */
export function innerPacket(from: string, to: string, number: number, length = 64): Uint8Array {
  const source = addressBytes(parseAddress(from)!);
  const destination = addressBytes(parseAddress(to)!);
  const packet = new Uint8Array(length);
  if (source.length === 4) {
    packet.set([0x45, 0, length >> 8, length & 255]);
    packet[8] = 64;
    packet[9] = 17;
    packet.set(source, 12);
    packet.set(destination, 16);
  } else {
    const payload = length - IPV6_HEADER_BYTES;
    packet.set([0x60, 0, 0, 0, payload >> 8, payload & 255, 17, 64]);
    packet.set(source, 8);
    packet.set(destination, 24);
  }
  const at = headerBytes(packet);
  packet.set([number >>> 24, (number >>> 16) & 255, (number >>> 8) & 255, number & 255], at);
  return packet;
}

/** The number that `innerPacket` put in. */
export function numberOf(packet: Uint8Array): number {
  const at = headerBytes(packet);
  return ((packet[at]! << 24) | (packet[at + 1]! << 16) | (packet[at + 2]! << 8) | packet[at + 3]!) >>> 0;
}

function headerBytes(packet: Uint8Array): number {
  return packet[0]! >> 4 === 4 ? IPV4_HEADER_BYTES : IPV6_HEADER_BYTES;
}
