/*
 * The honest: a socket for each prefix, as a resolver has many and we have no need to. A query is asked at 0, 400 and
 * 800 ms; told to come by TCP (RFC 7766) it does; a second after it began it is answered or lost.
 */

#define _GNU_SOURCE
#include "flood.h"
#include <arpa/inet.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { WINDOW = 64, QUERY = 128, REPLY = 4096, EVENTS = 64, SWEPT = 2, QR = 0x80, TC = 0x02, TYPE_A = 1 };
static const uint64_t AGAIN_NS = 400000000, LOST_NS = 1000000000;

/** A query of a prefix. Its id has the slot in the low bits, and above them a count that tells late replies. */
struct asked {
  int measured, again;
  uint16_t id;
  uint64_t began, sent;
  unsigned length;
  uint8_t wire[2 + QUERY];
  /** The connection, when it goes by TCP; what came of the reply. */
  int tcp;
  unsigned got;
  uint8_t *reply;
};

struct prefix {
  int fd, group;
  struct sockaddr_in own;
  unsigned turn;
  /** A bit for each slot that is taken. */
  uint64_t open;
  struct asked asked[WINDOW];
};

static struct {
  const struct plan *plan;
  struct tally *tallies;
  struct prefix *prefixes;
  unsigned count;
  int epoll;
  uint64_t due;
  unsigned swept;
} all;

static void watch(int fd, uint32_t events, uint64_t data) {
  struct epoll_event event = {.events = events, .data.u64 = data};
  if (epoll_ctl(all.epoll, EPOLL_CTL_ADD, fd, &event) < 0) die("epoll");
}

void open_honest(const struct plan *plan, struct tally *tallies) {
  all.plan = plan;
  all.tallies = tallies;
  all.count = plan->known + plan->fresh + plan->strange;
  all.prefixes = calloc(all.count, sizeof *all.prefixes);
  all.epoll = epoll_create1(0);
  for (unsigned i = 0; i < all.count; i++) {
    struct prefix *prefix = &all.prefixes[i];
    prefix->group = i < plan->known ? KNOWN : i < plan->known + plan->fresh ? FRESH : STRANGE;
    // All of 10.0.0.0/8 is ours (a local route), in prefixes that have nothing in common.
    prefix->own = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(10u << 24 | (i * 251 % 65521 + 1) << 8 | 53)};
    prefix->fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    if (bind(prefix->fd, (const struct sockaddr *)&prefix->own, sizeof prefix->own) < 0) die("bind");
    if (connect(prefix->fd, (const struct sockaddr *)&plan->server, sizeof plan->server) < 0) die("connect");
    for (unsigned slot = 0; slot < WINDOW; slot++) prefix->asked[slot].id = slot, prefix->asked[slot].tcp = -1;
    watch(prefix->fd, EPOLLIN, (uint64_t)i << 32 | WINDOW);
  }
}

static uint64_t bit(const struct prefix *prefix, const struct asked *asked) {
  return 1ull << (asked - prefix->asked);
}

static void leave_tcp(struct asked *asked) {
  if (asked->tcp < 0) return;
  close(asked->tcp);
  free(asked->reply);
  asked->tcp = -1;
}

static void finish(struct prefix *prefix, struct asked *asked, uint64_t now, int answered) {
  struct tally *tally = &all.tallies[prefix->group];
  if (asked->measured && answered) {
    tally->answered++;
    if (!asked->again && asked->tcp < 0) tally->first++;
    if (asked->tcp >= 0) tally->by_tcp++;
    if (tally->latencies < tally->room) tally->latency[tally->latencies++] = now - asked->began;
  }
  leave_tcp(asked);
  prefix->open &= ~bit(prefix, asked);
  asked->id += WINDOW;
}

/**
 * In two pieces, for a kernel that charges a receiver by the pages that a datagram stands in: so it charges for this as
 * much as for one of the attacker's, which is cut out of a larger piece and an octet shorter (measured: 877 octets).
 * Honest queries that were 45 octets cheaper found room in a full queue where no other did: 65 % of them at Knot.
 */
static void send_udp(const struct prefix *prefix, struct asked *asked, uint64_t now) {
  asked->sent = now;
  // "No such port", or a full queue: asked again in time.
  if (send(prefix->fd, asked->wire + 2, 1, MSG_MORE) < 0 && errno == EBADF) die("send");
  if (send(prefix->fd, asked->wire + 3, asked->length - 1, 0) < 0 && errno == EBADF) die("send");
}

