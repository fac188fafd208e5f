/**
 * BLAKE2s as WireGuard uses it (RFC 7693): hash, keyed MAC and HMAC. Key derivation is in `hkdf.ts`.
 *
 * `mac` is BLAKE2s with its own key input and 16 bytes out; `hmac` is RFC 2104 around the plain hash. WireGuard needs
 * both, and they are not interchangeable.
 */

import { blake2sPortable } from './blake2s-portable.ts';
import { instantiate } from './wasm-instance.ts';

export const HASH_BYTES = 32;
export const MAC_BYTES = 16;

const BLOCK_BYTES = 64;
const NO_KEY = new Uint8Array(0);

/**
 * Where the WebAssembly finds its arguments:
 *
 *   | output 32 | key 32 | message … |
 */
const KEY_AT = 32;
const MESSAGE_AT = 64;
/** Longer messages (there are none in WireGuard) are hashed by the portable implementation. */
const MESSAGE_BYTES = 1024;

const wasm = instantiate(MESSAGE_AT + MESSAGE_BYTES);
const scratch = wasm === null ? null : new Uint8Array(wasm.memory, wasm.freeFrom, MESSAGE_AT + MESSAGE_BYTES);

/** BLAKE2s-256 of the parts in a row. */
export function hash(...parts: readonly Uint8Array[]): Uint8Array {
  return blake2s(HASH_BYTES, NO_KEY, parts);
}

/** Keyed BLAKE2s with 16 bytes out, of the parts in a row. The key has 1 to 32 bytes. */
export function mac(key: Uint8Array, ...parts: readonly Uint8Array[]): Uint8Array {
  return blake2s(MAC_BYTES, key, parts);
}

/** Whether `expected` is the MAC of the parts, in time that does not depend on where it differs. */
export function isMac(expected: Uint8Array, key: Uint8Array, ...parts: readonly Uint8Array[]): boolean {
  if (expected.length !== MAC_BYTES) return false;
  const actual = blake2s(MAC_BYTES, key, parts);
  let difference = 0;
  for (let i = 0; i < MAC_BYTES; i++) difference |= actual[i]! ^ expected[i]!;
  return difference === 0;
}

/** HMAC-BLAKE2s-256 (RFC 2104) of the parts in a row. */
export function hmac(key: Uint8Array, ...parts: readonly Uint8Array[]): Uint8Array {
  const pad = new Uint8Array(BLOCK_BYTES);
  pad.set(key.length > BLOCK_BYTES ? hash(key) : key);
  for (let i = 0; i < BLOCK_BYTES; i++) pad[i]! ^= 0x36;
  const inner = blake2s(HASH_BYTES, NO_KEY, [pad, ...parts]);
  for (let i = 0; i < BLOCK_BYTES; i++) pad[i]! ^= 0x36 ^ 0x5c;
  const outer = blake2s(HASH_BYTES, NO_KEY, [pad, inner]);
  pad.fill(0);
  inner.fill(0);
  return outer;
}

function blake2s(outputBytes: number, key: Uint8Array, parts: readonly Uint8Array[]): Uint8Array {
  let bytes = 0;
  for (const part of parts) bytes += part.length;
  if (wasm === null || scratch === null || bytes > MESSAGE_BYTES) return blake2sPortable(outputBytes, key, ...parts);
  scratch.set(key, KEY_AT);
  let at = MESSAGE_AT;
  for (const part of parts) {
    scratch.set(part, at);
    at += part.length;
  }
  const base = wasm.freeFrom;
  wasm.exports.blake2s(base, outputBytes, base + KEY_AT, key.length, base + MESSAGE_AT, bytes);
  const output = scratch.slice(0, outputBytes);
  scratch.fill(0, 0, at);
  return output;
}
