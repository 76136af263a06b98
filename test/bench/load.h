/* The load generator's parts: queries from a file, what a right reply is, what was counted. */

#ifndef LOAD_H
#define LOAD_H

#include <stdint.h>

/** A query in wire form, and the class of reply that it must get. */
struct query {
  const uint8_t *wire;
  uint16_t length;
  /** Octets of its question section. */
  uint16_t question;
  /** 0xff for any reply at all. */
  uint8_t rcode;
  /** Bits 0-1 for the answer section, 2-3 for the authority section: 0 empty, 1 not empty, 2 either. */
  uint8_t want;
};

/** What to do. Counts are for each run, sockets and windows as in the modes' files. */
struct plan {
  const struct query *queries;
  uint32_t query_count;
  uint32_t next;
  uint16_t port;
  double seconds;
  unsigned sockets;
  unsigned window;
  unsigned batch;
  double rate;
  /** µs of sleep when there is nothing to read; 0 never sleeps. */
  unsigned rest;
  unsigned addresses;
  /** Sockets of the flood are bound to so many addresses in turn, each in a /24 of its own; 0 leaves it to the system. */
  unsigned sources;
};

/** What came of it. Latencies in ns, kept only where they mean something. */
struct result {
  uint64_t sent;
  uint64_t answered;
  /** Of the answered ones, those that came before the time was up. */
  uint64_t in_time;
  uint64_t lost;
  uint64_t wrong;
  uint64_t octets;
  uint64_t reconnects;
  double elapsed;
  uint32_t *latency;
  uint64_t latencies;
  uint64_t latency_room;
};

/** Monotonic time in ns. */
uint64_t now_ns(void);
/** Ends the program with a message about errno. */
void die(const char *what);
/** The next query of the file, which is read round and round. */
const struct query *next_query(struct plan *plan);
/** Counts a reply: right, or wrong when its flags, rcode, question or section counts are not those expected. */
void count_reply(struct result *result, const struct query *query, const uint8_t *reply, unsigned length, int udp);
/** Keeps a latency. */
void keep_latency(struct result *result, uint64_t ns);

void flood_udp(struct plan *plan, struct result *result);
void steady_udp(struct plan *plan, struct result *result);
void pipeline_tcp(struct plan *plan, struct result *result);
void connect_tcp(struct plan *plan, struct result *result);

#endif
