/*
 * See udp.h; udp(7), ip(7), ipv6(7), recvmmsg(2).
 */
#define _GNU_SOURCE
#include "udp.h"

#include <errno.h>
#include <limits.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/udp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "layout.h"

#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif
#ifndef UDP_GRO
#define UDP_GRO 104
#endif

struct udp {
  uint8_t *arena;
  int64_t arena_bytes;
  /* Received and not delivered yet: from `next` to `came`. */
  uint32_t next;
  uint32_t came;
  struct mmsghdr incoming[MESSAGES];
  struct iovec incoming_bytes[MESSAGES];
  struct sockaddr_storage incoming_from[MESSAGES];
  _Alignas(struct cmsghdr) uint8_t incoming_control[MESSAGES][CONTROL_BYTES];
  struct mmsghdr outgoing[MESSAGES];
  struct iovec outgoing_bytes[MESSAGES];
  struct sockaddr_storage outgoing_to[MESSAGES];
  _Alignas(struct cmsghdr) uint8_t outgoing_control[MESSAGES][CONTROL_BYTES];
};

struct udp *udp_new(uint8_t *arena, size_t arena_bytes) {
  if (arena_bytes > INT_MAX || arena_bytes < (size_t)MESSAGES * MESSAGE_STRIDE) return NULL;
  struct udp *udp = calloc(1, sizeof *udp);
  if (udp == NULL) return NULL;
  udp->arena = arena;
  udp->arena_bytes = (int64_t)arena_bytes;
  return udp;
}

void udp_free(struct udp *udp) {
  free(udp);
}

static int set(int fd, int level, int option, int value) {
  return setsockopt(fd, level, option, &value, sizeof value);
}

/* What the kernel grants of `bytes`; beyond the system's bound only to who may (CAP_NET_ADMIN). */
static int enlarge(int fd, int forced, int plain, int bytes) {
  if (set(fd, SOL_SOCKET, forced, bytes) != 0) set(fd, SOL_SOCKET, plain, bytes);
  int granted = 0;
  socklen_t size = sizeof granted;
  getsockopt(fd, SOL_SOCKET, plain, &granted, &size);
  /* Linux doubles what it was asked for, for its own bookkeeping, and says the double. */
  return granted / 2;
}

int udp_open(int family, uint16_t port, int wants_joined, int buffer_bytes, struct udp_buffers *buffers) {
  int is_four = family == 4;
  int fd = socket(is_four ? AF_INET : AF_INET6, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_UDP);
  if (fd < 0) return -errno;
  int failed = is_four ? set(fd, IPPROTO_IP, IP_PKTINFO, 1) : set(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
  if (!is_four) failed |= set(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1);
  /* Fragments on the way, and not a packet lost for being too large for a path that nobody knows. */
  failed |= is_four ? set(fd, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DONT)
                    : set(fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_DONT);
  failed |= is_four ? set(fd, IPPROTO_IP, IP_RECVTOS, 1) : set(fd, IPPROTO_IPV6, IPV6_RECVTCLASS, 1);
  buffers->receive_bytes = enlarge(fd, SO_RCVBUFFORCE, SO_RCVBUF, buffer_bytes);
  buffers->send_bytes = enlarge(fd, SO_SNDBUFFORCE, SO_SNDBUF, buffer_bytes);
  buffers->joins = wants_joined && set(fd, IPPROTO_UDP, UDP_GRO, 1) == 0;
  struct sockaddr_storage any = {0};
  if (is_four) {
    struct sockaddr_in *four = (struct sockaddr_in *)&any;
    four->sin_family = AF_INET;
    four->sin_port = htons(port);
  } else {
    struct sockaddr_in6 *six = (struct sockaddr_in6 *)&any;
    six->sin6_family = AF_INET6;
    six->sin6_port = htons(port);
  }
  socklen_t size = is_four ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6);
  if (failed == 0 && bind(fd, (struct sockaddr *)&any, size) == 0) return fd;
  int error = errno;
  close(fd);
  return -error;
}

int udp_port(int fd) {
  struct sockaddr_storage local = {0};
  socklen_t size = sizeof local;
  if (getsockname(fd, (struct sockaddr *)&local, &size) != 0) return -errno;
  return ntohs(local.ss_family == AF_INET ? ((struct sockaddr_in *)&local)->sin_port
                                          : ((struct sockaddr_in6 *)&local)->sin6_port);
}

