/*
 * ChaCha20-Poly1305 for processors with AVX-512 and IFMA, without additional data and with WireGuard's nonce.
 */
#ifndef WG_ROUTER_AVX512_H
#define WG_ROUTER_AVX512_H

#include <stddef.h>
#include <stdint.h>

/* Whether this processor and system can run it. */
int avx512_runs(void);

/* Seals `length` bytes at `from` to `to`, the same place or one that does not overlap. */
void avx512_seal(const uint8_t *key, uint64_t counter, const uint8_t *from, uint8_t *to, size_t length, uint8_t *tag);

/* Opens in place where the tag is right; otherwise 0, and nothing is changed. */
int avx512_open(const uint8_t *key, uint64_t counter, uint8_t *text, size_t length, const uint8_t *tag);

#endif