static void ask(struct prefix *prefix, uint64_t now, int measured) {
  struct asked *asked = &prefix->asked[prefix->turn++ % WINDOW];
  if (prefix->open & bit(prefix, asked)) return;
  char name[256];
  const unsigned from = prefix->group == STRANGE ? all.plan->names : 0;
  snprintf(name, sizeof name, "host-%05u.%s", from + random32() % all.plan->names, all.plan->zone);
  asked->length = write_query(asked->wire + 2, name, TYPE_A);
  asked->wire[0] = asked->length >> 8, asked->wire[1] = asked->length;
  asked->wire[2] = asked->id >> 8, asked->wire[3] = asked->id;
  prefix->open |= bit(prefix, asked);
  asked->again = 0, asked->measured = measured;
  asked->began = now;
  if (measured) all.tallies[prefix->group].asked++;
  send_udp(prefix, asked, now);
}

static void go_by_tcp(struct prefix *prefix, struct asked *asked) {
  if (asked->tcp >= 0) return;
  if (asked->measured) all.tallies[prefix->group].truncated++;
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  if (fd < 0 || bind(fd, (const struct sockaddr *)&prefix->own, sizeof prefix->own) < 0) {
    if (fd >= 0) close(fd);
    return;
  }
  connect(fd, (const struct sockaddr *)&all.plan->server, sizeof all.plan->server);
  asked->tcp = fd, asked->got = 0;
  asked->reply = malloc(REPLY);
  watch(fd, EPOLLOUT | EPOLLIN, (uint64_t)(prefix - all.prefixes) << 32 | (asked - prefix->asked));
}

/** Right is: this query's, no error, an answer. */
static void judge(struct prefix *prefix, struct asked *asked, const uint8_t *reply, int length, uint64_t now) {
  if (length < 12 || !(reply[2] & QR)) return;
  if (reply[2] & TC) {
    go_by_tcp(prefix, asked);
    return;
  }
  const int right = (reply[3] & 15) == 0 && reply[7] > 0;
  if (!right && asked->measured) all.tallies[prefix->group].wrong++;
  finish(prefix, asked, now, right);
}

static void read_udp(struct prefix *prefix, uint64_t now) {
  uint8_t reply[REPLY];
  for (int length; (length = recv(prefix->fd, reply, sizeof reply, 0)) > 0;) {
    const uint16_t id = reply[0] << 8 | reply[1];
    struct asked *asked = &prefix->asked[id % WINDOW];
    if ((prefix->open & bit(prefix, asked)) && asked->id == id) judge(prefix, asked, reply, length, now);
  }
}

static void on_tcp(struct prefix *prefix, struct asked *asked, uint32_t events, uint64_t now) {
  if (asked->tcp < 0) return;
  if (events & (EPOLLERR | EPOLLHUP)) {
    leave_tcp(asked);
    return;
  }
  if (events & EPOLLIN) {
    const int length = recv(asked->tcp, asked->reply + asked->got, REPLY - asked->got, 0);
    if (length > 0) asked->got += length;
    const unsigned whole = asked->reply[0] << 8 | asked->reply[1];
    if (asked->got >= 2 && asked->got >= 2 + whole) judge(prefix, asked, asked->reply + 2, whole, now);
  } else if (events & EPOLLOUT) {
    send(asked->tcp, asked->wire, 2 + asked->length, MSG_NOSIGNAL);
    struct epoll_event event = {.events = EPOLLIN, .data.u64 = (uint64_t)(prefix - all.prefixes) << 32 | (asked - prefix->asked)};
    epoll_ctl(all.epoll, EPOLL_CTL_MOD, asked->tcp, &event);
  }
}

/** Looks at the open queries of one prefix: what is to be asked again is so at times of its own, not with all others. */
static void sweep(struct prefix *prefix, uint64_t now) {
  for (uint64_t open = prefix->open; open != 0; open &= open - 1) {
    struct asked *asked = &prefix->asked[__builtin_ctzll(open)];
    if (now - asked->began >= LOST_NS) finish(prefix, asked, now, 0);
    else if (asked->tcp < 0 && now - asked->sent >= AGAIN_NS) {
      asked->again = 1;
      send_udp(prefix, asked, now);
    }
  }
}

void honest(uint64_t now, int groups, int measured) {
  if (all.due == 0) all.due = now;
  const unsigned asking = groups == GROUPS ? all.count : all.plan->known;
  // At random times (Poisson), each prefix as much as any other.
  const double mean = 1e9 / (groups == GROUPS ? all.plan->honest : all.plan->warm);
  for (int most = 8; asking > 0 && all.due <= now && most > 0; most--) {
    ask(&all.prefixes[random32() % asking], now, measured);
    all.due += 1 - log((random32() + 1.0) / 4294967297.0) * mean;
  }
  struct epoll_event events[EVENTS];
  const int count = epoll_wait(all.epoll, events, EVENTS, 0);
  for (int i = 0; i < count; i++) {
    struct prefix *prefix = &all.prefixes[events[i].data.u64 >> 32];
    const uint32_t slot = events[i].data.u64;
    if (slot == WINDOW) read_udp(prefix, now);
    else on_tcp(prefix, &prefix->asked[slot], events[i].events, now);
  }
  for (int i = 0; i < SWEPT; i++) sweep(&all.prefixes[all.swept++ % all.count], now);
}
