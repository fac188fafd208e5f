/*
 * See avx512.h; RFC 8439.
 *
 * ChaCha20 makes 16 blocks at once, each in a lane of its own, or 8 where no more are wanted; the first is the key of the
 * tag. Poly1305 adds 8 blocks at once: with r the key, lane j multiplies by r^8 at every step and by r^(8-j) at the last.
 *
 *   blocks  | zeros … 0 1 2 | 3 … 10 | … | … last, lengths |     the first step is filled up with zeros in front
 *
 * A number of 130 bits is three limbs of 44, 44 and 42 bits; IFMA multiplies 52 bits by 52. Time depends on the length,
 * never on key, text or tag.
 */
#include "avx512.h"

#if defined(__x86_64__)

#include <immintrin.h>
#include <string.h>

#define AVX512 __attribute__((target("avx512f,avx512vl,avx512bw,avx512ifma,bmi2")))
#define INLINE static inline __attribute__((always_inline)) AVX512

typedef uint32_t wide __attribute__((vector_size(64)));
typedef uint32_t half __attribute__((vector_size(32)));
typedef unsigned __int128 u128;

enum { BLOCK = 64, WIDE = 16, HALF = 8, POLY = 16, LANES = 8 };

int avx512_runs(void) {
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
         __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512ifma") && __builtin_cpu_supports("bmi2");
}

static uint32_t word(const uint8_t *at) {
  uint32_t value;
  memcpy(&value, at, sizeof value);
  return value;
}

static uint64_t quad(const uint8_t *at) {
  uint64_t value;
  memcpy(&value, at, sizeof value);
  return value;
}

#define ROTATE(x, n) (((x) << (n)) | ((x) >> (32 - (n))))
#define QUARTER(a, b, c, d)                                     \
  a += b, d ^= a, d = ROTATE(d, 16), c += d, b ^= c, b = ROTATE(b, 12), \
      a += b, d ^= a, d = ROTATE(d, 8), c += d, b ^= c, b = ROTATE(b, 7)

/* Twenty rounds over as many blocks as V has lanes, from block number `first` on (RFC 8439 section 2.3). */
#define ROUNDS(V, x, key, counter, first, lane_numbers)                              \
  V start[16];                                                                       \
  const uint32_t words[16] = {0x61707865, 0x3320646e, 0x79622d32, 0x6b206574,        \
                              word(key), word(key + 4), word(key + 8), word(key + 12), \
                              word(key + 16), word(key + 20), word(key + 24), word(key + 28), \
                              first, 0, (uint32_t)counter, (uint32_t)(counter >> 32)}; \
  for (int i = 0; i < 16; i++) start[i] = words[i] - (V){0};                          \
  start[12] += lane_numbers;                                                         \
  for (int i = 0; i < 16; i++) x[i] = start[i];                                       \
  for (int i = 0; i < 10; i++) {                                                      \
    QUARTER(x[0], x[4], x[8], x[12]);                                                 \
    QUARTER(x[1], x[5], x[9], x[13]);                                                 \
    QUARTER(x[2], x[6], x[10], x[14]);                                                \
    QUARTER(x[3], x[7], x[11], x[15]);                                                \
    QUARTER(x[0], x[5], x[10], x[15]);                                                \
    QUARTER(x[1], x[6], x[11], x[12]);                                                \
    QUARTER(x[2], x[7], x[8], x[13]);                                                 \
    QUARTER(x[3], x[4], x[9], x[14]);                                                 \
  }                                                                                  \
  for (int i = 0; i < 16; i++) x[i] += start[i]

