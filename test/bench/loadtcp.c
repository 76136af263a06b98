/* Load over TCP (RFC 7766): pipelined over some connections, or a connection for each query. */

#define _GNU_SOURCE
#include "load.h"
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
  /** A query with its length in front (RFC 1035 §4.2.2). */
  PREFIX = 2,
  QUERY = 512,
  ROOM = 128 << 10,
  EVENTS = 64,
};
/** A connection that has been silent for so long is given up, with all it owes. */
static const uint64_t LOST_NS = 2000000000;

struct stream {
  int fd;
  /** Queries on their way by slot; a slot's number is the query's id. */
  const struct query **slots;
  unsigned outstanding;
  uint64_t heard_at;
  /** Octets read, and octets that the kernel has not taken yet. */
  uint8_t *in, *out;
  unsigned in_length, out_length;
};

/** A connection on its way, from 127.0.0.1 and up: more addresses than one, so that ports in TIME_WAIT are not missed. */
static int connecting(const struct plan *plan, unsigned address) {
  const struct sockaddr_in server = {
      .sin_family = AF_INET, .sin_port = htons(plan->port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  const struct sockaddr_in own = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK + address)};
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  const int on = 1;
  if (fd < 0) die("socket");
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
  if (address > 0 && bind(fd, (const struct sockaddr *)&own, sizeof own) < 0) die("bind");
  if (connect(fd, (const struct sockaddr *)&server, sizeof server) < 0 && errno != EINPROGRESS) die("connect");
  return fd;
}

static void watch(int epoll, struct stream *stream) {
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = stream};
  if (epoll_ctl(epoll, EPOLL_CTL_ADD, stream->fd, &event) < 0) die("epoll_ctl");
}

static void open_stream(const struct plan *plan, struct stream *stream, unsigned address, int epoll) {
  stream->fd = connecting(plan, address);
  stream->outstanding = stream->in_length = stream->out_length = 0;
  stream->heard_at = now_ns();
  memset(stream->slots, 0, plan->window * sizeof *stream->slots);
  watch(epoll, stream);
}

static struct stream *open_streams(const struct plan *plan, int epoll) {
  struct stream *streams = calloc(plan->sockets, sizeof *streams);
  for (unsigned i = 0; i < plan->sockets; i++) {
    streams[i].slots = calloc(plan->window, sizeof *streams[i].slots);
    streams[i].in = malloc(ROOM);
    streams[i].out = malloc(ROOM);
    open_stream(plan, &streams[i], 0, epoll);
  }
  return streams;
}

static void append(struct stream *stream, const struct query *query, unsigned slot) {
  uint8_t *at = stream->out + stream->out_length;
  at[0] = query->length >> 8;
  at[1] = query->length;
  memcpy(at + PREFIX, query->wire, query->length);
  at[PREFIX] = slot >> 8;
  at[PREFIX + 1] = slot;
  stream->out_length += PREFIX + query->length;
  stream->slots[slot] = query;
  stream->outstanding++;
}

/** Sends what waits; what the kernel does not take (or a connection not yet made) stays for the next time. */
static void flush(struct stream *stream) {
  if (stream->out_length == 0) return;
  const ssize_t sent = send(stream->fd, stream->out, stream->out_length, MSG_NOSIGNAL);
  if (sent <= 0) return;
  stream->out_length -= sent;
  memmove(stream->out, stream->out + sent, stream->out_length);
}

/**
 * Fills every slot that is free. Each query is sent by itself, as resolvers send them: the server finds several in one
 * read only when it has fallen behind.
 */
static void refill(struct plan *plan, struct result *result, struct stream *stream) {
  for (unsigned slot = 0; slot < plan->window && stream->outstanding < plan->window; slot++) {
    if (stream->slots[slot] != NULL || stream->out_length > ROOM - QUERY - PREFIX) continue;
    append(stream, next_query(plan), slot);
    flush(stream);
    result->sent++;
  }
}

