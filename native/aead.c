/*
 * See aead.h. The computing is our own where there is AVX-512, and OpenSSL's (EVP) elsewhere: the one inside the Node
 * binary, so nothing is linked. Ours is compared with OpenSSL's before it is used.
 *
 * Of OpenSSL, a context that keeps its key and is given only the next nonce costs a quarter less than one that is given both, and
 * half of what a new one costs. Contexts are a kilobyte each, so there is a bounded number of them, found by slot; a slot
 * that finds another's context there gives it its own key.
 */
#include "aead.h"

#include <limits.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "avx512.h"
#include "layout.h"

enum { CONTEXTS = 8192, NONCE_BYTES = 12 };
enum { OPENING = 0, SEALING = 1 };

struct context {
  EVP_CIPHER_CTX *evp;
  /* Whose key it holds; meaningless without `evp`. */
  uint32_t slot;
  int direction;
};

struct aead {
  uint8_t *arena;
  int64_t arena_bytes;
  uint32_t slots;
  /* Pages that nothing touches take no memory. */
  uint8_t *keys;
  uint8_t *taken;
  EVP_CIPHER *cipher;
  int is_own;
  struct context contexts[CONTEXTS];
};

static int agree(void);

struct aead *aead_new(uint8_t *arena, size_t arena_bytes, uint32_t slots, int wants_own) {
  if (arena_bytes > INT_MAX || slots == 0 || slots > INT_MAX) return NULL;
  struct aead *aead = calloc(1, sizeof *aead);
  if (aead == NULL) return NULL;
  aead->arena = arena;
  aead->arena_bytes = (int64_t)arena_bytes;
  aead->slots = slots;
  aead->keys = calloc(slots, KEY_BYTES);
  aead->taken = calloc(slots, 1);
  aead->cipher = EVP_CIPHER_fetch(NULL, "ChaCha20-Poly1305", NULL);
  if (aead->keys != NULL && aead->taken != NULL && aead->cipher != NULL) {
    aead->is_own = wants_own && avx512_runs() && agree();
    return aead;
  }
  aead_free(aead);
  return NULL;
}

int aead_is_own(const struct aead *aead) {
  return aead->is_own;
}

void aead_free(struct aead *aead) {
  for (uint32_t slot = 0; aead->taken != NULL && slot < aead->slots; slot++) {
    if (aead->taken[slot]) aead_set_key(aead, slot, NULL);
  }
  free(aead->keys);
  free(aead->taken);
  EVP_CIPHER_free(aead->cipher);
  free(aead);
}

int aead_set_key(struct aead *aead, uint32_t slot, const uint8_t *key) {
  if (slot >= aead->slots) return AEAD_OUTSIDE;
  struct context *context = &aead->contexts[slot % CONTEXTS];
  if (context->evp != NULL && context->slot == slot) {
    /* Overwrites the key inside. */
    EVP_CIPHER_CTX_free(context->evp);
    context->evp = NULL;
  }
  uint8_t *place = aead->keys + (size_t)slot * KEY_BYTES;
  if (key == NULL) OPENSSL_cleanse(place, KEY_BYTES);
  else memcpy(place, key, KEY_BYTES);
  aead->taken[slot] = key != NULL;
  return AEAD_GOOD;
}

static const uint8_t *key_of(const struct aead *aead, uint32_t slot) {
  return aead->keys + (size_t)slot * KEY_BYTES;
}

/* The slot's context, its next packet's nonce set; null when OpenSSL fails, which is for want of memory. */
static EVP_CIPHER_CTX *begin(struct aead *aead, uint32_t slot, uint64_t counter, int direction) {
  uint8_t nonce[NONCE_BYTES] = {0};
  for (int i = 0; i < 8; i++) nonce[4 + i] = (uint8_t)(counter >> (8 * i));
  struct context *context = &aead->contexts[slot % CONTEXTS];
  if (context->evp != NULL && context->slot == slot && context->direction == direction) {
    return EVP_CipherInit_ex(context->evp, NULL, NULL, NULL, nonce, direction) == 1 ? context->evp : NULL;
  }
  if (context->evp == NULL) context->evp = EVP_CIPHER_CTX_new();
  if (context->evp == NULL) return NULL;
  context->slot = slot;
  context->direction = direction;
  if (EVP_CipherInit_ex(context->evp, aead->cipher, NULL, key_of(aead, slot), nonce, direction) == 1) return context->evp;
  EVP_CIPHER_CTX_free(context->evp);
  context->evp = NULL;
  return NULL;
}

