/*
 * The module as JavaScript sees it: arguments checked and taken apart, nothing decided. README.md has the interface,
 * src/relay/native/module.ts its types.
 *
 * Mistakes of the caller throw; what the system says is a negative errno. A handle is an external that begins with its
 * kind, so that one is never taken for another. The arena is an ArrayBuffer of the caller's that is never detached; each
 * handle keeps it alive.
 */
#define _GNU_SOURCE
#include <net/if.h>
#include <node_api.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#include "aead.h"
#include "layout.h"
#include "udp.h"

enum kind { AEAD = 0x41454144, UDP = 0x55445000, SOCKET = 0x534f434b };

struct handle {
  enum kind kind;
  napi_ref arena;
  union {
    struct aead *aead;
    struct udp *udp;
  };
};

struct sock {
  enum kind kind;
  int fd;
  napi_env env;
  napi_ref callback;
  napi_async_context context;
  uv_poll_t poll;
  /* It is freed when both the event loop and the collector have let go of it. */
  int is_closing;
  int is_closed;
  int is_collected;
};

static napi_value throw_range(napi_env env, const char *what) {
  napi_throw_range_error(env, NULL, what);
  return NULL;
}

static napi_value integer(napi_env env, int64_t value) {
  napi_value result = NULL;
  napi_create_int64(env, value, &result);
  return result;
}

/* The arguments, or false with an error thrown where there are fewer. */
static int arguments(napi_env env, napi_callback_info info, size_t count, napi_value *values) {
  size_t given = count;
  if (napi_get_cb_info(env, info, &given, values, NULL, NULL) == napi_ok && given >= count) return 1;
  throw_range(env, "too few arguments");
  return 0;
}

static void *handle_of(napi_env env, napi_value value, enum kind kind) {
  void *data = NULL;
  napi_valuetype type;
  if (napi_typeof(env, value, &type) == napi_ok && type == napi_external &&
      napi_get_value_external(env, value, &data) == napi_ok && data != NULL && *(enum kind *)data == kind) {
    return data;
  }
  throw_range(env, "not a handle of this kind");
  return NULL;
}

/* A view's memory and its number of elements, or null with an error thrown. */
static void *view_of(napi_env env, napi_value value, napi_typedarray_type wanted, size_t *length) {
  napi_typedarray_type type;
  void *data = NULL;
  if (napi_get_typedarray_info(env, value, &type, length, &data, NULL, NULL) == napi_ok && type == wanted &&
      data != NULL) {
    return data;
  }
  throw_range(env, "not a view of this type");
  return NULL;
}

/* An integer that a double holds exactly; false with an error thrown for anything else. */
static int number_of(napi_env env, napi_value value, int64_t *number) {
  double given;
  if (napi_get_value_double(env, value, &given) == napi_ok && given >= -9007199254740991.0 &&
      given <= 9007199254740991.0) {
    *number = (int64_t)given;
    return 1;
  }
  throw_range(env, "not an integer");
  return 0;
}

/* The same within bounds. */
static int bounded(napi_env env, napi_value value, int64_t least, int64_t most, int64_t *number) {
  if (!number_of(env, value, number)) return 0;
  if (*number >= least && *number <= most) return 1;
  throw_range(env, "a number out of bounds");
  return 0;
}

static void collect_handle(napi_env env, void *data, void *hint) {
  (void)hint;
  struct handle *handle = data;
  if (handle->kind == AEAD) aead_free(handle->aead);
  else udp_free(handle->udp);
  if (handle->arena != NULL) napi_delete_reference(env, handle->arena);
  free(handle);
}

static napi_value new_handle(napi_env env, struct handle handle, napi_value arena) {
  struct handle *kept = malloc(sizeof *kept);
  napi_value result = NULL;
  if (kept == NULL) return throw_range(env, "no memory");
  *kept = handle;
  if (napi_create_reference(env, arena, 1, &kept->arena) != napi_ok) kept->arena = NULL;
  if (napi_create_external(env, kept, collect_handle, NULL, &result) == napi_ok) return result;
  collect_handle(env, kept, NULL);
  return throw_range(env, "no memory");
}

static napi_value outcome(napi_env env, int result) {
  if (result == AEAD_OUTSIDE) return throw_range(env, "bytes that are not in the arena");
  if (result == AEAD_NO_KEY) return throw_range(env, "a key slot that is empty");
  if (result == AEAD_FAILED) return throw_range(env, "OpenSSL has no memory");
  return integer(env, result);
}

