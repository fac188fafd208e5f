/**
 * The packets inside: IPv4 and UDP or TCP with right checksums, as a router must be able to trust its own tests.
 */

const TCP = 6;
const UDP = 17;

/** Fills `packet` whole: a UDP datagram from `source` to `destination`, `i` in its payload. */
export function writeUdp(
  packet: Uint8Array,
  source: readonly number[],
  destination: readonly number[],
  i: number,
): void {
  const view = writeHeader(packet, UDP, source, destination, i);
  view.setUint16(20, 4000);
  view.setUint16(22, 4001);
  view.setUint16(24, packet.length - 20);
  view.setUint32(28, i);
  view.setUint16(26, checksum(packet, 12, packet.length, UDP + packet.length - 20) || 0xffff);
}

/** The same with a segment of one long TCP flow, the i-th, which a tunnel interface may join to its neighbours. */
export function writeTcp(
  packet: Uint8Array,
  source: readonly number[],
  destination: readonly number[],
  i: number,
): void {
  const view = writeHeader(packet, TCP, source, destination, i);
  view.setUint16(20, 4000);
  view.setUint16(22, 4001);
  view.setUint32(24, (i * (packet.length - 40)) >>> 0);
  view.setUint32(28, 1);
  // Five words of header, ACK.
  view.setUint16(32, 0x5010);
  view.setUint16(34, 0xffff);
  view.setUint16(36, 0);
  view.setUint16(36, checksum(packet, 12, packet.length, TCP + packet.length - 20));
}

/** IPv4's 20 bytes, and zeros in the next twenty. */
function writeHeader(
  packet: Uint8Array,
  protocol: number,
  source: readonly number[],
  destination: readonly number[],
  i: number,
): DataView {
  const view = new DataView(packet.buffer, packet.byteOffset, packet.length);
  packet.fill(0, 0, 40);
  view.setUint16(0, 0x4500);
  view.setUint16(2, packet.length);
  view.setUint16(4, i & 0xffff);
  view.setUint16(6, 0x4000);
  view.setUint8(8, 64);
  view.setUint8(9, protocol);
  packet.set(source, 12);
  packet.set(destination, 16);
  view.setUint16(10, checksum(packet, 0, 20, 0));
  return view;
}

/** Why `packet` is not what was made here, one router later; null when it is. */
export function complaint(
  packet: Uint8Array,
  source: readonly number[],
  destination: readonly number[],
): string | null {
  const view = new DataView(packet.buffer, packet.byteOffset, packet.length);
  if (view.getUint16(0) !== 0x4500) return 'not IPv4';
  if (view.getUint16(2) > packet.length) return 'longer than it is';
  if (view.getUint8(8) !== 63) return `hop limit ${view.getUint8(8)} after one router`;
  if (source.some((byte, i) => packet[12 + i] !== byte)) return 'another source';
  if (destination.some((byte, i) => packet[16 + i] !== byte)) return 'another destination';
  if (checksum(packet, 0, 20, 0) !== 0) return 'header checksum';
  const bytes = view.getUint16(2);
  if (checksum(packet, 12, bytes, view.getUint8(9) + bytes - 20) !== 0) return 'checksum';
  return null;
}

/** RFC 1071. */
function checksum(bytes: Uint8Array, from: number, to: number, start: number): number {
  let sum = start;
  for (let at = from; at < to; at += 2) sum += (bytes[at]! << 8) | (at + 1 < to ? bytes[at + 1]! : 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}
