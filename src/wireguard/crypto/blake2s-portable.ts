/**
 * BLAKE2s (RFC 7693) in plain TypeScript: what hashing falls back to where WebAssembly SIMD is missing, and the second
 * opinion in its tests. Slower than the WebAssembly one by a factor that `bench/aead.ts` prints.
 */

const BLOCK_BYTES = 64;

/** RFC 7693 section 2.6: the fractional parts of the square roots of the first eight primes. */
const IV = new Uint32Array([
  0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
]);

/** RFC 7693 section 2.7: which message word goes where, in each of the ten rounds. */
const SIGMA = new Uint8Array(
  [
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15],
    [14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3],
    [11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4],
    [7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8],
    [9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13],
    [2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9],
    [12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11],
    [13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10],
    [6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5],
    [10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0],
  ].flat(),
);

/**
 * BLAKE2s of the parts in a row: `outputBytes` long (1 to 32), keyed when `key` is not empty (up to 32 bytes).
 *
 * Every call has its own state; nothing of key or message stays behind in shared memory.
 */
export function blake2sPortable(outputBytes: number, key: Uint8Array, ...parts: readonly Uint8Array[]): Uint8Array {
  const h = Uint32Array.from(IV);
  h[0]! ^= 0x01010000 ^ (key.length << 8) ^ outputBytes;
  const block = new Uint8Array(BLOCK_BYTES);
  let used = 0;
  let total = 0;
  if (key.length > 0) {
    block.set(key);
    used = BLOCK_BYTES;
  }
  for (const part of parts) {
    let at = 0;
    while (at < part.length) {
      // A full block waits until more bytes come, because the last one is compressed with the final flag.
      if (used === BLOCK_BYTES) {
        total += BLOCK_BYTES;
        compress(h, block, total, false);
        used = 0;
      }
      const taken = Math.min(BLOCK_BYTES - used, part.length - at);
      block.set(part.subarray(at, at + taken), used);
      used += taken;
      at += taken;
    }
  }
  block.fill(0, used);
  compress(h, block, total + used, true);
  block.fill(0);
  const output = new Uint8Array(outputBytes);
  for (let i = 0; i < outputBytes; i++) output[i] = h[i >> 2]! >>> ((i & 3) * 8);
  h.fill(0);
  return output;
}

/** RFC 7693 section 3.2. `total` counts the bytes so far, this block's included; below 2^53. */
function compress(h: Uint32Array, block: Uint8Array, total: number, isLast: boolean): void {
  const m = new Uint32Array(16);
  for (let i = 0; i < 16; i++) {
    m[i] = block[4 * i]! | (block[4 * i + 1]! << 8) | (block[4 * i + 2]! << 16) | (block[4 * i + 3]! << 24);
  }
  const v = new Uint32Array(16);
  v.set(h);
  v.set(IV, 8);
  v[12]! ^= total;
  v[13]! ^= Math.floor(total / 2 ** 32);
  if (isLast) v[14] = ~v[14]!;
  for (let round = 0; round < 160; round += 16) {
    for (let i = 0; i < 8; i++) {
      const x = m[SIGMA[round + 2 * i]!]!;
      const y = m[SIGMA[round + 2 * i + 1]!]!;
      // Four columns, then the four diagonals.
      if (i < 4) mix(v, i, i + 4, i + 8, i + 12, x, y);
      else mix(v, i & 3, 4 + ((i + 1) & 3), 8 + ((i + 2) & 3), 12 + ((i + 3) & 3), x, y);
    }
  }
  for (let i = 0; i < 8; i++) h[i]! ^= v[i]! ^ v[i + 8]!;
  v.fill(0);
  m.fill(0);
}

function mix(v: Uint32Array, a: number, b: number, c: number, d: number, x: number, y: number): void {
  v[a]! += v[b]! + x;
  v[d] = rotateRight(v[d]! ^ v[a]!, 16);
  v[c]! += v[d]!;
  v[b] = rotateRight(v[b]! ^ v[c]!, 12);
  v[a]! += v[b]! + y;
  v[d] = rotateRight(v[d]! ^ v[a]!, 8);
  v[c]! += v[d]!;
  v[b] = rotateRight(v[b]! ^ v[c]!, 7);
}

function rotateRight(word: number, bits: number): number {
  return (word >>> bits) | (word << (32 - bits));
}