void udp_read_message(const struct msghdr *header, unsigned bytes, int32_t *message) {
  memset(message + MESSAGE_SEGMENT, 0, (MESSAGE_INTS - MESSAGE_SEGMENT) * sizeof *message);
  const struct sockaddr_storage *from = header->msg_name;
  if (from->ss_family == AF_INET && header->msg_namelen >= sizeof(struct sockaddr_in)) {
    const struct sockaddr_in *four = (const struct sockaddr_in *)from;
    message[MESSAGE_FAMILY] = 4;
    message[MESSAGE_PORT] = ntohs(four->sin_port);
    memcpy(&message[MESSAGE_REMOTE], &four->sin_addr, sizeof four->sin_addr);
  } else if (from->ss_family == AF_INET6 && header->msg_namelen >= sizeof(struct sockaddr_in6)) {
    const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)from;
    message[MESSAGE_FAMILY] = 6;
    message[MESSAGE_PORT] = ntohs(six->sin6_port);
    message[MESSAGE_SCOPE] = (int32_t)six->sin6_scope_id;
    memcpy(&message[MESSAGE_REMOTE], &six->sin6_addr, sizeof six->sin6_addr);
  }
  const uint8_t *end = (const uint8_t *)header->msg_control + header->msg_controllen;
  for (struct cmsghdr *c = CMSG_FIRSTHDR(header); c != NULL; c = CMSG_NXTHDR((struct msghdr *)header, c)) {
    if (c->cmsg_len < CMSG_LEN(0) || c->cmsg_len > (size_t)(end - (const uint8_t *)c)) break;
    size_t room = c->cmsg_len - CMSG_LEN(0);
    if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_TOS && room >= 1) {
      message[MESSAGE_TOS] = *CMSG_DATA(c);
    } else if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_TCLASS && room >= sizeof(int)) {
      int value;
      memcpy(&value, CMSG_DATA(c), sizeof value);
      message[MESSAGE_TOS] = value & 255;
    } else if (c->cmsg_level == IPPROTO_UDP && c->cmsg_type == UDP_GRO && room >= sizeof(int)) {
      int value;
      memcpy(&value, CMSG_DATA(c), sizeof value);
      if (value > 0 && (unsigned)value < bytes) message[MESSAGE_SEGMENT] = value;
    } else if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO && room >= sizeof(struct in_pktinfo)) {
      struct in_pktinfo info;
      memcpy(&info, CMSG_DATA(c), sizeof info);
      message[MESSAGE_HAS_LOCAL] = 1;
      memcpy(&message[MESSAGE_LOCAL], &info.ipi_spec_dst, sizeof info.ipi_spec_dst);
    } else if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO && room >= sizeof(struct in6_pktinfo)) {
      struct in6_pktinfo info;
      memcpy(&info, CMSG_DATA(c), sizeof info);
      if (info.ipi6_addr.s6_addr[0] == 0xff) continue;
      message[MESSAGE_HAS_LOCAL] = 1;
      memcpy(&message[MESSAGE_LOCAL], &info.ipi6_addr, sizeof info.ipi6_addr);
    }
  }
}

static int take(struct udp *udp, int fd, uint32_t most) {
  for (uint32_t i = 0; i < most; i++) {
    udp->incoming_bytes[i] = (struct iovec){udp->arena + (size_t)i * MESSAGE_STRIDE, MESSAGE_BYTES};
    udp->incoming[i].msg_hdr = (struct msghdr){
        .msg_name = &udp->incoming_from[i],
        .msg_namelen = sizeof udp->incoming_from[i],
        .msg_iov = &udp->incoming_bytes[i],
        .msg_iovlen = 1,
        .msg_control = udp->incoming_control[i],
        .msg_controllen = CONTROL_BYTES,
    };
  }
  int came;
  do came = recvmmsg(fd, udp->incoming, most, MSG_DONTWAIT, NULL);
  while (came < 0 && errno == EINTR);
  if (came < 0) return -errno;
  udp->next = 0;
  udp->came = (uint32_t)came;
  return came;
}

int udp_receive(struct udp *udp, int fd, uint32_t most, int64_t most_bytes, int32_t *rows, uint32_t row_count,
                int32_t *messages, uint32_t message_count) {
  if (most == 0 || most > MESSAGES || row_count < SEGMENTS || message_count == 0) return -EINVAL;
  if (udp->next == udp->came) {
    int came = take(udp, fd, most);
    if (came < 0) return came;
  }
  uint32_t row = 0;
  uint32_t done = 0;
  int64_t bytes_left = most_bytes;
  for (; udp->next < udp->came && done < message_count; udp->next++, done++) {
    const struct mmsghdr *one = &udp->incoming[udp->next];
    int32_t *message = messages + (size_t)done * MESSAGE_INTS;
    int32_t bytes = one->msg_len > MESSAGE_BYTES ? MESSAGE_BYTES : (int32_t)one->msg_len;
    udp_read_message(&one->msg_hdr, (unsigned)bytes, message);
    int32_t segment = message[MESSAGE_SEGMENT] > 0 ? message[MESSAGE_SEGMENT] : bytes;
    uint32_t wanted = bytes == 0 ? 1 : (uint32_t)((bytes + segment - 1) / segment);
    /* More than the kernel ever joins: the rest is lost, which is better than a table that is too small. */
    if (wanted > SEGMENTS) wanted = SEGMENTS;
    /* The first always fits. */
    if (done > 0 && (wanted > row_count - row || bytes > bytes_left)) break;
    message[MESSAGE_FIRST_ROW] = (int32_t)row;
    message[MESSAGE_ROWS] = (int32_t)wanted;
    int32_t offset = (int32_t)(udp->next * MESSAGE_STRIDE);
    int32_t left = bytes;
    for (uint32_t i = 0; i < wanted; i++, row++) {
      int32_t length = left < segment ? left : segment;
      int32_t *columns = rows + (size_t)row * ROW_INTS;
      columns[ROW_OFFSET] = offset;
      columns[ROW_LENGTH] = length;
      columns[ROW_STATUS] = STATUS_READY;
      columns[ROW_FROM_PEER] = -1;
      columns[ROW_TO_PEER] = -1;
      columns[ROW_TOS] = message[MESSAGE_TOS];
      offset += length;
      left -= length;
    }
    bytes_left -= bytes;
  }
  return (int)done;
}