static int is_inside(const struct aead *aead, int64_t offset, int64_t bytes) {
  return offset >= 0 && bytes >= 0 && bytes <= aead->arena_bytes && offset <= aead->arena_bytes - bytes;
}

int aead_seal(struct aead *aead, uint32_t slot, uint64_t counter, int64_t from, int64_t to, int64_t length) {
  if (length < 0 || !is_inside(aead, from, length) || !is_inside(aead, to, length + TAG_BYTES)) return AEAD_OUTSIDE;
  if (slot >= aead->slots || !aead->taken[slot]) return AEAD_NO_KEY;
  if (aead->is_own) {
    uint8_t *sealed = aead->arena + to;
    avx512_seal(key_of(aead, slot), counter, aead->arena + from, sealed, (size_t)length, sealed + length);
    return AEAD_GOOD;
  }
  EVP_CIPHER_CTX *evp = begin(aead, slot, counter, SEALING);
  int bytes = 0;
  if (evp == NULL) return AEAD_FAILED;
  if (length > 0 && EVP_EncryptUpdate(evp, aead->arena + to, &bytes, aead->arena + from, (int)length) != 1) {
    return AEAD_FAILED;
  }
  if (EVP_EncryptFinal_ex(evp, aead->arena + to + length, &bytes) != 1) return AEAD_FAILED;
  return EVP_CIPHER_CTX_ctrl(evp, EVP_CTRL_AEAD_GET_TAG, TAG_BYTES, aead->arena + to + length) == 1 ? AEAD_GOOD
                                                                                                     : AEAD_FAILED;
}

int aead_open(struct aead *aead, uint32_t slot, uint64_t counter, int64_t offset, int64_t length) {
  int64_t text_bytes = length - TAG_BYTES;
  if (text_bytes < 0) return AEAD_WRONG_TAG;
  if (!is_inside(aead, offset, length)) return AEAD_OUTSIDE;
  if (slot >= aead->slots || !aead->taken[slot]) return AEAD_NO_KEY;
  uint8_t *text = aead->arena + offset;
  if (aead->is_own) {
    int is_right = avx512_open(key_of(aead, slot), counter, text, (size_t)text_bytes, text + text_bytes);
    return is_right ? AEAD_GOOD : AEAD_WRONG_TAG;
  }
  EVP_CIPHER_CTX *evp = begin(aead, slot, counter, OPENING);
  int bytes = 0;
  if (evp == NULL || EVP_CIPHER_CTX_ctrl(evp, EVP_CTRL_AEAD_SET_TAG, TAG_BYTES, text + text_bytes) != 1) {
    return AEAD_FAILED;
  }
  if (text_bytes > 0 && EVP_DecryptUpdate(evp, text, &bytes, text, (int)text_bytes) != 1) return AEAD_FAILED;
  uint8_t none[TAG_BYTES];
  if (EVP_DecryptFinal_ex(evp, none, &bytes) == 1) return AEAD_GOOD;
  /* The key stream once more makes the packet what it was. */
  evp = begin(aead, slot, counter, OPENING);
  if (evp == NULL || (text_bytes > 0 && EVP_DecryptUpdate(evp, text, &bytes, text, (int)text_bytes) != 1)) {
    return AEAD_FAILED;
  }
  return AEAD_WRONG_TAG;
}

static uint64_t counter_of(const int32_t *row) {
  return (uint64_t)(uint32_t)row[ROW_COUNTER_HIGH] << 32 | (uint32_t)row[ROW_COUNTER_LOW];
}