/* aeadNew(arena, slots, wantsOwn) */
static napi_value aead_new_js(napi_env env, napi_callback_info info) {
  napi_value a[3];
  size_t bytes;
  int64_t slots;
  bool wants_own;
  if (!arguments(env, info, 3, a)) return NULL;
  uint8_t *arena = view_of(env, a[0], napi_uint8_array, &bytes);
  if (arena == NULL || !bounded(env, a[1], 1, INT32_MAX, &slots)) return NULL;
  if (napi_get_value_bool(env, a[2], &wants_own) != napi_ok) return throw_range(env, "not a boolean");
  struct handle handle = {.kind = AEAD, .aead = aead_new(arena, bytes, (uint32_t)slots, wants_own)};
  return handle.aead == NULL ? throw_range(env, "no ChaCha20-Poly1305 here") : new_handle(env, handle, a[0]);
}

/* aeadIsOwn(aead) */
static napi_value aead_is_own_js(napi_env env, napi_callback_info info) {
  napi_value a[1], result = NULL;
  if (!arguments(env, info, 1, a)) return NULL;
  struct handle *handle = handle_of(env, a[0], AEAD);
  if (handle != NULL) napi_get_boolean(env, aead_is_own(handle->aead), &result);
  return result;
}

/* aeadSetKey(aead, slot, key or null) */
static napi_value aead_set_key_js(napi_env env, napi_callback_info info) {
  napi_value a[3];
  int64_t slot;
  size_t bytes = KEY_BYTES;
  uint8_t *key = NULL;
  napi_valuetype type;
  if (!arguments(env, info, 3, a)) return NULL;
  struct handle *handle = handle_of(env, a[0], AEAD);
  if (handle == NULL || !bounded(env, a[1], 0, INT32_MAX, &slot)) return NULL;
  napi_typeof(env, a[2], &type);
  if (type != napi_null && (key = view_of(env, a[2], napi_uint8_array, &bytes)) == NULL) return NULL;
  if (bytes != KEY_BYTES) return throw_range(env, "a key of another length");
  return outcome(env, aead_set_key(handle->aead, (uint32_t)slot, key));
}

/* aeadSeal and aeadOpen (aead, slot, counter, offset, length) */
static napi_value one(napi_env env, napi_callback_info info, int is_sealing) {
  napi_value a[5];
  int64_t slot, counter, offset, length;
  if (!arguments(env, info, 5, a)) return NULL;
  struct handle *handle = handle_of(env, a[0], AEAD);
  if (handle == NULL || !bounded(env, a[1], INT32_MIN, INT32_MAX, &slot) ||
      !bounded(env, a[2], 0, INT64_MAX, &counter) || !bounded(env, a[3], INT32_MIN, INT32_MAX, &offset) ||
      !bounded(env, a[4], INT32_MIN, INT32_MAX, &length)) {
    return NULL;
  }
  return outcome(env, is_sealing
                          ? aead_seal(handle->aead, (uint32_t)slot, (uint64_t)counter, offset, offset, length)
                          : aead_open(handle->aead, (uint32_t)slot, (uint64_t)counter, offset, length));
}

static napi_value aead_seal_js(napi_env env, napi_callback_info info) {
  return one(env, info, 1);
}

static napi_value aead_open_js(napi_env env, napi_callback_info info) {
  return one(env, info, 0);
}

/* aeadOpenRows(aead, rows, count, wrongTag) */
static napi_value aead_open_rows_js(napi_env env, napi_callback_info info) {
  napi_value a[4];
  size_t ints;
  int64_t count, wrong_tag;
  if (!arguments(env, info, 4, a)) return NULL;
  struct handle *handle = handle_of(env, a[0], AEAD);
  int32_t *rows = handle == NULL ? NULL : view_of(env, a[1], napi_int32_array, &ints);
  if (rows == NULL || !bounded(env, a[2], 0, (int64_t)(ints / ROW_INTS), &count) ||
      !bounded(env, a[3], 0, INT32_MAX, &wrong_tag)) {
    return NULL;
  }
  return outcome(env, aead_open_rows(handle->aead, rows, (uint32_t)count, (int32_t)wrong_tag));
}

