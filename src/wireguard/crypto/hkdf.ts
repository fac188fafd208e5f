/**
 * The whitepaper's KDF1 to KDF3 (section 5.4): HKDF (RFC 5869) over HMAC-BLAKE2s, with the chaining key as salt and
 * no info.
 *
 * Inputs are not wiped here: they belong to the caller.
 */

import { hmac } from './blake2s.ts';

const ONE = Uint8Array.of(1);
const TWO = Uint8Array.of(2);
const THREE = Uint8Array.of(3);

/** The next chaining key. */
export function kdf1(chainingKey: Uint8Array, input: Uint8Array): Uint8Array {
  const extracted = hmac(chainingKey, input);
  const first = hmac(extracted, ONE);
  extracted.fill(0);
  return first;
}

/** The next chaining key and one key; at the end of a handshake, the two transport keys. */
export function kdf2(chainingKey: Uint8Array, input: Uint8Array): [Uint8Array, Uint8Array] {
  const extracted = hmac(chainingKey, input);
  const first = hmac(extracted, ONE);
  const second = hmac(extracted, first, TWO);
  extracted.fill(0);
  return [first, second];
}

/** The next chaining key, tau and a key: how the preshared key is mixed in. */
export function kdf3(chainingKey: Uint8Array, input: Uint8Array): [Uint8Array, Uint8Array, Uint8Array] {
  const extracted = hmac(chainingKey, input);
  const first = hmac(extracted, ONE);
  const second = hmac(extracted, first, TWO);
  const third = hmac(extracted, second, THREE);
  extracted.fill(0);
  return [first, second, third];
}
