/*
 * The few words that the sources share: fixed-width integers, 128-bit vectors, unaligned loads and stores.
 * WebAssembly is little-endian and allows any alignment, so a load is all that RFC 8439's "little-endian" takes.
 */
#ifndef WORDS_H
#define WORDS_H

#include <wasm_simd128.h>

typedef unsigned char u8;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef v128_t u32x4;

#define EXPORT(name) __attribute__((export_name(name)))
#define INLINE static inline __attribute__((always_inline))

INLINE u32 load32(const u8 *from) {
  u32 word;
  __builtin_memcpy(&word, from, 4);
  return word;
}

INLINE u64 load64(const u8 *from) {
  u64 word;
  __builtin_memcpy(&word, from, 8);
  return word;
}

INLINE void store32(u8 *to, u32 word) { __builtin_memcpy(to, &word, 4); }
INLINE void store64(u8 *to, u64 word) { __builtin_memcpy(to, &word, 8); }

/* Without libc, and volatile so that the compiler cannot see that nobody reads it afterwards. */
INLINE void wipe(void *at, u32 bytes) {
  for (volatile u8 *to = at; bytes > 0; bytes--) *to++ = 0;
}

#endif