/* 16 blocks of key stream from block `first` on, in order. */
INLINE void stream16(__m512i out[WIDE], const uint8_t *key, uint64_t counter, uint32_t first) {
  const wide lane_numbers = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
  wide x[16];
  ROUNDS(wide, x, key, counter, first, lane_numbers);
  __m512i rows[4][4];
  for (int g = 0; g < 4; g++) {
    __m512i a = (__m512i)x[4 * g], b = (__m512i)x[4 * g + 1], c = (__m512i)x[4 * g + 2], d = (__m512i)x[4 * g + 3];
    __m512i ab = _mm512_unpacklo_epi32(a, b), cd = _mm512_unpacklo_epi32(c, d);
    rows[g][0] = _mm512_unpacklo_epi64(ab, cd);
    rows[g][1] = _mm512_unpackhi_epi64(ab, cd);
    ab = _mm512_unpackhi_epi32(a, b), cd = _mm512_unpackhi_epi32(c, d);
    rows[g][2] = _mm512_unpacklo_epi64(ab, cd);
    rows[g][3] = _mm512_unpackhi_epi64(ab, cd);
  }
  /* Lane l of rows[g][j] has words 4g to 4g+3 of block 4l+j. */
  for (int j = 0; j < 4; j++) {
    __m512i a = _mm512_shuffle_i32x4(rows[0][j], rows[1][j], 0x44), b = _mm512_shuffle_i32x4(rows[0][j], rows[1][j], 0xee);
    __m512i c = _mm512_shuffle_i32x4(rows[2][j], rows[3][j], 0x44), d = _mm512_shuffle_i32x4(rows[2][j], rows[3][j], 0xee);
    out[j] = _mm512_shuffle_i32x4(a, c, 0x88);
    out[4 + j] = _mm512_shuffle_i32x4(a, c, 0xdd);
    out[8 + j] = _mm512_shuffle_i32x4(b, d, 0x88);
    out[12 + j] = _mm512_shuffle_i32x4(b, d, 0xdd);
  }
}

/* 8 blocks. */
INLINE void stream8(__m512i out[HALF], const uint8_t *key, uint64_t counter, uint32_t first) {
  const half lane_numbers = {0, 1, 2, 3, 4, 5, 6, 7};
  half x[16];
  ROUNDS(half, x, key, counter, first, lane_numbers);
  __m256i rows[4][4];
  for (int g = 0; g < 4; g++) {
    __m256i a = (__m256i)x[4 * g], b = (__m256i)x[4 * g + 1], c = (__m256i)x[4 * g + 2], d = (__m256i)x[4 * g + 3];
    __m256i ab = _mm256_unpacklo_epi32(a, b), cd = _mm256_unpacklo_epi32(c, d);
    rows[g][0] = _mm256_unpacklo_epi64(ab, cd);
    rows[g][1] = _mm256_unpackhi_epi64(ab, cd);
    ab = _mm256_unpackhi_epi32(a, b), cd = _mm256_unpackhi_epi32(c, d);
    rows[g][2] = _mm256_unpacklo_epi64(ab, cd);
    rows[g][3] = _mm256_unpackhi_epi64(ab, cd);
  }
  for (int j = 0; j < 4; j++) {
    for (int l = 0; l < 2; l++) {
      __m256i low = l ? _mm256_permute2x128_si256(rows[0][j], rows[1][j], 0x31)
                      : _mm256_permute2x128_si256(rows[0][j], rows[1][j], 0x20);
      __m256i high = l ? _mm256_permute2x128_si256(rows[2][j], rows[3][j], 0x31)
                       : _mm256_permute2x128_si256(rows[2][j], rows[3][j], 0x20);
      out[4 * l + j] = _mm512_inserti64x4(_mm512_castsi256_si512(low), high, 1);
    }
  }
}

/* XORs up to `blocks` blocks of key stream; what is beyond `length` is not touched. */
INLINE size_t xor_stream(uint8_t *to, const uint8_t *from, size_t length, const __m512i *stream, int blocks) {
  size_t done = 0;
  for (int i = 0; i < blocks && done < length; i++, done += BLOCK) {
    size_t left = length - done;
    __mmask64 mask = left >= BLOCK ? ~0ull : _bzhi_u64(~0ull, (unsigned)left);
    __m512i text = _mm512_maskz_loadu_epi8(mask, from + done);
    _mm512_mask_storeu_epi8(to + done, mask, _mm512_xor_si512(text, stream[i]));
  }
  return done < length ? done : length;
}

/* Encrypts or decrypts what lies after the first `done` bytes, from block `first` on. */
INLINE void xor_rest(const uint8_t *key, uint64_t counter, const uint8_t *from, uint8_t *to, size_t length, size_t done,
                     uint32_t first) {
  __m512i stream[WIDE];
  while (done < length) {
    int blocks = length - done > HALF * BLOCK ? WIDE : HALF;
    if (blocks == WIDE) stream16(stream, key, counter, first);
    else stream8(stream, key, counter, first);
    done += xor_stream(to + done, from + done, length - done, stream, blocks);
    first += (uint32_t)blocks;
  }
}

