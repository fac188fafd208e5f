/*
 * The floor under a relay: receives as it does (UDP_GRO), opens, seals with another key, and sends as it does
 * (UDP_SEGMENT). No index, no replay window, no routes, no timers, no JavaScript. What a relay costs above this is what it
 * knows of WireGuard and of routing.
 *
 *   floor PORT DEST DEST_PORT ROOM    after 64 bytes of keys on standard input: the one to open with and the one to seal with
 *
 * ROOM is how many messages are asked for at a time. Receiver index and counter of what leaves count up from 0. The
 * module's own files do the work: compiled with aead.c and udp.c of native/ and with OpenSSL. It says its port, and ends
 * with its standard input.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "aead.h"
#include "layout.h"
#include "udp.h"

enum { ROWS = 8 * SEGMENTS, OUT = MESSAGES * MESSAGE_STRIDE, ARENA = OUT + 16 * MESSAGE_BYTES, OPEN = 0, SEAL = 1 };

static void fail(const char *what) {
  perror(what);
  exit(2);
}

/* Trains of one size to the one destination there is, from `order` on. */
static uint32_t write_trains(const int32_t *rows, const int32_t *order, uint32_t count, const int32_t *to, int32_t *out) {
  uint32_t messages = 0;
  int32_t *message = NULL;
  int may_grow = 0;
  for (uint32_t i = 0; i < count; i++) {
    const int32_t *row = rows + order[i] * ROW_INTS;
    int32_t length = row[ROW_LENGTH];
    int32_t segment = message == NULL ? 0 : message[MESSAGE_SEGMENT] ? message[MESSAGE_SEGMENT] : message[MESSAGE_LENGTH];
    if (may_grow && length <= segment && message[MESSAGE_LENGTH] + length <= 65000 &&
        message[MESSAGE_LENGTH] < 64 * segment) {
      message[MESSAGE_SEGMENT] = segment;
      message[MESSAGE_LENGTH] += length;
      may_grow = length == segment;
      continue;
    }
    message = out + messages++ * MESSAGE_INTS;
    memcpy(message, to, MESSAGE_INTS * sizeof *message);
    message[MESSAGE_OFFSET] = row[ROW_OFFSET];
    message[MESSAGE_LENGTH] = length;
    may_grow = 1;
  }
  return messages;
}

int main(int argc, char **a) {
  static int32_t rows[ROWS * ROW_INTS], order[ROWS], came[MESSAGES * MESSAGE_INTS], out[ROWS * MESSAGE_INTS];
  uint8_t keys[2 * KEY_BYTES];
  uint8_t *arena = malloc(ARENA);
  if (argc != 5 || fread(keys, sizeof keys, 1, stdin) != 1) return 64;
  struct udp_buffers granted;
  struct udp *udp = udp_new(arena, ARENA);
  struct aead *aead = aead_new(arena, ARENA, 2, 1);
  int fd = udp_open(4, (uint16_t)atoi(a[1]), 1, 7 << 20, &granted);
  if (udp == NULL || aead == NULL || fd < 0) fail("floor");
  aead_set_key(aead, OPEN, keys);
  aead_set_key(aead, SEAL, keys + KEY_BYTES);
  int32_t to[MESSAGE_INTS] = {0};
  to[MESSAGE_FAMILY] = 4;
  to[MESSAGE_PORT] = atoi(a[3]);
  if (inet_pton(AF_INET, a[2], &to[MESSAGE_REMOTE]) != 1) fail(a[2]);
  uint32_t room = (uint32_t)atoi(a[4]);
  uint64_t counter = 0;
  printf("%d\n", udp_port(fd));
  fflush(stdout);
  struct pollfd ready[2] = {{.fd = fd, .events = POLLIN}, {.fd = 0, .events = POLLIN}};
  for (;;) {
    poll(ready, 2, -1);
    if (ready[1].revents) return 0;
    int messages = udp_receive(udp, fd, room, 8 * MESSAGE_BYTES, rows, ROWS, came, MESSAGES);
    if (messages <= 0) continue;
    const int32_t *last = came + (messages - 1) * MESSAGE_INTS;
    uint32_t count = (uint32_t)(last[MESSAGE_FIRST_ROW] + last[MESSAGE_ROWS]);
    for (uint32_t i = 0; i < count; i++) {
      int32_t *row = rows + i * ROW_INTS;
      if (row[ROW_LENGTH] < HEADER_BYTES + TAG_BYTES) row[ROW_STATUS] = STATUS_DROPPED;
      row[ROW_KEY_SLOT] = OPEN;
      memcpy(&row[ROW_COUNTER_LOW], arena + row[ROW_OFFSET] + 8, 8);
    }
    aead_open_rows(aead, rows, count, 0);
    uint32_t good = 0;
    for (uint32_t i = 0; i < count; i++) {
      int32_t *row = rows + i * ROW_INTS;
      if (row[ROW_STATUS] != STATUS_READY) continue;
      memcpy(arena + row[ROW_OFFSET] + 8, &counter, sizeof counter);
      row[ROW_COUNTER_LOW] = (int32_t)counter;
      row[ROW_COUNTER_HIGH] = (int32_t)(counter >> 32);
      row[ROW_KEY_SLOT] = SEAL;
      counter++;
      order[good++] = (int32_t)i;
    }
    aead_seal_rows(aead, rows, ROWS, order, good, OUT, ARENA);
    uint32_t leaving = write_trains(rows, order, good, to, out);
    for (uint32_t from = 0; from < leaving;) {
      int sent = udp_send(udp, fd, out, from, leaving);
      if (sent > 0) from += (uint32_t)sent;
      else if (sent == -11) poll(&(struct pollfd){.fd = fd, .events = POLLOUT}, 1, -1);
      else from++;
    }
  }
}