/* aeadSealRows(aead, rows, order, count, to, end) */
static napi_value aead_seal_rows_js(napi_env env, napi_callback_info info) {
  napi_value a[6];
  size_t ints, ordered;
  int64_t count, to, end;
  if (!arguments(env, info, 6, a)) return NULL;
  struct handle *handle = handle_of(env, a[0], AEAD);
  int32_t *rows = handle == NULL ? NULL : view_of(env, a[1], napi_int32_array, &ints);
  int32_t *order = rows == NULL ? NULL : view_of(env, a[2], napi_int32_array, &ordered);
  if (order == NULL || !bounded(env, a[3], 0, (int64_t)ordered, &count) ||
      !bounded(env, a[4], -1, INT32_MAX, &to) || !bounded(env, a[5], 0, INT32_MAX, &end)) {
    return NULL;
  }
  uint32_t row_count = (uint32_t)(ints / ROW_INTS);
  return outcome(env, aead_seal_rows(handle->aead, rows, row_count, order, (uint32_t)count, to, end));
}

/* udpNew(arena) */
static napi_value udp_new_js(napi_env env, napi_callback_info info) {
  napi_value a[1];
  size_t bytes;
  if (!arguments(env, info, 1, a)) return NULL;
  uint8_t *arena = view_of(env, a[0], napi_uint8_array, &bytes);
  if (arena == NULL) return NULL;
  struct handle handle = {.kind = UDP, .udp = udp_new(arena, bytes)};
  return handle.udp == NULL ? throw_range(env, "an arena that is too small") : new_handle(env, handle, a[0]);
}

static void free_when_unused(struct sock *sock) {
  if (sock->is_closed && sock->is_collected) free(sock);
}

static void closed(uv_handle_t *poll) {
  struct sock *sock = poll->data;
  sock->is_closed = 1;
  free_when_unused(sock);
}

static void close_socket(struct sock *sock) {
  if (sock->is_closing) return;
  sock->is_closing = 1;
  uv_poll_stop(&sock->poll);
  uv_close((uv_handle_t *)&sock->poll, closed);
  close(sock->fd);
  sock->fd = -1;
  if (sock->callback != NULL) napi_delete_reference(sock->env, sock->callback);
  if (sock->context != NULL) napi_async_destroy(sock->env, sock->context);
  sock->callback = NULL;
  sock->context = NULL;
}

static void collect_socket(napi_env env, void *data, void *hint) {
  (void)env;
  (void)hint;
  struct sock *sock = data;
  close_socket(sock);
  sock->is_collected = 1;
  free_when_unused(sock);
}

static void ready(uv_poll_t *poll, int status, int events) {
  struct sock *sock = poll->data;
  napi_env env = sock->env;
  napi_handle_scope scope;
  napi_value callback, receiver, argument, error;
  if (sock->callback == NULL || napi_open_handle_scope(env, &scope) != napi_ok) return;
  napi_get_reference_value(env, sock->callback, &callback);
  napi_get_global(env, &receiver);
  argument = integer(env, status < 0 ? status : events);
  if (napi_make_callback(env, sock->context, receiver, callback, 1, &argument, NULL) == napi_pending_exception &&
      napi_get_and_clear_last_exception(env, &error) == napi_ok) {
    napi_fatal_exception(env, error);
  }
  napi_close_handle_scope(env, scope);
}

/* udpOpen(family, port, wantsJoined, bufferBytes, granted: Int32Array of 3, callback): a socket, or a negative errno */
static napi_value udp_open_js(napi_env env, napi_callback_info info) {
  napi_value a[6], name, result = NULL;
  int64_t family, port, buffer_bytes;
  bool wants_joined;
  size_t ints;
  napi_valuetype type;
  uv_loop_t *loop;
  if (!arguments(env, info, 6, a)) return NULL;
  if (!bounded(env, a[0], 4, 6, &family) || !bounded(env, a[1], 0, 65535, &port) ||
      napi_get_value_bool(env, a[2], &wants_joined) != napi_ok ||
      !bounded(env, a[3], 0, INT32_MAX / 2, &buffer_bytes)) {
    return throw_range(env, "not a family, a port, a boolean and a size");
  }
  int32_t *granted = view_of(env, a[4], napi_int32_array, &ints);
  if (granted == NULL) return NULL;
  if (ints < 3 || napi_typeof(env, a[5], &type) != napi_ok || type != napi_function) {
    return throw_range(env, "no place for an answer, or no function");
  }
  if (napi_get_uv_event_loop(env, &loop) != napi_ok) return throw_range(env, "no event loop");
  struct udp_buffers buffers;
  int fd = udp_open((int)family, (uint16_t)port, wants_joined, (int)buffer_bytes, &buffers);
  if (fd < 0) return integer(env, fd);
  struct sock *sock = calloc(1, sizeof *sock);
  if (sock == NULL || uv_poll_init(loop, &sock->poll, fd) != 0) {
    free(sock);
    close(fd);
    return throw_range(env, "no memory");
  }
  sock->kind = SOCKET;
  sock->fd = fd;
  sock->env = env;
  sock->poll.data = sock;
  napi_create_reference(env, a[5], 1, &sock->callback);
  napi_create_string_utf8(env, "wg-router udp", NAPI_AUTO_LENGTH, &name);
  napi_async_init(env, NULL, name, &sock->context);
  granted[0] = buffers.receive_bytes;
  granted[1] = buffers.send_bytes;
  granted[2] = buffers.joins;
  if (napi_create_external(env, sock, collect_socket, NULL, &result) == napi_ok) return result;
  collect_socket(env, sock, NULL);
  return throw_range(env, "no memory");
}

