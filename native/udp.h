/*
 * UDP sockets that give and take many datagrams a system call. No protocol: datagrams, addresses, and what the outer IP
 * header says of congestion.
 */
#ifndef WG_ROUTER_UDP_H
#define WG_ROUTER_UDP_H

#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

struct udp;

/* Messages lie in `arena`: incoming ones in its first MESSAGES * MESSAGE_STRIDE. Null without memory or room. */
struct udp *udp_new(uint8_t *arena, size_t arena_bytes);
void udp_free(struct udp *udp);

struct udp_buffers {
  int receive_bytes;
  int send_bytes;
  /* Whether the kernel puts trains of datagrams together. */
  int joins;
};

/*
 * A bound socket of the family (4 or 6) on every address, not blocking, or -errno. It says which address was called and
 * the outer TOS, and its datagrams may be fragmented on their way. `buffer_bytes` is what is asked for each way,
 * `buffers` what was granted.
 */
int udp_open(int family, uint16_t port, int wants_joined, int buffer_bytes, struct udp_buffers *buffers);
/* The port it is bound to, or -errno. */
int udp_port(int fd);

/*
 * Takes messages off the socket, at most `most` with one system call, and writes a row for each datagram and one for
 * each message. Returns the number of messages, or -errno. Where rows or `most_bytes` do not suffice for all that came,
 * the rest waits: `udp_waiting`, and the next call, of whichever socket, delivers it.
 */
int udp_receive(struct udp *udp, int fd, uint32_t most, int64_t most_bytes, int32_t *rows, uint32_t row_count,
                int32_t *messages, uint32_t message_count);
uint32_t udp_waiting(const struct udp *udp);

/*
 * Sends messages `from` to `count` of the table and returns how many left, at least one, or -errno when the first of
 * them did not; EINVAL also for one that does not lie in the arena.
 */
int udp_send(struct udp *udp, int fd, const int32_t *messages, uint32_t from, uint32_t count);

/* Room for every control message that we ask for. */
enum { CONTROL_BYTES = 128 };

/* What the kernel said of a message, into a row of the table but its first two columns; the tests' too. */
void udp_read_message(const struct msghdr *header, unsigned bytes, int32_t *message);
/* The other way: `address` has room for any, `control` for CONTROL_BYTES. False where the row makes no sense. */
int udp_write_message(const int32_t *message, struct msghdr *header, struct sockaddr_storage *address, uint8_t *control);

#endif
