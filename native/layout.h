/*
 * What TypeScript and C share: the columns of a packet's row and of a message's row, both of int32. TypeScript compares
 * them with its own when it loads the module (src/relay/native/module.ts), so a module of another build is refused.
 */
#ifndef WG_ROUTER_LAYOUT_H
#define WG_ROUTER_LAYOUT_H

/* Goes up when a function or a column means something else than before. */
enum { NATIVE_VERSION = 1 };

/* A packet; see src/wireguard/batch.ts. */
enum {
  ROW_OFFSET = 0,
  ROW_LENGTH = 1,
  ROW_STATUS = 2,
  ROW_REASON = 3,
  ROW_FROM_PEER = 4,
  ROW_TO_PEER = 5,
  ROW_KEY_SLOT = 6,
  ROW_COUNTER_LOW = 7,
  ROW_COUNTER_HIGH = 8,
  ROW_TOS = 11,
  ROW_INTS = 12,
};

enum { STATUS_READY = 0, STATUS_DROPPED = 1 };

enum { HEADER_BYTES = 16, TAG_BYTES = 16, KEY_BYTES = 32 };

/*
 * A message: what one system call receives or sends, one datagram or a train of them. Coming in, the first two columns
 * are its first packet's row and how many packets it has; going out, its place in the arena and its bytes. SEGMENT is
 * the size of all its datagrams but the last; 0 is one datagram.
 */
enum {
  MESSAGE_FIRST_ROW = 0,
  MESSAGE_ROWS = 1,
  MESSAGE_OFFSET = 0,
  MESSAGE_LENGTH = 1,
  MESSAGE_SEGMENT = 2,
  MESSAGE_TOS = 3,
  /* Who is at the other end, and which of our addresses was called or is to be used. Addresses as the wire has them. */
  MESSAGE_FAMILY = 4,
  MESSAGE_PORT = 5,
  MESSAGE_SCOPE = 6,
  MESSAGE_HAS_LOCAL = 7,
  MESSAGE_REMOTE = 8,
  MESSAGE_LOCAL = 12,
  MESSAGE_INTS = 16,
};

/*
 * Messages of one system call, bytes of each when it comes in, and from one to the next in the arena. Not a power of two:
 * datagrams at such distances would all want the same few lines of the processor's cache.
 */
enum { MESSAGES = 256, MESSAGE_BYTES = 65536, MESSAGE_STRIDE = MESSAGE_BYTES + 1600 };
/* Datagrams that the kernel puts into one message at most: 64, and 128 since Linux 6.9. */
enum { SEGMENTS = 128 };

#endif
