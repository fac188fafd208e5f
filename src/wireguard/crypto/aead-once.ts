/**
 * ChaCha20-Poly1305 and XChaCha20-Poly1305 for handshake messages: a key used once, additional data, no slots.
 *
 * Data packets go through `aead.ts` instead. Nothing here throws on what came from the network: a wrong tag, or a
 * message too short to have one, is null.
 */

import { createCipheriv, createDecipheriv } from 'node:crypto';
import { hchacha20 } from './hchacha20.ts';

export const XNONCE_BYTES = 24;
const TAG_BYTES = 16;

/**
 * Ciphertext and tag under the WireGuard nonce for `counter` (four zero bytes, then the counter little-endian; below
 * 2^53).
 */
export function sealOnce(
  key: Uint8Array,
  counter: number,
  plaintext: Uint8Array,
  additionalData: Uint8Array,
): Uint8Array {
  return seal(key, nonceOf(counter), plaintext, additionalData);
}

/** The plaintext, or null when the tag is wrong. */
export function openOnce(
  key: Uint8Array,
  counter: number,
  sealed: Uint8Array,
  additionalData: Uint8Array,
): Uint8Array | null {
  return open(key, nonceOf(counter), sealed, additionalData);
}

/** Ciphertext and tag of XChaCha20-Poly1305; `nonce` has 24 bytes and may be random. */
export function xSeal(
  key: Uint8Array,
  nonce: Uint8Array,
  plaintext: Uint8Array,
  additionalData: Uint8Array,
): Uint8Array {
  const subkey = hchacha20(key, nonce);
  const sealed = seal(subkey, xNonceOf(nonce), plaintext, additionalData);
  subkey.fill(0);
  return sealed;
}

/** The plaintext, or null when the tag is wrong. */
export function xOpen(
  key: Uint8Array,
  nonce: Uint8Array,
  sealed: Uint8Array,
  additionalData: Uint8Array,
): Uint8Array | null {
  const subkey = hchacha20(key, nonce);
  const plaintext = open(subkey, xNonceOf(nonce), sealed, additionalData);
  subkey.fill(0);
  return plaintext;
}

function seal(key: Uint8Array, nonce: Uint8Array, plaintext: Uint8Array, additionalData: Uint8Array): Uint8Array {
  const cipher = createCipheriv('chacha20-poly1305', key, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(additionalData, { plaintextLength: plaintext.length });
  const sealed = new Uint8Array(plaintext.length + TAG_BYTES);
  sealed.set(cipher.update(plaintext));
  cipher.final();
  sealed.set(cipher.getAuthTag(), plaintext.length);
  return sealed;
}

function open(key: Uint8Array, nonce: Uint8Array, sealed: Uint8Array, additionalData: Uint8Array): Uint8Array | null {
  const length = sealed.length - TAG_BYTES;
  if (length < 0) return null;
  const decipher = createDecipheriv('chacha20-poly1305', key, nonce, { authTagLength: TAG_BYTES });
  decipher.setAAD(additionalData, { plaintextLength: length });
  decipher.setAuthTag(sealed.subarray(length));
  const plaintext = new Uint8Array(decipher.update(sealed.subarray(0, length)));
  try {
    decipher.final();
  } catch {
    plaintext.fill(0);
    return null;
  }
  return plaintext;
}

function nonceOf(counter: number): Uint8Array {
  const nonce = new Uint8Array(12);
  const view = new DataView(nonce.buffer);
  view.setUint32(4, counter >>> 0, true);
  view.setUint32(8, Math.floor(counter / 2 ** 32), true);
  return nonce;
}

/** What is left of the 24 bytes for the inner cipher: four zeros and the last eight (draft section 2.3). */
function xNonceOf(nonce: Uint8Array): Uint8Array {
  const inner = new Uint8Array(12);
  inner.set(nonce.subarray(16, XNONCE_BYTES), 4);
  return inner;
}
