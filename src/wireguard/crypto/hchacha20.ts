/**
 * HChaCha20 (draft-irtf-cfrg-xchacha section 2.2) in plain TypeScript: derives the key that turns ChaCha20-Poly1305
 * with its 12-byte nonce into XChaCha20-Poly1305 with 24. Used where WebAssembly SIMD is missing, and as the second
 * opinion in tests; a cookie reply needs it once.
 */

/** The subkey for `key` (32 bytes) and the first 16 bytes of `nonce`. */
export function hchacha20(key: Uint8Array, nonce: Uint8Array): Uint8Array {
  const x = new Uint32Array(16);
  x.set([0x61707865, 0x3320646e, 0x79622d32, 0x6b206574]);
  for (let i = 0; i < 8; i++) x[4 + i] = word(key, 4 * i);
  for (let i = 0; i < 4; i++) x[12 + i] = word(nonce, 4 * i);
  for (let round = 0; round < 10; round++) {
    for (let i = 0; i < 4; i++) quarterRound(x, i, 4 + i, 8 + i, 12 + i);
    for (let i = 0; i < 4; i++) quarterRound(x, i, 4 + ((i + 1) & 3), 8 + ((i + 2) & 3), 12 + ((i + 3) & 3));
  }
  const subkey = new Uint8Array(32);
  for (let i = 0; i < 32; i++) subkey[i] = x[(i < 16 ? 0 : 8) + (i >> 2)]! >>> ((i & 3) * 8);
  x.fill(0);
  return subkey;
}

/** RFC 8439 section 2.1. */
function quarterRound(x: Uint32Array, a: number, b: number, c: number, d: number): void {
  x[a]! += x[b]!;
  x[d] = rotateLeft(x[d]! ^ x[a]!, 16);
  x[c]! += x[d]!;
  x[b] = rotateLeft(x[b]! ^ x[c]!, 12);
  x[a]! += x[b]!;
  x[d] = rotateLeft(x[d]! ^ x[a]!, 8);
  x[c]! += x[d]!;
  x[b] = rotateLeft(x[b]! ^ x[c]!, 7);
}

function word(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
}

function rotateLeft(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits));
}
