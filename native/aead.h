/*
 * ChaCha20-Poly1305 (RFC 8439) with WireGuard's nonce over packets that lie in one arena, keys in numbered slots.
 */
#ifndef WG_ROUTER_AEAD_H
#define WG_ROUTER_AEAD_H

#include <stddef.h>
#include <stdint.h>

struct aead;

enum { AEAD_WRONG_TAG = 0, AEAD_GOOD = 1, AEAD_OUTSIDE = -1, AEAD_NO_KEY = -2, AEAD_FAILED = -3 };

/*
 * Null when there is no memory or OpenSSL has no ChaCha20-Poly1305. The arena stays the caller's. `wants_own` is for our
 * own cipher (avx512.h), which is taken where the processor has what it needs and it computes what OpenSSL computes.
 */
struct aead *aead_new(uint8_t *arena, size_t arena_bytes, uint32_t slots, int wants_own);
/* Whether it is our own. */
int aead_is_own(const struct aead *aead);
void aead_free(struct aead *aead);

/* Copies the key into the slot, or empties it where `key` is null; what the slot held is overwritten. */
int aead_set_key(struct aead *aead, uint32_t slot, const uint8_t *key);

/* Seals `length` bytes at `from` to `to`, which is the same place or does not overlap, and puts the tag after them. */
int aead_seal(struct aead *aead, uint32_t slot, uint64_t counter, int64_t from, int64_t to, int64_t length);

/* Opens `length` bytes with their tag in place. With a wrong tag they are as they were. */
int aead_open(struct aead *aead, uint32_t slot, uint64_t counter, int64_t offset, int64_t length);

/* Opens the READY rows among `count`; a wrong tag makes them DROPPED with `wrong_tag` as reason. */
int aead_open_rows(struct aead *aead, int32_t *rows, uint32_t count, int32_t wrong_tag);

/*
 * Seals the rows that `order` names. With `to` below zero where they lie; else one datagram after the other from `to`
 * on, headers copied, never beyond `end`, and OFFSET says where.
 */
int aead_seal_rows(struct aead *aead, int32_t *rows, uint32_t row_count, const int32_t *order, uint32_t count,
                   int64_t to, int64_t end);

#endif
