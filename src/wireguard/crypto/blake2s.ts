/**
 * BLAKE2s as WireGuard uses it (RFC 7693): hash, keyed MAC and HMAC. Key derivation is in `hkdf.ts`.
 *
 * `mac` is BLAKE2s with its own key input and 16 bytes out; `hmac` is RFC 2104 around the plain hash. WireGuard needs
 * both, and they are not interchangeable.
 */

import { blake2sPortable } from './blake2s-portable.ts';

export const HASH_BYTES = 32;
export const MAC_BYTES = 16;

const BLOCK_BYTES = 64;
const NO_KEY = new Uint8Array(0);

/** BLAKE2s-256 of the parts in a row. */
export function hash(...parts: readonly Uint8Array[]): Uint8Array {
  return blake2sPortable(HASH_BYTES, NO_KEY, ...parts);
}

/** Keyed BLAKE2s with 16 bytes out, of the parts in a row. The key has 1 to 32 bytes. */
export function mac(key: Uint8Array, ...parts: readonly Uint8Array[]): Uint8Array {
  return blake2sPortable(MAC_BYTES, key, ...parts);
}

/** Whether `expected` is the MAC of the parts, in time that does not depend on where it differs. */
export function isMac(expected: Uint8Array, key: Uint8Array, ...parts: readonly Uint8Array[]): boolean {
  if (expected.length !== MAC_BYTES) return false;
  const actual = mac(key, ...parts);
  let difference = 0;
  for (let i = 0; i < MAC_BYTES; i++) difference |= actual[i]! ^ expected[i]!;
  return difference === 0;
}

/** HMAC-BLAKE2s-256 (RFC 2104) of the parts in a row. */
export function hmac(key: Uint8Array, ...parts: readonly Uint8Array[]): Uint8Array {
  const pad = new Uint8Array(BLOCK_BYTES);
  pad.set(key.length > BLOCK_BYTES ? hash(key) : key);
  for (let i = 0; i < BLOCK_BYTES; i++) pad[i]! ^= 0x36;
  const inner = hash(pad, ...parts);
  for (let i = 0; i < BLOCK_BYTES; i++) pad[i]! ^= 0x36 ^ 0x5c;
  const outer = hash(pad, inner);
  pad.fill(0);
  inner.fill(0);
  return outer;
}