/** Takes every whole reply that has been read. */
static void take_replies(const struct plan *plan, struct result *result, struct stream *stream) {
  unsigned at = 0;
  while (stream->in_length - at >= PREFIX) {
    const uint8_t *frame = stream->in + at;
    const unsigned length = frame[0] << 8 | frame[1];
    if (stream->in_length - at < PREFIX + length) break;
    at += PREFIX + length;
    const unsigned slot = length < 12 ? plan->window : (unsigned)(frame[PREFIX] << 8 | frame[PREFIX + 1]);
    if (slot >= plan->window || stream->slots[slot] == NULL) {
      result->wrong++;
      continue;
    }
    count_reply(result, stream->slots[slot], frame + PREFIX, length, 0);
    stream->slots[slot] = NULL;
    stream->outstanding--;
  }
  stream->in_length -= at;
  memmove(stream->in, stream->in + at, stream->in_length);
}

/** Octets read; 0 when the server has closed, negative when there is nothing yet. */
static ssize_t read_stream(struct stream *stream, uint64_t now) {
  const ssize_t got = recv(stream->fd, stream->in + stream->in_length, ROOM - stream->in_length, 0);
  if (got > 0) {
    stream->in_length += got;
    stream->heard_at = now;
  }
  return got < 0 && errno != EAGAIN ? 0 : got;
}

static void reopen(const struct plan *plan, struct result *result, struct stream *stream, unsigned address, int epoll) {
  result->lost += stream->outstanding;
  close(stream->fd);
  open_stream(plan, stream, address, epoll);
}

static unsigned owed(const struct plan *plan, const struct stream *streams) {
  unsigned sum = 0;
  for (unsigned i = 0; i < plan->sockets; i++) sum += streams[i].outstanding;
  return sum;
}

/** Some connections from one address, each with a window of queries outstanding. A closed one is opened again. */
void pipeline_tcp(struct plan *plan, struct result *result) {
  const int epoll = epoll_create1(0);
  struct stream *streams = open_streams(plan, epoll);
  struct epoll_event events[EVENTS];
  const uint64_t start = now_ns(), end = start + plan->seconds * 1e9;
  uint64_t now = start;
  for (unsigned i = 0; i < plan->sockets; i++) refill(plan, result, &streams[i]);
  for (; now < end || (owed(plan, streams) > 0 && now < end + LOST_NS); now = now_ns()) {
    const int count = epoll_wait(epoll, events, EVENTS, 1);
    for (int i = 0; i < count; i++) {
      struct stream *stream = events[i].data.ptr;
      if (read_stream(stream, now) == 0) {
        result->reconnects++;
        reopen(plan, result, stream, 0, epoll);
      }
      take_replies(plan, result, stream);
      if (now < end) refill(plan, result, stream);
      if (now < end) result->in_time = result->answered;
    }
    // With nothing to read, what was not taken or not yet connected is tried again.
    for (unsigned i = 0; count == 0 && i < plan->sockets; i++)
      now < end ? refill(plan, result, &streams[i]) : flush(&streams[i]);
  }
  result->elapsed = plan->seconds;
  result->lost += owed(plan, streams);
}

/** A connection for each query: connect, ask, read, close; sockets of them at a time, each from the next address. */
void connect_tcp(struct plan *plan, struct result *result) {
  const int epoll = epoll_create1(0);
  plan->window = 1;
  struct stream *streams = open_streams(plan, epoll);
  struct epoll_event events[EVENTS];
  const uint64_t start = now_ns(), end = start + plan->seconds * 1e9;
  uint64_t now = start, looked = start;
  unsigned address = 0;
  for (unsigned i = 0; i < plan->sockets; i++) refill(plan, result, &streams[i]);
  for (; now < end; now = now_ns()) {
    const int count = epoll_wait(epoll, events, EVENTS, 1);
    for (int i = 0; i < count; i++) {
      struct stream *stream = events[i].data.ptr;
      const int closed = read_stream(stream, now) == 0;
      take_replies(plan, result, stream);
      if (!closed && stream->outstanding > 0) continue;
      result->reconnects++;
      reopen(plan, result, stream, address = (address + 1) % plan->addresses, epoll);
      refill(plan, result, stream);
    }
    for (unsigned i = 0; now - looked > LOST_NS / 20 && i < plan->sockets; i++) {
      flush(&streams[i]);
      if (now < streams[i].heard_at + LOST_NS) continue;
      reopen(plan, result, &streams[i], address = (address + 1) % plan->addresses, epoll);
      refill(plan, result, &streams[i]);
    }
    if (now - looked > LOST_NS / 20) looked = now;
  }
  result->in_time = result->answered;
  result->elapsed = (now - start) / 1e9;
  // What is under way at the end is neither answered nor lost.
  result->sent -= owed(plan, streams);
}