int aead_open_rows(struct aead *aead, int32_t *rows, uint32_t count, int32_t wrong_tag) {
  for (uint32_t i = 0; i < count; i++) {
    int32_t *row = rows + (size_t)i * ROW_INTS;
    if (row[ROW_STATUS] != STATUS_READY) continue;
    int outcome = aead_open(aead, (uint32_t)row[ROW_KEY_SLOT], counter_of(row),
                            (int64_t)row[ROW_OFFSET] + HEADER_BYTES, (int64_t)row[ROW_LENGTH] - HEADER_BYTES);
    if (outcome == AEAD_GOOD) continue;
    if (outcome != AEAD_WRONG_TAG) return outcome;
    row[ROW_STATUS] = STATUS_DROPPED;
    row[ROW_REASON] = wrong_tag;
  }
  return AEAD_GOOD;
}

int aead_seal_rows(struct aead *aead, int32_t *rows, uint32_t row_count, const int32_t *order, uint32_t count,
                   int64_t to, int64_t end) {
  if (end > aead->arena_bytes) return AEAD_OUTSIDE;
  for (uint32_t i = 0; i < count; i++) {
    if (order[i] < 0 || (uint32_t)order[i] >= row_count) return AEAD_OUTSIDE;
    int32_t *row = rows + (size_t)order[i] * ROW_INTS;
    int64_t from = row[ROW_OFFSET];
    int64_t length = row[ROW_LENGTH];
    if (length < HEADER_BYTES + TAG_BYTES || !is_inside(aead, from, length)) return AEAD_OUTSIDE;
    int64_t place = from;
    if (to >= 0) {
      if (to > end - length) return AEAD_OUTSIDE;
      memcpy(aead->arena + to, aead->arena + from, HEADER_BYTES);
      place = to;
      to += length;
    }
    int outcome = aead_seal(aead, (uint32_t)row[ROW_KEY_SLOT], counter_of(row), from + HEADER_BYTES,
                            place + HEADER_BYTES, length - HEADER_BYTES - TAG_BYTES);
    if (outcome != AEAD_GOOD) return outcome;
    row[ROW_OFFSET] = (int32_t)place;
  }
  return AEAD_GOOD;
}

/*
 * Whether our own cipher computes what OpenSSL's does: over the ends of blocks, of what is made at once, and of steps of the
 * tag, sealed and opened, and with a changed bit refused. A wrong cipher would not be noticed otherwise: two routers with the
 * same fault agree.
 */
static int agree(void) {
  static const int LENGTHS[] = {0,   1,   15,  16,  17,  63,  64,  65,  111, 112,  113,  127,  128,  129, 447,
                                448, 449, 511, 512, 513, 959, 960, 961, 975, 1024, 1424, 1471, 1472, 2000};
  enum { LARGEST = 2000 };
  uint8_t *room = calloc(2, LARGEST + TAG_BYTES);
  struct aead *theirs = room == NULL ? NULL : aead_new(room, LARGEST + TAG_BYTES, 1, 0);
  uint8_t *ours = room + LARGEST + TAG_BYTES;
  uint8_t key[KEY_BYTES];
  int is_same = theirs != NULL;
  for (size_t i = 0; is_same && i < sizeof LENGTHS / sizeof *LENGTHS; i++) {
    int length = LENGTHS[i];
    uint64_t counter = ((uint64_t)i << 32) + 0x89abcdefu;
    for (int j = 0; j < KEY_BYTES; j++) key[j] = (uint8_t)(7 * j + length);
    for (int j = 0; j < length; j++) room[j] = ours[j] = (uint8_t)(j * j + length);
    is_same = aead_set_key(theirs, 0, key) == AEAD_GOOD && aead_seal(theirs, 0, counter, 0, 0, length) == AEAD_GOOD;
    avx512_seal(key, counter, ours, ours, (size_t)length, ours + length);
    is_same = is_same && memcmp(room, ours, (size_t)length + TAG_BYTES) == 0;
    ours[length + 3] ^= 64;
    is_same = is_same && !avx512_open(key, counter, ours, (size_t)length, ours + length);
    ours[length + 3] ^= 64;
    is_same = is_same && avx512_open(key, counter, ours, (size_t)length, ours + length);
    for (int j = 0; is_same && j < length; j++) is_same = ours[j] == (uint8_t)(j * j + length);
  }
  if (theirs != NULL) aead_free(theirs);
  free(room);
  return is_same;
}
