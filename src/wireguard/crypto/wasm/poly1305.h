/*
 * Poly1305 (RFC 8439 section 2.5) on 64-bit integers, for a machine without a 64 x 64 -> 128 multiplication.
 *
 * The accumulator is h0 + h1 2^32 + h2 2^64 + h3 2^96 + h4 2^128, and r is four 32-bit words. Clamping makes r < 2^124
 * with the top four bits of every word clear and r1, r2, r3 multiples of 4, so s = r + r/4 = 5r/4 is exact, and
 * 2^130 = 5 (mod 2^130 - 5) folds what overflows.
 *
 * Words are carried once a block and not brought back under 32 bits. Bounds, in units of 2^28, with a block added:
 * h0 <= 53, h1 h2 h3 <= 32, h4 <= 7 (plain), r < 1, s < 1.25. A sum d is then below (53 + 3 * 32 * 1.25) 2^56 < 2^64,
 * d3 <= 150 * 2^56, h4 after the product <= 7 + 10, of which 5/4 goes to h0: 16 + 21 + 16 for the next block = 53.
 */
#ifndef POLY1305_H
#define POLY1305_H

#include "words.h"

typedef struct {
  u64 h0, h1, h2, h3, h4;
  u64 r0, r1, r2, r3;
  u64 s1, s2, s3;
} poly1305;

INLINE void poly1305_begin(poly1305 *p, const u8 key[16]) {
  p->h0 = p->h1 = p->h2 = p->h3 = p->h4 = 0;
  p->r0 = load32(key) & 0x0fffffff;
  p->r1 = load32(key + 4) & 0x0ffffffc;
  p->r2 = load32(key + 8) & 0x0ffffffc;
  p->r3 = load32(key + 12) & 0x0ffffffc;
  p->s1 = p->r1 + (p->r1 >> 2);
  p->s2 = p->r2 + (p->r2 >> 2);
  p->s3 = p->r3 + (p->r3 >> 2);
}

/* h = (h + low + high 2^64 + 2^128) r, partly reduced. */
INLINE void poly1305_words(poly1305 *p, u64 low, u64 high) {
  u64 h0 = p->h0 + (u32)low, h1 = p->h1 + (low >> 32);
  u64 h2 = p->h2 + (u32)high, h3 = p->h3 + (high >> 32);
  u64 h4 = p->h4 + 1;
  u64 d0 = h0 * p->r0 + h1 * p->s3 + h2 * p->s2 + h3 * p->s1;
  u64 d1 = h0 * p->r1 + h1 * p->r0 + h2 * p->s3 + h3 * p->s2 + h4 * p->s1;
  u64 d2 = h0 * p->r2 + h1 * p->r1 + h2 * p->r0 + h3 * p->s3 + h4 * p->s2;
  u64 d3 = h0 * p->r3 + h1 * p->r2 + h2 * p->r1 + h3 * p->r0 + h4 * p->s3;
  u64 d4 = h4 * p->r0;
  d1 += d0 >> 32;
  d2 += d1 >> 32;
  d3 += d2 >> 32;
  d4 += d3 >> 32;
  p->h0 = (u32)d0 + 5 * (d4 >> 2);
  p->h1 = (u32)d1;
  p->h2 = (u32)d2;
  p->h3 = (u32)d3;
  p->h4 = d4 & 3;
}

INLINE void poly1305_block(poly1305 *p, const u8 *block) { poly1305_words(p, load64(block), load64(block + 8)); }

/* tag = (h mod 2^130 - 5) + pad, mod 2^128. */
INLINE void poly1305_end(const poly1305 *p, u32x4 pad, u8 tag[16]) {
  u64 h0 = p->h0, h1 = p->h1, h2 = p->h2, h3 = p->h3, h4 = p->h4;
  h1 += h0 >> 32, h0 = (u32)h0;
  h2 += h1 >> 32, h1 = (u32)h1;
  h3 += h2 >> 32, h2 = (u32)h2;
  h4 += h3 >> 32, h3 = (u32)h3;
  /* h < 2 (2^130 - 5) now, and h + 5 reaches 2^130 when h >= 2^130 - 5; then its low 128 bits are h minus the prime. */
  u64 g0 = h0 + 5, g1 = h1 + (g0 >> 32), g2 = h2 + (g1 >> 32), g3 = h3 + (g2 >> 32), g4 = h4 + (g3 >> 32);
  u64 keep = (g4 >> 2) - 1;
  h0 = (h0 & keep) | (g0 & ~keep);
  h1 = (h1 & keep) | (g1 & ~keep);
  h2 = (h2 & keep) | (g2 & ~keep);
  h3 = (h3 & keep) | (g3 & ~keep);
  u64 t0 = (u32)h0 + (u64)(u32)wasm_i32x4_extract_lane(pad, 0);
  u64 t1 = (u32)h1 + (u64)(u32)wasm_i32x4_extract_lane(pad, 1) + (t0 >> 32);
  u64 t2 = (u32)h2 + (u64)(u32)wasm_i32x4_extract_lane(pad, 2) + (t1 >> 32);
  u64 t3 = (u32)h3 + (u64)(u32)wasm_i32x4_extract_lane(pad, 3) + (t2 >> 32);
  store32(tag, (u32)t0);
  store32(tag + 4, (u32)t1);
  store32(tag + 8, (u32)t2);
  store32(tag + 12, (u32)t3);
}

#endif
