/**
 * ChaCha20-Poly1305 (RFC 8439) and XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha) for handshake messages: a key used
 * once, additional data, no slots.
 *
 * Data packets go through `aead.ts` instead. Nothing here throws on what came from the network: a wrong tag, or a
 * message too short to have one, is null.
 */

import { TAG_BYTES } from '../batch.ts';
import { openPortable, sealPortable } from './aead-portable.ts';
import { hchacha20 } from './hchacha20.ts';
import { instantiate } from './wasm-instance.ts';

const NONCE_BYTES = 12;
export const XNONCE_BYTES = 24;

/**
 * Where the WebAssembly finds its arguments:
 *
 *   | key 32 | additional data … | text … tag 16 |
 */
const EXTRA_AT = 32;
const SCRATCH_BYTES = 2048;

const wasm = instantiate(SCRATCH_BYTES);
const scratch = wasm === null ? null : new Uint8Array(wasm.memory, wasm.freeFrom, SCRATCH_BYTES);

/**
 * Ciphertext and tag. A nonce given as a number is the WireGuard counter (below 2^53): four zero bytes, then the
 * counter little-endian. Otherwise it is the 12 bytes.
 */
export function sealOnce(
  key: Uint8Array,
  nonce: number | Uint8Array,
  plaintext: Uint8Array,
  additionalData: Uint8Array,
): Uint8Array {
  const twelve = nonceOf(nonce);
  const textAt = EXTRA_AT + additionalData.length;
  const end = textAt + plaintext.length + TAG_BYTES;
  if (wasm === null || scratch === null || end > SCRATCH_BYTES)
    return sealPortable(key, twelve, plaintext, additionalData);
  scratch.set(key);
  scratch.set(additionalData, EXTRA_AT);
  scratch.set(plaintext, textAt);
  const base = wasm.freeFrom;
  wasm.exports.seal(
    base,
    twelve.getUint32(0, true),
    twelve.getUint32(4, true),
    twelve.getUint32(8, true),
    base + EXTRA_AT,
    additionalData.length,
    base + textAt,
    plaintext.length,
  );
  const sealed = scratch.slice(textAt, end);
  scratch.fill(0, 0, end);
  return sealed;
}

/** The plaintext, or null when the tag is wrong. Nonce as for `sealOnce`. */
export function openOnce(
  key: Uint8Array,
  nonce: number | Uint8Array,
  sealed: Uint8Array,
  additionalData: Uint8Array,
): Uint8Array | null {
  const bytes = sealed.length - TAG_BYTES;
  if (bytes < 0) return null;
  const twelve = nonceOf(nonce);
  const textAt = EXTRA_AT + additionalData.length;
  const end = textAt + sealed.length;
  if (wasm === null || scratch === null || end > SCRATCH_BYTES)
    return openPortable(key, twelve, sealed, additionalData);
  scratch.set(key);
  scratch.set(additionalData, EXTRA_AT);
  scratch.set(sealed, textAt);
  const base = wasm.freeFrom;
  const isRight = wasm.exports.open(
    base,
    twelve.getUint32(0, true),
    twelve.getUint32(4, true),
    twelve.getUint32(8, true),
    base + EXTRA_AT,
    additionalData.length,
    base + textAt,
    bytes,
  );
  const plaintext = isRight === 1 ? scratch.slice(textAt, textAt + bytes) : null;
  scratch.fill(0, 0, end);
  return plaintext;
}

/** Ciphertext and tag of XChaCha20-Poly1305; `nonce` has 24 bytes and may be random. */
export function xSeal(
  key: Uint8Array,
  nonce: Uint8Array,
  plaintext: Uint8Array,
  additionalData: Uint8Array,
): Uint8Array {
  const subkey = hchacha20(key, nonce);
  const sealed = sealOnce(subkey, xNonce(nonce), plaintext, additionalData);
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
  const plaintext = openOnce(subkey, xNonce(nonce), sealed, additionalData);
  subkey.fill(0);
  return plaintext;
}

/** The 12 bytes of a nonce. */
function nonceOf(nonce: number | Uint8Array): DataView {
  if (typeof nonce !== 'number') {
    if (nonce.length !== NONCE_BYTES) throw new RangeError(`a nonce has ${NONCE_BYTES} bytes, not ${nonce.length}`);
    return new DataView(nonce.buffer, nonce.byteOffset, NONCE_BYTES);
  }
  const view = new DataView(new ArrayBuffer(NONCE_BYTES));
  view.setUint32(4, nonce >>> 0, true);
  view.setUint32(8, Math.floor(nonce / 2 ** 32), true);
  return view;
}

/** What is left of the 24 bytes for the inner cipher: four zeros and the last eight (draft section 2.3). */
function xNonce(nonce: Uint8Array): Uint8Array {
  if (nonce.length !== XNONCE_BYTES) throw new RangeError(`a nonce has ${XNONCE_BYTES} bytes, not ${nonce.length}`);
  const inner = new Uint8Array(NONCE_BYTES);
  inner.set(nonce.subarray(16), 4);
  return inner;
}