/* Three limbs. */
struct number {
  uint64_t limb[3];
};

static const uint64_t MASK44 = (1ull << 44) - 1;
static const uint64_t MASK42 = (1ull << 42) - 1;

static struct number multiply(struct number a, struct number b) {
  uint64_t s1 = b.limb[1] * 20, s2 = b.limb[2] * 20;
  u128 d0 = (u128)a.limb[0] * b.limb[0] + (u128)a.limb[1] * s2 + (u128)a.limb[2] * s1;
  u128 d1 = (u128)a.limb[0] * b.limb[1] + (u128)a.limb[1] * b.limb[0] + (u128)a.limb[2] * s2;
  u128 d2 = (u128)a.limb[0] * b.limb[2] + (u128)a.limb[1] * b.limb[1] + (u128)a.limb[2] * b.limb[0];
  struct number result;
  d1 += (uint64_t)(d0 >> 44);
  d2 += (uint64_t)(d1 >> 44);
  uint64_t low = ((uint64_t)d0 & MASK44) + (uint64_t)(d2 >> 42) * 5;
  result.limb[0] = low & MASK44;
  result.limb[1] = ((uint64_t)d1 & MASK44) + (low >> 44);
  result.limb[2] = (uint64_t)d2 & MASK42;
  return result;
}

struct lanes {
  __m512i limb[3];
};

/* a times r in every lane; `s` is 20 times r's upper limbs. */
INLINE struct lanes multiply_lanes(struct lanes a, const __m512i r[3], const __m512i s[3]) {
  const __m512i zero = _mm512_setzero_si512();
  const __m512i mask44 = _mm512_set1_epi64((long long)MASK44), mask42 = _mm512_set1_epi64((long long)MASK42);
  __m512i low[3], high[3];
  for (int i = 0; i < 3; i++) {
    const __m512i x = i == 0 ? r[0] : i == 1 ? r[1] : r[2];
    const __m512i y = i == 0 ? s[2] : i == 1 ? r[0] : r[1];
    const __m512i z = i == 0 ? s[1] : i == 1 ? s[2] : r[0];
    low[i] = _mm512_madd52lo_epu64(zero, a.limb[0], x);
    high[i] = _mm512_madd52hi_epu64(zero, a.limb[0], x);
    low[i] = _mm512_madd52lo_epu64(low[i], a.limb[1], y);
    high[i] = _mm512_madd52hi_epu64(high[i], a.limb[1], y);
    low[i] = _mm512_madd52lo_epu64(low[i], a.limb[2], z);
    high[i] = _mm512_madd52hi_epu64(high[i], a.limb[2], z);
  }
  /* 2^52 is 2^8 of the next limb; beyond the last one, of 42 bits, it is 2^10 times 5 of the first. */
  struct lanes h;
  __m512i t = low[0];
  h.limb[0] = _mm512_and_si512(t, mask44);
  t = _mm512_add_epi64(_mm512_add_epi64(low[1], _mm512_slli_epi64(high[0], 8)), _mm512_srli_epi64(t, 44));
  h.limb[1] = _mm512_and_si512(t, mask44);
  t = _mm512_add_epi64(_mm512_add_epi64(low[2], _mm512_slli_epi64(high[1], 8)), _mm512_srli_epi64(t, 44));
  h.limb[2] = _mm512_and_si512(t, mask42);
  __m512i over = _mm512_add_epi64(_mm512_slli_epi64(high[2], 10), _mm512_srli_epi64(t, 42));
  over = _mm512_add_epi64(over, _mm512_slli_epi64(over, 2));
  t = _mm512_add_epi64(h.limb[0], over);
  h.limb[0] = _mm512_and_si512(t, mask44);
  h.limb[1] = _mm512_add_epi64(h.limb[1], _mm512_srli_epi64(t, 44));
  return h;
}

