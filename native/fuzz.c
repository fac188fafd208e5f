/*
 * Hostile tables, control messages and datagrams into the module's own functions, under AddressSanitizer:
 * `npm run fuzz:native [SEED [ROUNDS]]`, and for a moment in the tests. Every buffer is allocated at exactly its size, so
 * that a byte beyond it is an error. Prints the seed; what went wrong is the sanitizer's to say.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "aead.h"
#include "layout.h"
#include "udp.h"

#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif

static uint64_t state;

/* splitmix64 */
static uint64_t any(void) {
  uint64_t z = (state += 0x9e3779b97f4a7c15u);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

static uint32_t below(uint32_t limit) {
  return (uint32_t)(any() % limit);
}

static void *fresh(size_t bytes) {
  uint8_t *made = malloc(bytes ? bytes : 1);
  if (made == NULL) abort();
  for (size_t i = 0; i < bytes; i++) made[i] = (uint8_t)any();
  return made;
}

static void must(int holds, const char *what) {
  if (holds) return;
  fprintf(stderr, "it does not hold: %s\n", what);
  abort();
}

/* A number as a careless or hostile caller may have it: near zero, near a bound, or anything. */
static int32_t odd(int32_t bound) {
  switch (below(8)) {
    case 0: return (int32_t)any();
    case 1: return INT32_MAX - (int32_t)below(40);
    case 2: return INT32_MIN + (int32_t)below(40);
    case 3: return bound - (int32_t)below(40);
    case 4: return bound + (int32_t)below(40);
    case 5: return -(int32_t)below(40);
    default: return (int32_t)below((uint32_t)bound + 1);
  }
}

static void fuzz_aead(void) {
  enum { SLOTS = 5 };
  size_t arena_bytes = 64 + below(3000);
  uint8_t *arena = fresh(arena_bytes);
  struct aead *aead = aead_new(arena, arena_bytes, SLOTS, below(2) == 0);
  must(aead != NULL, "there is a cipher");
  uint32_t count = 1 + below(20);
  int32_t *rows = fresh(count * ROW_INTS * sizeof *rows);
  uint32_t ordered = 1 + below(20);
  int32_t *order = fresh(ordered * sizeof *order);
  for (int i = 0; i < 8; i++) {
    uint8_t *key = fresh(KEY_BYTES);
    aead_set_key(aead, below(SLOTS + 2), below(3) ? key : NULL);
    free(key);
  }
  for (uint32_t i = 0; i < count; i++) {
    int32_t *row = rows + i * ROW_INTS;
    row[ROW_OFFSET] = odd((int32_t)arena_bytes);
    row[ROW_LENGTH] = odd((int32_t)arena_bytes);
    row[ROW_STATUS] = (int32_t)below(3);
    row[ROW_KEY_SLOT] = below(4) ? (int32_t)below(SLOTS) : odd(SLOTS);
  }
  for (uint32_t i = 0; i < ordered; i++) order[i] = below(4) ? (int32_t)below(count) : odd((int32_t)count);
  aead_open_rows(aead, rows, count, 7);
  aead_seal_rows(aead, rows, count, order, ordered, odd((int32_t)arena_bytes), odd((int32_t)arena_bytes));
  aead_seal(aead, below(SLOTS), any(), odd((int32_t)arena_bytes), odd((int32_t)arena_bytes), odd((int32_t)arena_bytes));
  aead_open(aead, below(SLOTS), any(), odd((int32_t)arena_bytes), odd((int32_t)arena_bytes));

  /* What is sealed opens, once unchanged; a flipped bit is refused and nothing moved. */
  uint8_t key[KEY_BYTES] = {1};
  int64_t length = below((uint32_t)arena_bytes - TAG_BYTES);
  int64_t offset = below((uint32_t)(arena_bytes - TAG_BYTES - (size_t)length) + 1);
  uint8_t *before = malloc(arena_bytes);
  uint8_t *sealed = malloc(arena_bytes);
  if (before == NULL || sealed == NULL) abort();
  memcpy(before, arena, arena_bytes);
  uint64_t counter = any();
  aead_set_key(aead, 0, key);
  must(aead_seal(aead, 0, counter, offset, offset, length) == AEAD_GOOD, "it seals");
  arena[offset + below((uint32_t)length + TAG_BYTES)] ^= (uint8_t)(1 << below(8));
  memcpy(sealed, arena, arena_bytes);
  must(aead_open(aead, 0, counter, offset, length + TAG_BYTES) == AEAD_WRONG_TAG, "a changed bit is refused");
  must(memcmp(sealed, arena, arena_bytes) == 0, "what is refused stays as it was");
  memcpy(arena, before, arena_bytes);
  must(aead_seal(aead, 0, counter, offset, offset, length) == AEAD_GOOD, "it seals again");
  must(aead_open(aead, 0, counter, offset, length + TAG_BYTES) == AEAD_GOOD, "it opens");
  must(memcmp(arena, before, (size_t)(offset + length)) == 0, "it is what it was");
  aead_free(aead);
  free(before);
  free(sealed);
  free(order);
  free(rows);
  free(arena);
}

/* Our own cipher beside OpenSSL's, with texts and keys that carry far: many ones, few ones. */
static void fuzz_twins(void) {
  size_t arena_bytes = TAG_BYTES + below(3000);
  uint8_t *arenas[2] = {malloc(arena_bytes), malloc(arena_bytes)};
  uint8_t key[KEY_BYTES];
  if (arenas[0] == NULL || arenas[1] == NULL) abort();
  int kind = (int)below(4);
  for (size_t i = 0; i < arena_bytes; i++) {
    arenas[0][i] = (uint8_t)(kind == 0 ? 0xff : kind == 1 ? below(64) == 0 : kind == 2 ? 0xff - (below(64) == 0) : any());
  }
  for (int i = 0; i < KEY_BYTES; i++) key[i] = (uint8_t)(kind == 3 ? 0xff : any());
  memcpy(arenas[1], arenas[0], arena_bytes);
  int64_t length = (int64_t)(arena_bytes - TAG_BYTES);
  uint64_t counter = any();
  for (int own = 0; own < 2; own++) {
    struct aead *aead = aead_new(arenas[own], arena_bytes, 1, own);
    must(aead != NULL, "there is a cipher");
    aead_set_key(aead, 0, key);
    must(aead_seal(aead, 0, counter, 0, 0, length) == AEAD_GOOD, "it seals");
    aead_free(aead);
  }
  must(memcmp(arenas[0], arenas[1], arena_bytes) == 0, "both ciphers seal alike");
  free(arenas[0]);
  free(arenas[1]);
}

/* Control messages of the kinds that are read, with lengths that are true or not. */
static void fuzz_control(void) {
  size_t bytes = below(CONTROL_BYTES + 1);
  uint8_t *control = fresh(bytes);
  static const int KINDS[][2] = {{IPPROTO_IP, IP_TOS},       {IPPROTO_IPV6, IPV6_TCLASS},  {IPPROTO_UDP, 104},
                                 {IPPROTO_IP, IP_PKTINFO}, {IPPROTO_IPV6, IPV6_PKTINFO}, {1, 1}};
  for (size_t at = 0; at + sizeof(struct cmsghdr) <= bytes;) {
    const int *kind = KINDS[below(6)];
    size_t length = below(3) ? CMSG_LEN(below(24)) : below(200);
    struct cmsghdr head = {.cmsg_level = kind[0], .cmsg_type = kind[1], .cmsg_len = length};
    memcpy(control + at, &head, sizeof head);
    at += CMSG_ALIGN(length) + sizeof head;
  }
  struct sockaddr_storage *from = fresh(sizeof *from);
  from->ss_family = (sa_family_t)(below(2) ? AF_INET : below(2) ? AF_INET6 : below(50));
  struct msghdr header = {.msg_name = from, .msg_namelen = below(sizeof *from + 1)};
  header.msg_control = control;
  header.msg_controllen = bytes;
  int32_t *message = fresh(MESSAGE_INTS * sizeof *message);
  udp_read_message(&header, below(65537), message);
  must(message[MESSAGE_SEGMENT] >= 0, "a segment is no less than nothing");

  /* Back again, from that and from anything. */
  struct sockaddr_storage *to = fresh(sizeof *to);
  uint8_t *written = fresh(CONTROL_BYTES);
  struct msghdr out = {0};
  for (int i = 0; i < 2; i++) {
    if (udp_write_message(message, &out, to, written)) must(out.msg_controllen <= CONTROL_BYTES, "control fits");
    for (int column = 0; column < MESSAGE_INTS; column++) message[column] = odd(65536);
    message[MESSAGE_FAMILY] = below(2) ? 4 : 6;
  }
  free(written);
  free(to);
  free(message);
  free(from);
  free(control);
}

/* A socket that datagrams and trains of them come to, read into tables of random size. */
static void fuzz_sockets(void) {
  size_t arena_bytes = (size_t)MESSAGES * MESSAGE_STRIDE;
  uint8_t *arena = malloc(arena_bytes);
  struct udp *udp = arena == NULL ? NULL : udp_new(arena, arena_bytes);
  struct udp_buffers granted;
  int fd = udp_open(4, 0, 1, 1 << 20, &granted);
  must(udp != NULL && fd >= 0, "there is a socket");
  int port = udp_port(fd);
  int32_t sent = 0, came = 0;
  for (int i = 0; i < 6; i++) {
    /* To itself: some good, in trains or not, and some that cannot be. */
    uint32_t count = 1 + below(8);
    int32_t *messages = fresh(count * MESSAGE_INTS * sizeof *messages);
    for (uint32_t m = 0; m < count; m++) {
      int32_t *message = messages + m * MESSAGE_INTS;
      int is_good = below(4) > 0;
      int is_train = below(4) > 0;
      int32_t segment = 1 + (int32_t)below(below(2) ? 1400 : 40);
      int32_t good_bytes = is_train ? segment * (1 + (int32_t)below(64)) : (int32_t)below(60000);
      if (good_bytes > 60000) good_bytes = 60000;
      message[MESSAGE_SEGMENT] = !is_train ? 0 : below(16) ? segment : odd(65536);
      message[MESSAGE_LENGTH] = is_good || below(2) ? good_bytes : odd((int32_t)arena_bytes);
      message[MESSAGE_OFFSET] = is_good ? (int32_t)below((uint32_t)arena_bytes - 60000) : odd((int32_t)arena_bytes);
      message[MESSAGE_TOS] = (int32_t)below(256);
      message[MESSAGE_FAMILY] = below(8) ? 4 : odd(6);
      message[MESSAGE_PORT] = is_good ? port : odd(65536);
      message[MESSAGE_HAS_LOCAL] = (int32_t)below(2);
      message[MESSAGE_LOCAL] = (int32_t)htonl(0x7f000001 + below(3));
      message[MESSAGE_REMOTE] = (int32_t)htonl(0x7f000001);
    }
    int left = udp_send(udp, fd, messages, below(count + 1), count);
    for (int m = 0; m < left; m++) sent++;
    free(messages);
    uint32_t row_count = below(3) ? SEGMENTS + below(400) : below(SEGMENTS);
    uint32_t message_count = below(12);
    int32_t *rows = fresh(row_count * ROW_INTS * sizeof *rows);
    int32_t *incoming = fresh(message_count * MESSAGE_INTS * sizeof *incoming);
    int got = udp_receive(udp, fd, below(MESSAGES + 2), below(4) ? 1 << 20 : below(200000), rows, row_count, incoming, message_count);
    for (int m = 0; m < got; m++) {
      const int32_t *message = incoming + m * MESSAGE_INTS;
      came++;
      must(message[MESSAGE_FIRST_ROW] + message[MESSAGE_ROWS] <= (int32_t)row_count, "rows fit");
      for (int32_t r = 0; r < message[MESSAGE_ROWS]; r++) {
        const int32_t *row = rows + (message[MESSAGE_FIRST_ROW] + r) * ROW_INTS;
        must(row[ROW_OFFSET] >= 0 && row[ROW_LENGTH] >= 0 &&
                 (size_t)row[ROW_OFFSET] + (size_t)row[ROW_LENGTH] <= arena_bytes,
             "a datagram lies in the arena");
      }
    }
    free(incoming);
    free(rows);
  }
  must(came <= sent, "nothing came that was not sent");
  close(fd);
  udp_free(udp);
  free(arena);
}

int main(int count, char **arguments) {
  uint64_t seed = count > 1 ? strtoull(arguments[1], NULL, 10) : (uint64_t)time(NULL);
  uint64_t rounds = count > 2 ? strtoull(arguments[2], NULL, 10) : 20000;
  printf("SEED=%llu\n", (unsigned long long)seed);
  fflush(stdout);
  for (uint64_t round = 0; round < rounds; round++) {
    state = seed + round * 0x632be59bd9b4e019u;
    fuzz_aead();
    fuzz_control();
    if (round % 4 == 0) fuzz_twins();
    if (round % 16 == 0) fuzz_sockets();
  }
  printf("%llu rounds\n", (unsigned long long)rounds);
  return 0;
}
