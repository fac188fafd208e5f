/**
 * ChaCha20-Poly1305 with additional data over node:crypto: what `aead-once.ts` falls back to for messages larger than a
 * handshake's and on machines without WebAssembly SIMD, and its twin in tests.
 */

import { createCipheriv, createDecipheriv } from 'node:crypto';
import { TAG_BYTES } from '../batch.ts';

const ALGORITHM = 'chacha20-poly1305';
const OPTIONS = { authTagLength: TAG_BYTES } as const;

/** Ciphertext and tag. The nonce has 12 bytes. */
export function sealPortable(
  key: Uint8Array,
  nonce: NodeJS.ArrayBufferView,
  plaintext: Uint8Array,
  additionalData: Uint8Array,
): Uint8Array {
  const cipher = createCipheriv(ALGORITHM, key, nonce, OPTIONS);
  cipher.setAAD(additionalData, { plaintextLength: plaintext.length });
  const sealed = new Uint8Array(plaintext.length + TAG_BYTES);
  sealed.set(cipher.update(plaintext));
  cipher.final();
  sealed.set(cipher.getAuthTag(), plaintext.length);
  return sealed;
}

/** The plaintext, or null when the tag is wrong or there is no room for one. */
export function openPortable(
  key: Uint8Array,
  nonce: NodeJS.ArrayBufferView,
  sealed: Uint8Array,
  additionalData: Uint8Array,
): Uint8Array | null {
  const bytes = sealed.length - TAG_BYTES;
  if (bytes < 0) return null;
  const decipher = createDecipheriv(ALGORITHM, key, nonce, OPTIONS);
  decipher.setAAD(additionalData, { plaintextLength: bytes });
  decipher.setAuthTag(sealed.subarray(bytes));
  const plaintext = decipher.update(sealed.subarray(0, bytes));
  try {
    decipher.final();
    return Uint8Array.from(plaintext);
  } catch {
    return null;
  } finally {
    plaintext.fill(0);
  }
}