static struct sock *open_socket_of(napi_env env, napi_value value) {
  struct sock *sock = handle_of(env, value, SOCKET);
  if (sock == NULL || !sock->is_closing) return sock;
  throw_range(env, "the socket is closed");
  return NULL;
}

/* udpPort(socket) */
static napi_value udp_port_js(napi_env env, napi_callback_info info) {
  napi_value a[1];
  if (!arguments(env, info, 1, a)) return NULL;
  struct sock *sock = open_socket_of(env, a[0]);
  return sock == NULL ? NULL : integer(env, udp_port(sock->fd));
}

/* udpWatch(socket, events): 1 readable, 2 writable, 0 neither */
static napi_value udp_watch_js(napi_env env, napi_callback_info info) {
  napi_value a[2];
  int64_t events;
  if (!arguments(env, info, 2, a)) return NULL;
  struct sock *sock = open_socket_of(env, a[0]);
  if (sock == NULL || !bounded(env, a[1], 0, UV_READABLE | UV_WRITABLE, &events)) return NULL;
  return integer(env, events == 0 ? uv_poll_stop(&sock->poll) : uv_poll_start(&sock->poll, (int)events, ready));
}

/* udpClose(socket) */
static napi_value udp_close_js(napi_env env, napi_callback_info info) {
  napi_value a[1];
  if (!arguments(env, info, 1, a)) return NULL;
  struct sock *sock = handle_of(env, a[0], SOCKET);
  if (sock != NULL) close_socket(sock);
  return NULL;
}

/* udpReceive(udp, socket, most, mostBytes, rows, messages) */
static napi_value udp_receive_js(napi_env env, napi_callback_info info) {
  napi_value a[6];
  int64_t most, most_bytes;
  size_t row_ints, message_ints;
  if (!arguments(env, info, 6, a)) return NULL;
  struct handle *handle = handle_of(env, a[0], UDP);
  struct sock *sock = handle == NULL ? NULL : open_socket_of(env, a[1]);
  if (sock == NULL || !bounded(env, a[2], 1, MESSAGES, &most) || !bounded(env, a[3], 0, INT32_MAX, &most_bytes)) {
    return NULL;
  }
  int32_t *rows = view_of(env, a[4], napi_int32_array, &row_ints);
  int32_t *messages = rows == NULL ? NULL : view_of(env, a[5], napi_int32_array, &message_ints);
  if (messages == NULL) return NULL;
  return integer(env, udp_receive(handle->udp, sock->fd, (uint32_t)most, most_bytes, rows,
                                  (uint32_t)(row_ints / ROW_INTS), messages,
                                  (uint32_t)(message_ints / MESSAGE_INTS)));
}

/* udpWaiting(udp) */
static napi_value udp_waiting_js(napi_env env, napi_callback_info info) {
  napi_value a[1];
  if (!arguments(env, info, 1, a)) return NULL;
  struct handle *handle = handle_of(env, a[0], UDP);
  return handle == NULL ? NULL : integer(env, udp_waiting(handle->udp));
}