uint32_t udp_waiting(const struct udp *udp) {
  return udp->came - udp->next;
}

static struct cmsghdr *put(struct cmsghdr *at, int level, int type, const void *value, size_t bytes, size_t *used) {
  at->cmsg_level = level;
  at->cmsg_type = type;
  at->cmsg_len = CMSG_LEN(bytes);
  memcpy(CMSG_DATA(at), value, bytes);
  *used += CMSG_SPACE(bytes);
  return (struct cmsghdr *)((uint8_t *)at + CMSG_SPACE(bytes));
}

int udp_write_message(const int32_t *message, struct msghdr *header, struct sockaddr_storage *address,
                      uint8_t *control) {
  int is_four = message[MESSAGE_FAMILY] == 4;
  int32_t port = message[MESSAGE_PORT];
  if ((!is_four && message[MESSAGE_FAMILY] != 6) || port <= 0 || port > 65535) return 0;
  memset(address, 0, sizeof *address);
  if (is_four) {
    struct sockaddr_in *four = (struct sockaddr_in *)address;
    four->sin_family = AF_INET;
    four->sin_port = htons((uint16_t)port);
    memcpy(&four->sin_addr, &message[MESSAGE_REMOTE], sizeof four->sin_addr);
    header->msg_namelen = sizeof *four;
  } else {
    struct sockaddr_in6 *six = (struct sockaddr_in6 *)address;
    six->sin6_family = AF_INET6;
    six->sin6_port = htons((uint16_t)port);
    six->sin6_scope_id = (uint32_t)message[MESSAGE_SCOPE];
    memcpy(&six->sin6_addr, &message[MESSAGE_REMOTE], sizeof six->sin6_addr);
    header->msg_namelen = sizeof *six;
  }
  header->msg_name = address;
  memset(control, 0, CONTROL_BYTES);
  size_t used = 0;
  struct cmsghdr *at = (struct cmsghdr *)control;
  if (message[MESSAGE_HAS_LOCAL] && is_four) {
    struct in_pktinfo info = {0};
    memcpy(&info.ipi_spec_dst, &message[MESSAGE_LOCAL], sizeof info.ipi_spec_dst);
    at = put(at, IPPROTO_IP, IP_PKTINFO, &info, sizeof info, &used);
  } else if (message[MESSAGE_HAS_LOCAL]) {
    struct in6_pktinfo info = {0};
    memcpy(&info.ipi6_addr, &message[MESSAGE_LOCAL], sizeof info.ipi6_addr);
    at = put(at, IPPROTO_IPV6, IPV6_PKTINFO, &info, sizeof info, &used);
  }
  if (message[MESSAGE_TOS] != 0) {
    int tos = message[MESSAGE_TOS] & 255;
    at = put(at, is_four ? IPPROTO_IP : IPPROTO_IPV6, is_four ? IP_TOS : IPV6_TCLASS, &tos, sizeof tos, &used);
  }
  if (message[MESSAGE_SEGMENT] > 0) {
    uint16_t segment = (uint16_t)message[MESSAGE_SEGMENT];
    put(at, IPPROTO_UDP, UDP_SEGMENT, &segment, sizeof segment, &used);
  }
  header->msg_control = used > 0 ? control : NULL;
  header->msg_controllen = used;
  return 1;
}

int udp_send(struct udp *udp, int fd, const int32_t *messages, uint32_t from, uint32_t count) {
  if (from >= count) return -EINVAL;
  uint32_t ready = 0;
  for (; ready < MESSAGES && from + ready < count; ready++) {
    const int32_t *message = messages + (size_t)(from + ready) * MESSAGE_INTS;
    int64_t offset = message[MESSAGE_OFFSET];
    int64_t length = message[MESSAGE_LENGTH];
    int64_t segment = message[MESSAGE_SEGMENT];
    if (offset < 0 || length < 0 || segment < 0 || segment > UINT16_MAX || offset > udp->arena_bytes - length) break;
    struct msghdr *header = &udp->outgoing[ready].msg_hdr;
    *header = (struct msghdr){0};
    if (!udp_write_message(message, header, &udp->outgoing_to[ready], udp->outgoing_control[ready])) break;
    udp->outgoing_bytes[ready] = (struct iovec){udp->arena + offset, (size_t)length};
    header->msg_iov = &udp->outgoing_bytes[ready];
    header->msg_iovlen = 1;
  }
  if (ready == 0) return -EINVAL;
  int sent;
  do sent = sendmmsg(fd, udp->outgoing, ready, MSG_DONTWAIT);
  while (sent < 0 && errno == EINTR);
  return sent < 0 ? -errno : sent;
}
