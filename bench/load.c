/*
 * The load of the benches: sends datagrams that were sealed beforehand, and counts what the router makes of them.
 * Compiled when a bench starts. One process with a socket in each of two network namespaces, so that it knows how many
 * datagrams are on their way.
 *
 *   load pipe  NETNS ADDRESS PORT HUB HUB_PORT
 *     Carries datagrams both ways between standard streams and a socket, each after its length in two bytes
 *     (little-endian). For handshakes.
 *
 *   load run   FROM_NETNS ADDRESS PORT TO_NETNS ADDRESS PORT HUB HUB_PORT FILE BYTES TYPE WINDOW RATE WARM SAMPLES TRAIN
 *     Sends the datagrams in FILE, BYTES each, and counts those of the message type TYPE that come out at TO (which may
 *     be FROM). With a WINDOW, a next one leaves only when fewer than that are on their way, so that nothing is lost in
 *     a queue; 0 is none. With a RATE, no more than that a second leave; 0 is as fast as the window allows. After the
 *     first WARM datagrams it prints a line and waits for one. Every 64th datagram that comes goes to the file SAMPLES,
 *     BYTES each. With a TRAIN above 1, so many datagrams leave as one message that the kernel takes apart where it must
 *     (UDP_SEGMENT), which is what bulk TCP looks like to a router.
 *     Prints "sent received lost seconds".
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/udp.h>
#include <poll.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif
#ifndef UDP_GRO
#define UDP_GRO 104
#endif

enum { LARGEST = 2048, MESSAGE = 65536, BURST = 64, SAMPLE_EVERY = 64, STALLED_NS = 2000000000, SILENT_NS = 300000000 };

static void fail(const char *what) {
  perror(what);
  exit(2);
}

static int64_t now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static struct sockaddr_in address(const char *host, const char *port) {
  struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(atoi(port))};
  if (inet_pton(AF_INET, host, &a.sin_addr) != 1) fail(host);
  return a;
}

/* A socket in that namespace; it stays there when the process moves on. */
static int socket_in(const char *netns, const char *host, const char *port) {
  char path[256];
  snprintf(path, sizeof path, "/run/netns/%s", netns);
  int space = open(path, O_RDONLY | O_CLOEXEC);
  if (space < 0 || setns(space, CLONE_NEWNET) != 0) fail(path);
  close(space);
  int s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  struct sockaddr_in local = address(host, port);
  int bytes = 4 << 20;
  setsockopt(s, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
  setsockopt(s, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
  if (s < 0 || bind(s, (struct sockaddr *)&local, sizeof local) != 0) fail("bind");
  return s;
}

static int read_all(uint8_t *to, size_t bytes) {
  while (bytes > 0) {
    ssize_t n = read(0, to, bytes);
    if (n <= 0) return 0;
    to += n;
    bytes -= n;
  }
  return 1;
}

static void pipe_datagrams(char **a) {
  int s = socket_in(a[0], a[1], a[2]);
  struct sockaddr_in hub = address(a[3], a[4]);
  struct pollfd ready[2] = {{.fd = 0, .events = POLLIN}, {.fd = s, .events = POLLIN}};
  uint8_t frame[2 + LARGEST];
  for (;;) {
    poll(ready, 2, -1);
    if (ready[0].revents) {
      if (!read_all(frame, 2)) return;
      size_t bytes = frame[0] | frame[1] << 8;
      if (bytes > LARGEST || !read_all(frame + 2, bytes)) return;
      sendto(s, frame + 2, bytes, 0, (struct sockaddr *)&hub, sizeof hub);
    }
    if (ready[1].revents) {
      ssize_t bytes = recv(s, frame + 2, LARGEST, 0);
      if (bytes < 0) continue;
      frame[0] = bytes & 255;
      frame[1] = bytes >> 8;
      if (write(1, frame, 2 + bytes) != 2 + bytes) return;
    }
  }
}

static int from, to;
static struct sockaddr_in hub;
static uint8_t *packets;
static int bytes_each, wanted_type, train = 1, samples = -1;
static int64_t sent, received, lost;

static void send_train(int count) {
  _Alignas(struct cmsghdr) uint8_t control[CMSG_SPACE(sizeof(uint16_t))] = {0};
  struct iovec part = {packets + sent * bytes_each, (size_t)count * bytes_each};
  struct msghdr message = {.msg_name = &hub, .msg_namelen = sizeof hub, .msg_iov = &part, .msg_iovlen = 1};
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  struct cmsghdr *segment = CMSG_FIRSTHDR(&message);
  uint16_t bytes = bytes_each;
  *segment = (struct cmsghdr){.cmsg_level = IPPROTO_UDP, .cmsg_type = UDP_SEGMENT, .cmsg_len = CMSG_LEN(sizeof bytes)};
  memcpy(CMSG_DATA(segment), &bytes, sizeof bytes);
  if (sendmsg(from, &message, 0) > 0) sent += count;
  else if (errno != EAGAIN && errno != ENOBUFS && errno != ECONNREFUSED) fail("sendmsg");
}

static void send_next(int count) {
  struct mmsghdr messages[BURST] = {0};
  struct iovec parts[BURST];
  for (int i = 0; i < count; i++) {
    parts[i] = (struct iovec){packets + (sent + i) * bytes_each, bytes_each};
    messages[i].msg_hdr = (struct msghdr){.msg_name = &hub, .msg_namelen = sizeof hub, .msg_iov = &parts[i], .msg_iovlen = 1};
  }
  if (train > 1) {
    send_train(count);
    return;
  }
  int done = sendmmsg(from, messages, count, 0);
  if (done < 0 && errno != EAGAIN && errno != ENOBUFS && errno != ECONNREFUSED) fail("sendmmsg");
  if (done > 0) sent += done;
}

static int count_datagram(const uint8_t *bytes, int length) {
  /* A keepalive is no relayed packet. */
  if (bytes[0] != wanted_type || (wanted_type == 4 && length <= 32)) return 0;
  if (samples >= 0 && received % SAMPLE_EVERY == 0 && length == bytes_each) {
    if (write(samples, bytes, bytes_each) != bytes_each) fail("samples");
  }
  received++;
  return 1;
}

/* Datagrams in a message that the kernel joined. */
static int segment_of(struct msghdr *message, int length) {
  for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c != NULL; c = CMSG_NXTHDR(message, c)) {
    if (c->cmsg_level == IPPROTO_UDP && c->cmsg_type == UDP_GRO) return *(int *)CMSG_DATA(c);
  }
  return length;
}

/* Takes what has come, waiting for the first up to `wait_ms`; returns how many counted. */
static int receive(int wait_ms) {
  static uint8_t room[BURST][MESSAGE];
  static _Alignas(struct cmsghdr) uint8_t control[BURST][CMSG_SPACE(sizeof(int))];
  static struct mmsghdr messages[BURST];
  static struct iovec parts[BURST];
  for (int i = 0; i < BURST; i++) {
    parts[i] = (struct iovec){room[i], MESSAGE};
    messages[i].msg_hdr = (struct msghdr){
        .msg_iov = &parts[i], .msg_iovlen = 1, .msg_control = control[i], .msg_controllen = sizeof control[i]};
  }
  int done = recvmmsg(to, messages, BURST, MSG_DONTWAIT, NULL);
  if (done <= 0 && wait_ms > 0) {
    struct pollfd ready = {.fd = to, .events = POLLIN};
    if (poll(&ready, 1, wait_ms) > 0) done = recvmmsg(to, messages, BURST, MSG_DONTWAIT, NULL);
  }
  int counted = 0;
  for (int i = 0; i < done; i++) {
    int length = messages[i].msg_len, segment = segment_of(&messages[i].msg_hdr, length);
    for (int at = 0; at < length; at += segment) {
      counted += count_datagram(room[i] + at, length - at < segment ? length - at : segment);
    }
  }
  return counted;
}

/*
 * Sends up to the number `until`, and waits for what is on its way. What has not come after STALLED_NS without any, or
 * without a window after SILENT_NS, is lost. Returns when the last came.
 * With window and rate both, time that passed without room in the window is not made up for by a burst.
 */
static int64_t send_all(int64_t until, int64_t window, double rate) {
  int64_t progress = now_ns(), before = progress, last = progress;
  double due = 0;
  const int at_once = train > 1 ? train : 16;
  while (sent < until || sent - received - lost > 0) {
    int64_t now = now_ns(), count = until - sent, room = window - (sent - received - lost);
    due += (now - before) * rate / 1e9;
    before = now;
    if (window > 0 && due > at_once) due = at_once;
    if (window > 0 && count > room) count = room;
    if (rate > 0 && count > (int64_t)due) count = due;
    if (count > at_once) count = at_once;
    /* Whole trains only, but for the last. */
    if (train > 1 && count < train && sent + count < until) count = 0;
    if (count > 0) {
      send_next(count);
      if (rate > 0) due -= count;
    }
    int must_wait = sent >= until || (window > 0 && sent - received - lost >= window);
    if (receive(must_wait ? 10 : 0) > 0) progress = last = now_ns();
    else if (count <= 0 && !must_wait && window == 0) usleep(50);
    if (sent - received - lost == 0) progress = now_ns();
    if (now_ns() - progress > (window > 0 ? STALLED_NS : SILENT_NS)) {
      lost = sent - received;
      progress = now_ns();
    }
  }
  return last;
}

static void run(char **a) {
  from = socket_in(a[0], a[1], a[2]);
  to = strcmp(a[0], a[3]) || strcmp(a[2], a[5]) ? socket_in(a[3], a[4], a[5]) : from;
  hub = address(a[6], a[7]);
  bytes_each = atoi(a[9]);
  wanted_type = atoi(a[10]);
  int window = atoi(a[11]);
  double rate = atof(a[12]);
  int64_t warm = atoll(a[13]);
  train = atoi(a[15]);
  int on = 1;
  if (train > 1 && setsockopt(to, IPPROTO_UDP, UDP_GRO, &on, sizeof on) != 0) fail("UDP_GRO");
  int file = open(a[8], O_RDONLY);
  struct stat about;
  if (file < 0 || fstat(file, &about) != 0) fail(a[8]);
  packets = mmap(NULL, about.st_size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, file, 0);
  if (packets == MAP_FAILED) fail("mmap");
  int64_t all = about.st_size / bytes_each;

  send_all(warm, window, rate);
  printf("warm\n");
  fflush(stdout);
  if (getchar() == EOF) exit(1);

  samples = open(a[14], O_WRONLY | O_CREAT | O_TRUNC, 0600);
  if (samples < 0) fail(a[14]);
  int64_t sent_before = sent, received_before = received, lost_before = lost, started = now_ns();
  double seconds = (send_all(all, window, rate) - started) / 1e9;
  printf("%lld %lld %lld %.6f\n", (long long)(sent - sent_before), (long long)(received - received_before),
         (long long)(lost - lost_before), seconds);
}

int main(int count, char **arguments) {
  if (count == 7 && !strcmp(arguments[1], "pipe")) pipe_datagrams(arguments + 2);
  else if (count == 18 && !strcmp(arguments[1], "run")) run(arguments + 2);
  else return 64;
  return 0;
}
