/* Load over UDP: many sockets, so that servers who share a port by SO_REUSEPORT get even shares; no blocking calls. */

#define _GNU_SOURCE
#include "load.h"
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>

enum {
  /** Octets of the largest query. */
  QUERY = 512,
  REPLY = 4096,
  MOST_BATCH = 256,
  BUFFER = 4 << 20,
};
/** An answer that takes longer is lost. */
static const uint64_t LOST_NS = 500000000;

/** A query on its way. Its id has the slot in the low bits, and above them a count that tells late replies. */
struct slot {
  const struct query *query;
  uint64_t sent_at;
  uint16_t id;
  uint8_t wire[QUERY];
};

struct lane {
  int fd;
  struct slot *slots;
  /** Slots free to be sent from; used as a stack. */
  uint16_t *free;
  unsigned free_count;
};

struct buffers {
  struct mmsghdr in[MOST_BATCH], out[MOST_BATCH];
  struct iovec in_at[MOST_BATCH], out_at[MOST_BATCH];
  uint8_t replies[MOST_BATCH][REPLY];
};

static int connected(const struct plan *plan, unsigned lane) {
  const struct sockaddr_in server = {
      .sin_family = AF_INET, .sin_port = htons(plan->port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  const int fd = socket(AF_INET, SOCK_DGRAM, 0);
  const int size = BUFFER;
  if (fd < 0) die("socket");
  setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
  if (plan->sources > 0) {
    const struct sockaddr_in own = {
        .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK + ((lane % plan->sources + 1) << 8))};
    if (bind(fd, (const struct sockaddr *)&own, sizeof own) < 0) die("bind");
  }
  if (connect(fd, (const struct sockaddr *)&server, sizeof server) < 0) die("connect");
  return fd;
}

static struct lane *open_lanes(const struct plan *plan) {
  struct lane *lanes = calloc(plan->sockets, sizeof *lanes);
  for (unsigned i = 0; i < plan->sockets; i++) {
    lanes[i].fd = connected(plan, i);
    lanes[i].slots = calloc(plan->window, sizeof *lanes[i].slots);
    lanes[i].free = calloc(plan->window, sizeof *lanes[i].free);
    for (unsigned slot = 0; slot < plan->window; slot++) {
      lanes[i].slots[slot].id = slot;
      lanes[i].free[lanes[i].free_count++] = plan->window - 1 - slot;
    }
  }
  return lanes;
}

static struct buffers *make_buffers(void) {
  struct buffers *buffers = calloc(1, sizeof *buffers);
  for (unsigned i = 0; i < MOST_BATCH; i++) {
    buffers->in_at[i] = (struct iovec){buffers->replies[i], REPLY};
    buffers->in[i].msg_hdr = (struct msghdr){.msg_iov = &buffers->in_at[i], .msg_iovlen = 1};
    buffers->out[i].msg_hdr = (struct msghdr){.msg_iov = &buffers->out_at[i], .msg_iovlen = 1};
  }
  return buffers;
}

static void release(const struct plan *plan, struct lane *lane, struct slot *slot) {
  slot->query = NULL;
  // Windows are powers of two: the count above the slot's bits goes round.
  slot->id += plan->window;
  lane->free[lane->free_count++] = slot - lane->slots;
}

static unsigned receive(const struct plan *plan, struct result *result, struct lane *lane, struct buffers *buffers) {
  const int count = recvmmsg(lane->fd, buffers->in, plan->batch, MSG_DONTWAIT, NULL);
  for (int i = 0; i < count; i++) {
    const uint8_t *reply = buffers->replies[i];
    const uint16_t id = reply[0] << 8 | reply[1];
    struct slot *slot = &lane->slots[id & (plan->window - 1)];
    if (slot->query == NULL || slot->id != id) continue;
    count_reply(result, slot->query, reply, buffers->in[i].msg_len, 1);
    if (plan->rate > 0) keep_latency(result, now_ns() - slot->sent_at);
    release(plan, lane, slot);
  }
  return count > 0 ? count : 0;
}

static void fill(struct plan *plan, struct slot *slot, uint64_t now) {
  slot->query = next_query(plan);
  slot->sent_at = now;
  memcpy(slot->wire, slot->query->wire, slot->query->length);
  slot->wire[0] = slot->id >> 8;
  slot->wire[1] = slot->id;
}

static void send_batch(struct plan *plan, struct result *result, struct lane *lane, struct buffers *buffers, uint64_t now) {
  const unsigned count = lane->free_count < plan->batch ? lane->free_count : plan->batch;
  for (unsigned i = 0; i < count; i++) {
    struct slot *slot = &lane->slots[lane->free[lane->free_count - 1 - i]];
    fill(plan, slot, now);
    buffers->out_at[i] = (struct iovec){slot->wire, slot->query->length};
  }
  lane->free_count -= count;
  const int sent = sendmmsg(lane->fd, buffers->out, count, 0);
  // What the kernel did not take runs into its time-out, and is counted as lost.
  result->sent += sent > 0 ? sent : 0;
}

static void give_up(const struct plan *plan, struct result *result, struct lane *lane, uint64_t before) {
  for (unsigned i = 0; i < plan->window; i++) {
    struct slot *slot = &lane->slots[i];
    if (slot->query == NULL || slot->sent_at >= before) continue;
    result->lost++;
    release(plan, lane, slot);
  }
}

static void drain(const struct plan *plan, struct result *result, struct lane *lanes, struct buffers *buffers) {
  const uint64_t until = now_ns() + LOST_NS;
  while (now_ns() < until && result->answered + result->lost < result->sent)
    for (unsigned i = 0; i < plan->sockets; i++) receive(plan, result, &lanes[i], buffers);
  for (unsigned i = 0; i < plan->sockets; i++) give_up(plan, result, &lanes[i], UINT64_MAX);
}

/** As many queries as the server takes, with sockets × window of them outstanding. */
void flood_udp(struct plan *plan, struct result *result) {
  struct lane *lanes = open_lanes(plan);
  struct buffers *buffers = make_buffers();
  const uint64_t start = now_ns(), end = start + plan->seconds * 1e9;
  uint64_t now = start, looked = start;
  plan->rate = 0;
  for (; now < end; now = now_ns()) {
    for (unsigned i = 0; i < plan->sockets; i++) {
      receive(plan, result, &lanes[i], buffers);
      if (lanes[i].free_count > 0) send_batch(plan, result, &lanes[i], buffers, now);
    }
    if (now - looked < LOST_NS / 10) continue;
    looked = now;
    for (unsigned i = 0; i < plan->sockets; i++) give_up(plan, result, &lanes[i], now - LOST_NS);
  }
  result->in_time = result->answered;
  result->elapsed = (now - start) / 1e9;
  drain(plan, result, lanes, buffers);
}

static void rest(const struct plan *plan) {
  const struct timespec time = {.tv_nsec = plan->rest * 1000};
  nanosleep(&time, NULL);
}

/**
 * `rate` queries a second, each timed from its send to its reply. This side never waits for replies, so a server that
 * stands still is seen in full; when it is this side that was held up, what was due meanwhile is left out.
 */
void steady_udp(struct plan *plan, struct result *result) {
  struct lane *lanes = open_lanes(plan);
  struct buffers *buffers = make_buffers();
  const uint64_t start = now_ns(), end = start + plan->seconds * 1e9, step = 1e9 / plan->rate;
  uint64_t now = start, due = start, looked = start;
  const unsigned batch = plan->batch;
  // Sleeps of microseconds are else rounded up to 50 of them.
  prctl(PR_SET_TIMERSLACK, 1);
  for (unsigned turn = 0; now < end; now = now_ns()) {
    if (now >= due) {
      due = now - due > 100 * step ? now + step : due + step;
      struct lane *lane = &lanes[turn++ % plan->sockets];
      plan->batch = 1;
      if (lane->free_count > 0) send_batch(plan, result, lane, buffers, now);
      plan->batch = batch;
    }
    unsigned received = 0;
    for (unsigned i = 0; i < plan->sockets; i++) received += receive(plan, result, &lanes[i], buffers);
    if (received == 0 && plan->rest > 0 && now_ns() < due) rest(plan);
    if (now - looked < LOST_NS) continue;
    looked = now;
    for (unsigned i = 0; i < plan->sockets; i++) give_up(plan, result, &lanes[i], now - LOST_NS);
  }
  result->in_time = result->answered;
  result->elapsed = (now - start) / 1e9;
  drain(plan, result, lanes, buffers);
}
