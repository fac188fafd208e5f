/*
 * BLAKE2s (RFC 7693), keyed or not, of a message in one piece.
 *
 * Scalar on purpose: the four columns of a round fit one vector, but then every step waits for the one before it, and
 * out-of-order processors run four scalar columns side by side.
 */

#include "words.h"

static const u32 IV[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};

INLINE u32 rotate_right(u32 word, int bits) { return (word >> bits) | (word << (32 - bits)); }

INLINE void mix(u32 *a, u32 *b, u32 *c, u32 *d, u32 x, u32 y) {
  *a += *b + x, *d = rotate_right(*d ^ *a, 16);
  *c += *d, *b = rotate_right(*b ^ *c, 12);
  *a += *b + y, *d = rotate_right(*d ^ *a, 8);
  *c += *d, *b = rotate_right(*b ^ *c, 7);
}

/* One round with its row of the schedule (RFC 7693 section 2.7) as constants, so that loads have fixed addresses. */
#define ROUND(s0, s1, s2, s3, s4, s5, s6, s7, s8, s9, s10, s11, s12, s13, s14, s15) \
  mix(&v[0], &v[4], &v[8], &v[12], m(s0), m(s1)); \
  mix(&v[1], &v[5], &v[9], &v[13], m(s2), m(s3)); \
  mix(&v[2], &v[6], &v[10], &v[14], m(s4), m(s5)); \
  mix(&v[3], &v[7], &v[11], &v[15], m(s6), m(s7)); \
  mix(&v[0], &v[5], &v[10], &v[15], m(s8), m(s9)); \
  mix(&v[1], &v[6], &v[11], &v[12], m(s10), m(s11)); \
  mix(&v[2], &v[7], &v[8], &v[13], m(s12), m(s13)); \
  mix(&v[3], &v[4], &v[9], &v[14], m(s14), m(s15));

#define m(i) load32(block + 4 * (i))

/* RFC 7693 section 3.2. Messages are far below 4 GiB, so the high word of the byte count is zero. */
static void compress(u32 h[8], const u8 *block, u32 total, u32 last) {
  u32 v[16];
  for (int i = 0; i < 8; i++) v[i] = h[i], v[8 + i] = IV[i];
  v[12] ^= total;
  v[14] ^= last;
  ROUND(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)
  ROUND(14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3)
  ROUND(11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4)
  ROUND(7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8)
  ROUND(9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13)
  ROUND(2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9)
  ROUND(12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11)
  ROUND(13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10)
  ROUND(6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5)
  ROUND(10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0)
  for (int i = 0; i < 8; i++) h[i] ^= v[i] ^ v[8 + i];
}

/* All 32 bytes of the state go to `output`; a shorter digest is its first `output_length`, which the parameters name. */
EXPORT("blake2s")
void blake2s(u8 output[32], u32 output_length, const u8 *key, u32 key_length, const u8 *message, u32 length) {
  u32 h[8];
  u8 block[64];
  for (int i = 0; i < 8; i++) h[i] = IV[i];
  h[0] ^= 0x01010000 ^ (key_length << 8) ^ output_length;
  u32 total = 0;
  if (key_length > 0) {
    for (u32 i = 0; i < 64; i++) block[i] = i < key_length ? key[i] : 0;
    total = 64;
    compress(h, block, total, length == 0 ? ~0u : 0);
  }
  while (length > 64) {
    total += 64;
    compress(h, message, total, 0);
    message += 64;
    length -= 64;
  }
  if (length > 0 || key_length == 0) {
    for (u32 i = 0; i < 64; i++) block[i] = i < length ? message[i] : 0;
    compress(h, block, total + length, ~0u);
  }
  for (int i = 0; i < 8; i++) store32(output + 4 * i, h[i]);
  wipe(block, sizeof block);
}
