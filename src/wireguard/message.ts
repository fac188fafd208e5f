/**
 * The four messages (whitepaper section 5.4) as sizes and offsets in bytes, and little-endian words read and written
 * where they lie. What the fields mean is in `noise.ts` and `cookie.ts`.
 *
 *   initiation  | type 4 | sender 4 | ephemeral 32 | static 32+16 | timestamp 12+16 | mac1 16 | mac2 16 |   148
 *   response    | type 4 | sender 4 | receiver 4 | ephemeral 32 | nothing 0+16 | mac1 16 | mac2 16 |         92
 *   cookie      | type 4 | receiver 4 | nonce 24 | cookie 16+16 |                                            64
 *   data        | type 4 | receiver 4 | counter 8 | packet n+16 |                                      from 32 on
 *
 * The type is one byte and three reserved zeros, read here as one word, so that a reserved byte that is not zero makes
 * an unknown type.
 */

export const TYPE_INITIATION = 1;
export const TYPE_RESPONSE = 2;
export const TYPE_COOKIE = 3;
export const TYPE_DATA = 4;

export const INITIATION_BYTES = 148;
export const INITIATION_SENDER = 4;
export const INITIATION_EPHEMERAL = 8;
export const INITIATION_STATIC = 40;
export const INITIATION_TIMESTAMP = 88;
export const INITIATION_MAC1 = 116;

export const RESPONSE_BYTES = 92;
export const RESPONSE_SENDER = 4;
export const RESPONSE_RECEIVER = 8;
export const RESPONSE_EPHEMERAL = 12;
export const RESPONSE_NOTHING = 44;
export const RESPONSE_MAC1 = 60;

export const COOKIE_BYTES = 64;
export const COOKIE_RECEIVER = 4;
export const COOKIE_NONCE = 8;
export const COOKIE_SEALED = 32;

/** A keepalive: header and tag around nothing. */
export const DATA_MINIMUM_BYTES = 32;
export const DATA_RECEIVER = 4;
export const DATA_COUNTER = 8;

/** `mac1` and `mac2` end both handshake messages. */
export const MACS_BYTES = 32;

/** The unsigned 32-bit word at `at`. */
export function readWord(bytes: Uint8Array, at: number): number {
  return (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0;
}

export function writeWord(bytes: Uint8Array, at: number, word: number): void {
  bytes[at] = word;
  bytes[at + 1] = word >>> 8;
  bytes[at + 2] = word >>> 16;
  bytes[at + 3] = word >>> 24;
}

/** Writes the 16 bytes before the ciphertext of a data message; `counter` is below 2^53. */
export function writeDataHeader(bytes: Uint8Array, at: number, receiver: number, counter: number): void {
  writeWord(bytes, at, TYPE_DATA);
  writeWord(bytes, at + DATA_RECEIVER, receiver);
  writeWord(bytes, at + DATA_COUNTER, counter % 2 ** 32);
  writeWord(bytes, at + DATA_COUNTER + 4, Math.floor(counter / 2 ** 32));
}
