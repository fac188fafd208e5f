/*
 * ChaCha20-Poly1305 (RFC 8439 section 2.8) in place, in one pass.
 *
 * While the vector units make the keystream of one chunk of 256 bytes, the integer units add up to 20 blocks of
 * ciphertext to the tag, two in every double round. The ciphertext added is the chunk before when sealing, and this
 * chunk, about to be overwritten, when opening:
 *
 *              four blocks       four blocks             four blocks
 *   keystream  key | 192 bytes   256 bytes               256 bytes ...
 *   sealing    XOR chunk 0       tag 0, XOR chunk 1      tag 1, XOR chunk 2    tag 2
 *   opening    tag 0, XOR 0      tag 1, XOR chunk 1      tag 2, XOR chunk 2
 *
 * Time depends on lengths, never on key, text or tag.
 */

#include "chacha20.h"
#include "poly1305.h"

enum { TAG_BYTES = 16, CHUNK_BYTES = 256, FIRST_CHUNK_BYTES = 192 };

/* Whole blocks that are still to be added to the tag. */
typedef struct {
  const u8 *next;
  u32 blocks;
} backlog;

INLINE void add_one(poly1305 *p, backlog *b) {
  if (b->blocks == 0) return;
  poly1305_block(p, b->next);
  b->next += 16;
  b->blocks--;
}

INLINE void add_all(poly1305 *p, backlog *b) {
  while (b->blocks > 0) add_one(p, b);
}

/* Up to 15 bytes, filled up with zeros (RFC 8439 section 2.8: pad16). */
INLINE void take_rest(u8 rest[16], const u8 *from, u32 bytes) {
  for (u32 i = 0; i < 16; i++) rest[i] = i < bytes ? from[i] : 0;
}

INLINE void store_stream(u8 *to, const u32x4 x[16]) {
  for (int row = 0; row < 4; row++) {
    u32x4 of_block[4];
    quad_rows(x, row, of_block);
    for (int block = 0; block < 4; block++) wasm_v128_store(to + 64 * block + 16 * row, of_block[block]);
  }
}

/* Without the way through memory, which costs 5 % of a full packet. */
INLINE void xor_chunk(u8 *text, const u32x4 x[16]) {
  for (int row = 0; row < 4; row++) {
    u32x4 of_block[4];
    quad_rows(x, row, of_block);
    for (int block = 0; block < 4; block++) {
      u8 *at = text + 64 * block + 16 * row;
      wasm_v128_store(at, wasm_v128_xor(wasm_v128_load(at), of_block[block]));
    }
  }
}

INLINE void xor_bytes(u8 *text, const u8 *stream, u32 bytes) {
  for (; bytes >= 16; bytes -= 16, text += 16, stream += 16) {
    wasm_v128_store(text, wasm_v128_xor(wasm_v128_load(text), wasm_v128_load(stream)));
  }
  for (; bytes > 0; bytes--) *text++ ^= *stream++;
}

/* Encrypts or decrypts `text` and writes the tag of its ciphertext. */
static void run(
    const u32 key[8], const u32 nonce[3], const u8 *extra, u32 extra_bytes, u8 *text, u32 bytes, int is_sealing, u8 tag[TAG_BYTES]) {
  u8 stream[CHUNK_BYTES];
  u8 rest[16];
  u32x4 x[16];
  poly1305 p;

  quad_start(x, key, nonce, 0);
  for (int i = 0; i < 10; i++) columns(x), diagonals(x);
  quad_finish(x, key, nonce, 0);
  store_stream(stream, x);
  u32x4 pad = wasm_v128_load(stream + 16);
  poly1305_begin(&p, stream);

  backlog b = {extra, extra_bytes / 16};
  add_all(&p, &b);
  if (extra_bytes % 16) {
    take_rest(rest, b.next, extra_bytes % 16);
    poly1305_block(&p, rest);
  }

  if (!is_sealing) take_rest(rest, text + (bytes & ~15u), bytes % 16);
  u32 chunk = bytes < FIRST_CHUNK_BYTES ? bytes : FIRST_CHUNK_BYTES;
  b.next = text;
  b.blocks = chunk / 16;
  if (!is_sealing) add_all(&p, &b);
  xor_bytes(text, stream + 64, chunk);

  u32 counter = 4;
  for (u32 at = chunk; at < bytes; at += chunk, counter += 4) {
    chunk = bytes - at < CHUNK_BYTES ? bytes - at : CHUNK_BYTES;
    if (!is_sealing) b.blocks += chunk / 16;
    quad_start(x, key, nonce, counter);
    for (int i = 0; i < 10; i++) {
      columns(x);
      add_one(&p, &b);
      diagonals(x);
      add_one(&p, &b);
    }
    quad_finish(x, key, nonce, counter);
    if (chunk == CHUNK_BYTES) {
      xor_chunk(text + at, x);
    } else {
      store_stream(stream, x);
      xor_bytes(text + at, stream, chunk);
    }
    if (is_sealing) b.blocks += chunk / 16;
  }
  add_all(&p, &b);

  if (is_sealing) take_rest(rest, text + (bytes & ~15u), bytes % 16);
  if (bytes % 16) poly1305_block(&p, rest);
  poly1305_words(&p, extra_bytes, bytes);
  poly1305_end(&p, pad, tag);
  wipe(stream, sizeof stream);
}

/* Encrypts `text` in place and writes the tag after it. */
EXPORT("seal")
void seal(const u32 key[8], u32 nonce0, u32 nonce1, u32 nonce2, const u8 *extra, u32 extra_bytes, u8 *text, u32 bytes) {
  const u32 nonce[3] = {nonce0, nonce1, nonce2};
  run(key, nonce, extra, extra_bytes, text, bytes, 1, text + bytes);
}

/*
 * Decrypts `text` in place and returns 1 when the tag after it is right. Otherwise 0, and the text is as it was: it has
 * been decrypted by then, so the same keystream is applied once more. A forged packet costs less than twice a good one.
 */
EXPORT("open")
u32 open(const u32 key[8], u32 nonce0, u32 nonce1, u32 nonce2, const u8 *extra, u32 extra_bytes, u8 *text, u32 bytes) {
  const u32 nonce[3] = {nonce0, nonce1, nonce2};
  u8 tag[TAG_BYTES];
  run(key, nonce, extra, extra_bytes, text, bytes, 0, tag);
  u64 difference = (load64(tag) ^ load64(text + bytes)) | (load64(tag + 8) ^ load64(text + bytes + 8));
  if (difference == 0) return 1;
  run(key, nonce, extra, extra_bytes, text, bytes, 1, tag);
  return 0;
}

/* Poly1305 alone, for the vectors of RFC 8439 appendix A.3: no AEAD key gives their one-time keys. */
EXPORT("poly1305")
void poly1305_tag(const u8 key[32], const u8 *text, u32 bytes, u8 tag[TAG_BYTES]) {
  poly1305 p;
  backlog b = {text, bytes / 16};
  poly1305_begin(&p, key);
  add_all(&p, &b);
  if (bytes % 16) {
    u8 rest[16];
    take_rest(rest, b.next, bytes % 16);
    rest[bytes % 16] = 1;
    p.h4 -= 1; /* The one bit after the message stands in its stead; h4 may pass through 2^64 - 1 on the way. */
    poly1305_block(&p, rest);
  }
  poly1305_end(&p, wasm_v128_load(key + 16), tag);
}