/* Adds eight blocks at `at`; only lanes in `real` are blocks, the others are zero. */
INLINE struct lanes add_blocks(struct lanes h, const uint8_t *at, __mmask8 real) {
  const __m512i even = _mm512_set_epi64(14, 12, 10, 8, 6, 4, 2, 0), odd = _mm512_set_epi64(15, 13, 11, 9, 7, 5, 3, 1);
  const __m512i mask44 = _mm512_set1_epi64((long long)MASK44);
  __m512i a = _mm512_loadu_si512(at), b = _mm512_loadu_si512(at + 64);
  __m512i low = _mm512_permutex2var_epi64(a, even, b), high = _mm512_permutex2var_epi64(a, odd, b);
  __m512i middle = _mm512_or_si512(_mm512_srli_epi64(low, 44), _mm512_slli_epi64(high, 20));
  h.limb[0] = _mm512_add_epi64(h.limb[0], _mm512_and_si512(low, mask44));
  h.limb[1] = _mm512_add_epi64(h.limb[1], _mm512_and_si512(middle, mask44));
  h.limb[2] = _mm512_add_epi64(h.limb[2], _mm512_srli_epi64(high, 24));
  h.limb[2] = _mm512_add_epi64(h.limb[2], _mm512_maskz_set1_epi64(real, 1ll << 40));
  return h;
}

/* Eight blocks from number `first` on of text, filled up to 16 bytes, and lengths, to `room`; none before the first. */
INLINE void gather(uint8_t room[LANES * POLY], const uint8_t *text, size_t length, int64_t first) {
  memset(room, 0, LANES * POLY);
  size_t from = first < 0 ? 0 : (size_t)first * POLY;
  size_t gap = first < 0 ? (size_t)-first * POLY : 0;
  if (from < length) {
    size_t bytes = length - from;
    if (bytes > LANES * POLY - gap) bytes = LANES * POLY - gap;
    memcpy(room + gap, text + from, bytes);
  }
  /* The lengths' block is the one after the text's: no additional data, and the text's in eight bytes. */
  size_t texts = (length + POLY - 1) / POLY;
  if ((int64_t)texts - first < LANES) {
    uint64_t bytes = length;
    memcpy(room + (size_t)((int64_t)texts - first) * POLY + 8, &bytes, sizeof bytes);
  }
}

