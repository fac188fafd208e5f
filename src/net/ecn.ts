/**
 * Explicit congestion notification through the tunnel (RFC 6040): what the outer header says of congestion on the way
 * to us goes into the inner packet, and what the inner packet can tell goes into the outer header on the way on.
 *
 * As Linux does for WireGuard (`receive.c`, `send.c`, `inet_ecn.h`): a packet that cannot carry the mark (Not-ECT) is
 * passed on without it where RFC 6040 section 4.2 would drop it, and DSCP is not carried either way. The portable
 * backend sees no outer header and can set none: it is the RFC's "compatibility mode", legal, and blind to marks.
 */

const ECN = 3;
const NOT_ECT = 0;
const ECT_1 = 1;
const ECT_0 = 2;
const CE = 3;

/** Outer TOS of initiations and responses: AF41, so that they overtake bulk. */
export const HANDSHAKE_TOS = 0x88;

/** Marks the opened inner packet at `at` as its outer header, with `outerTos`, was marked on the way. */
export function decapsulate(bytes: Uint8Array, at: number, outerTos: number): void {
  const outer = outerTos & ECN;
  if (outer !== CE && outer !== ECT_1) return;
  const inner = ecnOf(bytes, at);
  if (inner === NOT_ECT || inner === CE || (outer === ECT_1 && inner !== ECT_0)) return;
  if (bytes[at]! >> 4 === 6) {
    bytes[at + 1] = (bytes[at + 1]! & ~(ECN << 4)) | (outer << 4);
    return;
  }
  const before = bytes[at + 1]!;
  const after = (before & ~ECN) | outer;
  bytes[at + 1] = after;
  // RFC 1624, equation 3: the checksum follows the change and stays wrong where it was.
  let sum = (~((bytes[at + 10]! << 8) | bytes[at + 11]!) & 0xffff) + (~before & 0xffff) + after;
  sum = (sum & 0xffff) + (sum >>> 16);
  sum = (sum & 0xffff) + (sum >>> 16);
  bytes[at + 10] = ~sum >> 8;
  bytes[at + 11] = ~sum;
}

/** The outer TOS of the inner packet at `at`: its own ECN, but not a mark that was made already. */
export function encapsulatedTos(bytes: Uint8Array, at: number): number {
  const inner = ecnOf(bytes, at);
  return inner === CE ? ECT_0 : inner;
}

function ecnOf(bytes: Uint8Array, at: number): number {
  return bytes[at]! >> 4 === 6 ? (bytes[at + 1]! >> 4) & ECN : bytes[at + 1]! & ECN;
}