/* udpSend(udp, socket, messages, from, count) */
static napi_value udp_send_js(napi_env env, napi_callback_info info) {
  napi_value a[5];
  int64_t from, count;
  size_t ints;
  if (!arguments(env, info, 5, a)) return NULL;
  struct handle *handle = handle_of(env, a[0], UDP);
  struct sock *sock = handle == NULL ? NULL : open_socket_of(env, a[1]);
  int32_t *messages = sock == NULL ? NULL : view_of(env, a[2], napi_int32_array, &ints);
  if (messages == NULL || !bounded(env, a[3], 0, INT32_MAX, &from) ||
      !bounded(env, a[4], 0, (int64_t)(ints / MESSAGE_INTS), &count)) {
    return NULL;
  }
  return integer(env, udp_send(handle->udp, sock->fd, messages, (uint32_t)from, (uint32_t)count));
}

/* interfaceName(index): text, empty where there is none */
static napi_value interface_name_js(napi_env env, napi_callback_info info) {
  napi_value a[1], result = NULL;
  int64_t index;
  char name[IF_NAMESIZE] = "";
  if (!arguments(env, info, 1, a) || !bounded(env, a[0], 0, UINT32_MAX, &index)) return NULL;
  if (if_indextoname((unsigned)index, name) == NULL) name[0] = 0;
  napi_create_string_utf8(env, name, NAPI_AUTO_LENGTH, &result);
  return result;
}

/* interfaceIndex(name): 0 where there is none */
static napi_value interface_index_js(napi_env env, napi_callback_info info) {
  napi_value a[1];
  char name[IF_NAMESIZE + 1];
  size_t length;
  if (!arguments(env, info, 1, a)) return NULL;
  if (napi_get_value_string_utf8(env, a[0], name, sizeof name, &length) != napi_ok) return throw_range(env, "no name");
  return integer(env, if_nametoindex(name));
}

struct constant {
  const char *name;
  int value;
};

/* What both sides must agree on. */
static const struct constant LAYOUT[] = {
    {"version", NATIVE_VERSION},
    {"offset", ROW_OFFSET},
    {"length", ROW_LENGTH},
    {"status", ROW_STATUS},
    {"reason", ROW_REASON},
    {"fromPeer", ROW_FROM_PEER},
    {"toPeer", ROW_TO_PEER},
    {"keySlot", ROW_KEY_SLOT},
    {"counterLow", ROW_COUNTER_LOW},
    {"counterHigh", ROW_COUNTER_HIGH},
    {"tos", ROW_TOS},
    {"rowInts", ROW_INTS},
    {"ready", STATUS_READY},
    {"dropped", STATUS_DROPPED},
    {"headerBytes", HEADER_BYTES},
    {"tagBytes", TAG_BYTES},
    {"messageInts", MESSAGE_INTS},
    {"messages", MESSAGES},
    {"messageBytes", MESSAGE_BYTES},
    {"messageStride", MESSAGE_STRIDE},
    {"segments", SEGMENTS},
};

static const struct {
  const char *name;
  napi_callback call;
} FUNCTIONS[] = {
    {"aeadNew", aead_new_js},
    {"aeadIsOwn", aead_is_own_js},
    {"aeadSetKey", aead_set_key_js},
    {"aeadSeal", aead_seal_js},
    {"aeadOpen", aead_open_js},
    {"aeadOpenRows", aead_open_rows_js},
    {"aeadSealRows", aead_seal_rows_js},
    {"udpNew", udp_new_js},
    {"udpOpen", udp_open_js},
    {"udpPort", udp_port_js},
    {"udpWatch", udp_watch_js},
    {"udpClose", udp_close_js},
    {"udpReceive", udp_receive_js},
    {"udpWaiting", udp_waiting_js},
    {"udpSend", udp_send_js},
    {"interfaceName", interface_name_js},
    {"interfaceIndex", interface_index_js},
};

NAPI_MODULE_INIT() {
  napi_value layout;
  napi_create_object(env, &layout);
  for (size_t i = 0; i < sizeof LAYOUT / sizeof *LAYOUT; i++) {
    napi_set_named_property(env, layout, LAYOUT[i].name, integer(env, LAYOUT[i].value));
  }
  napi_set_named_property(env, exports, "layout", layout);
  for (size_t i = 0; i < sizeof FUNCTIONS / sizeof *FUNCTIONS; i++) {
    napi_value function;
    napi_create_function(env, FUNCTIONS[i].name, NAPI_AUTO_LENGTH, FUNCTIONS[i].call, NULL, &function);
    napi_set_named_property(env, exports, FUNCTIONS[i].name, function);
  }
  return exports;
}