/* The tag of sealed text (RFC 8439 section 2.8); `block` is block 0 of the key stream. */
AVX512 static void tag_of(uint8_t tag[16], const uint8_t block[32], const uint8_t *text, size_t length) {
  uint64_t low = quad(block) & 0x0ffffffc0fffffff, high = quad(block + 8) & 0x0ffffffc0ffffffc;
  struct number power[LANES];
  power[0] = (struct number){{low & MASK44, ((low >> 44) | (high << 20)) & MASK44, high >> 24}};
  power[1] = multiply(power[0], power[0]);
  power[2] = multiply(power[1], power[0]);
  power[3] = multiply(power[1], power[1]);
  for (int i = 0; i < 4; i++) power[4 + i] = multiply(power[3], power[i]);
  __m512i r[3], s[3], last_r[3], last_s[3];
  const __m512i twenty = _mm512_set1_epi64(20);
  for (int i = 0; i < 3; i++) {
    r[i] = _mm512_set1_epi64((long long)power[7].limb[i]);
    last_r[i] = _mm512_set_epi64((long long)power[0].limb[i], (long long)power[1].limb[i], (long long)power[2].limb[i],
                                 (long long)power[3].limb[i], (long long)power[4].limb[i], (long long)power[5].limb[i],
                                 (long long)power[6].limb[i], (long long)power[7].limb[i]);
    s[i] = _mm512_madd52lo_epu64(_mm512_setzero_si512(), r[i], twenty);
    last_s[i] = _mm512_madd52lo_epu64(_mm512_setzero_si512(), last_r[i], twenty);
  }

  const __m512i zero = _mm512_setzero_si512();
  struct lanes h = {{zero, zero, zero}};
  uint8_t room[LANES * POLY];
  int64_t whole = (int64_t)(length / POLY);
  int64_t blocks = (int64_t)((length + POLY - 1) / POLY) + 1;
  int64_t first = blocks % LANES == 0 ? 0 : blocks % LANES - LANES;
  for (int64_t next = first; next < blocks; next += LANES) {
    __mmask8 real = next < 0 ? (__mmask8)(0xff << -next) : 0xff;
    const uint8_t *at = room;
    if (next >= 0 && next + LANES <= whole) at = text + next * POLY;
    else gather(room, text, length, next);
    if (next > first) h = multiply_lanes(h, r, s);
    h = add_blocks(h, at, real);
  }
  h = multiply_lanes(h, last_r, last_s);

  uint64_t h0 = (uint64_t)_mm512_reduce_add_epi64(h.limb[0]);
  uint64_t h1 = (uint64_t)_mm512_reduce_add_epi64(h.limb[1]);
  uint64_t h2 = (uint64_t)_mm512_reduce_add_epi64(h.limb[2]);
  for (int i = 0; i < 2; i++) {
    h1 += h0 >> 44, h0 &= MASK44;
    h2 += h1 >> 44, h1 &= MASK44;
    h0 += (h2 >> 42) * 5, h2 &= MASK42;
  }
  h1 += h0 >> 44, h0 &= MASK44;
  h2 += h1 >> 44, h1 &= MASK44;
  /* Less 2^130 - 5 where that is not below zero, without a branch. */
  uint64_t g0 = h0 + 5, g1 = h1 + (g0 >> 44), g2 = h2 + (g1 >> 44) - (1ull << 42);
  uint64_t keep = 0 - (g2 >> 63);
  h0 = (h0 & keep) | (g0 & MASK44 & ~keep);
  h1 = (h1 & keep) | (g1 & MASK44 & ~keep);
  h2 = (h2 & keep) | (g2 & MASK42 & ~keep);
  u128 sum = (u128)(h0 | (h1 << 44)) + quad(block + 16);
  uint64_t upper = ((h1 >> 20) | (h2 << 24)) + quad(block + 24) + (uint64_t)(sum >> 64);
  uint64_t lower = (uint64_t)sum;
  memcpy(tag, &lower, sizeof lower);
  memcpy(tag + 8, &upper, sizeof upper);
}

AVX512 void avx512_seal(const uint8_t *key, uint64_t counter, const uint8_t *from, uint8_t *to, size_t length,
                        uint8_t *tag) {
  __m512i stream[WIDE];
  uint8_t block[BLOCK];
  int blocks = length > (HALF - 1) * BLOCK ? WIDE : HALF;
  if (blocks == WIDE) stream16(stream, key, counter, 0);
  else stream8(stream, key, counter, 0);
  _mm512_storeu_si512(block, stream[0]);
  size_t done = xor_stream(to, from, length, stream + 1, blocks - 1);
  xor_rest(key, counter, from, to, length, done, (uint32_t)blocks);
  tag_of(tag, block, to, length);
}

AVX512 int avx512_open(const uint8_t *key, uint64_t counter, uint8_t *text, size_t length, const uint8_t *tag) {
  __m512i stream[WIDE];
  uint8_t block[BLOCK];
  uint8_t right[16];
  int blocks = length > (HALF - 1) * BLOCK ? WIDE : HALF;
  if (blocks == WIDE) stream16(stream, key, counter, 0);
  else stream8(stream, key, counter, 0);
  _mm512_storeu_si512(block, stream[0]);
  tag_of(right, block, text, length);
  uint64_t difference = (quad(right) ^ quad(tag)) | (quad(right + 8) ^ quad(tag + 8));
  if (difference != 0) return 0;
  size_t done = xor_stream(text, text, length, stream + 1, blocks - 1);
  xor_rest(key, counter, text, text, length, done, (uint32_t)blocks);
  return 1;
}

#else

int avx512_runs(void) {
  return 0;
}

void avx512_seal(const uint8_t *key, uint64_t counter, const uint8_t *from, uint8_t *to, size_t length, uint8_t *tag) {
  (void)key, (void)counter, (void)from, (void)to, (void)length, (void)tag;
}

int avx512_open(const uint8_t *key, uint64_t counter, uint8_t *text, size_t length, const uint8_t *tag) {
  (void)key, (void)counter, (void)text, (void)length, (void)tag;
  return 0;
}

#endif
