/* The flood's parts: what is sent to whom, and what came of it for those who mean well. */

#ifndef FLOOD_H
#define FLOOD_H

#include <netinet/in.h>
#include <stdint.h>

/** What to do. */
struct plan {
  struct sockaddr_in server;
  /** The attacker's question: its labels before the zone are random when `random` is set. */
  const char *question;
  uint16_t type;
  int random;
  /** /24s that the attack seems to come from; datagrams a second of it, 0 for all it can. */
  unsigned sources;
  double attack;
  /** Datagrams that go to the kernel as one (UDP_SEGMENT), all from one source. */
  unsigned segments;
  /** Queries a second of the honest, and the names they ask for: host-00000 … below the zone. */
  double honest;
  /** The same of the known ones before the attack: a server that has just begun is not what is measured. */
  double warm;
  unsigned names;
  const char *zone;
  /**
   * Honest prefixes that ask from the beginning on, those that come with the attack, and those of them that ask for as
   * many other names, of which nobody has asked before.
   */
  unsigned known, fresh, strange;
  /** Seconds before the attack, and of it. */
  double before, seconds;
};

/** What became of the honest queries of one group while the attack lasted. */
struct tally {
  uint64_t asked;
  /** Answered well within a second, and of those without asking again. */
  uint64_t answered, first;
  /** That were told to come by TCP, and that were answered so. */
  uint64_t truncated, by_tcp;
  uint64_t wrong;
  uint32_t *latency;
  uint64_t latencies, room;
};

enum { KNOWN, FRESH, STRANGE, GROUPS };

/** Monotonic time in ns. */
uint64_t now_ns(void);
/** Ends the program with a message about errno. */
void die(const char *what);
/** A number from 0 to 2^32 - 1 that looks random. */
uint32_t random32(void);
/** Writes a query with EDNS and DO; its length. */
unsigned write_query(uint8_t *wire, const char *name, uint16_t type);

/** Opens the attacker's sockets; how many octets a query of his has. */
unsigned open_attack(const struct plan *plan);
/** Sends a burst; how many datagrams it was. */
unsigned attack(void);

/** Opens a socket for each honest prefix. */
void open_honest(const struct plan *plan, struct tally *tallies);
/** Asks what is due, asks again, reads what has come. `measured` queries are counted, `groups` of them ask. */
void honest(uint64_t now, int groups, int measured);

#endif
