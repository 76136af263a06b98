/*
 * The load generator: sends the queries of a file, checks every reply, prints one line of JSON.
 *
 *   load MODE FILE PORT SECONDS [name=value ...]
 *
 * Modes: flood (UDP, a window of outstanding queries), steady (UDP, a rate, latencies), pipeline (TCP, some connections
 * with a window each), connect (TCP, a connection for each query). The file holds, for each query: its length in two
 * octets, the expected rcode, the expected sections (struct query), and its wire form.
 */

#define _GNU_SOURCE
#include "load.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { FILE_HEAD = 4, DNS_HEAD = 12, QR = 0x80, TC = 0x02, ANY_REPLY = 0xff };

uint64_t now_ns(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

void die(const char *what) {
  fprintf(stderr, "load: %s: %s\n", what, strerror(errno));
  exit(1);
}

const struct query *next_query(struct plan *plan) {
  const struct query *query = &plan->queries[plan->next];
  plan->next = plan->next + 1 == plan->query_count ? 0 : plan->next + 1;
  return query;
}

static int section_wrong(unsigned want, unsigned high, unsigned low) {
  return want != 2 && want != ((high | low) != 0);
}

/* Every server returns the question section octet for octet. */
static int reply_wrong(const struct query *query, const uint8_t *reply, unsigned length, int udp) {
  if (length < DNS_HEAD + (unsigned)query->question || !(reply[2] & QR) || (udp && (reply[2] & TC))) return 1;
  if (query->rcode == ANY_REPLY) return 0;
  if ((reply[3] & 15) != query->rcode) return 1;
  if (section_wrong(query->want & 3, reply[6], reply[7])) return 1;
  if (section_wrong(query->want >> 2 & 3, reply[8], reply[9])) return 1;
  return memcmp(reply + DNS_HEAD, query->wire + DNS_HEAD, query->question) != 0;
}

void count_reply(struct result *result, const struct query *query, const uint8_t *reply, unsigned length, int udp) {
  result->answered++;
  result->octets += length;
  if (reply_wrong(query, reply, length, udp)) result->wrong++;
}

void keep_latency(struct result *result, uint64_t ns) {
  if (result->latencies < result->latency_room) result->latency[result->latencies++] = ns > UINT32_MAX ? UINT32_MAX : ns;
}

/* Octets of the question: a name that is not compressed, type and class. */
static uint16_t question_length(const uint8_t *wire) {
  const uint8_t *at = wire + DNS_HEAD;
  while (*at != 0) at += 1 + *at;
  return at + 5 - wire - DNS_HEAD;
}

static void read_queries(struct plan *plan, const char *path) {
  const int fd = open(path, O_RDONLY);
  struct stat status;
  if (fd < 0 || fstat(fd, &status) < 0) die(path);
  const uint8_t *at = mmap(NULL, status.st_size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd, 0);
  if (at == MAP_FAILED) die(path);
  const uint8_t *end = at + status.st_size;
  struct query *queries = NULL;
  uint32_t room = 0, count = 0;
  for (; at + FILE_HEAD < end; at += FILE_HEAD + (at[0] << 8 | at[1])) {
    if (count == room) queries = realloc(queries, sizeof *queries * (room = room ? room * 2 : 4096));
    const uint8_t *wire = at + FILE_HEAD;
    queries[count++] = (struct query){wire, at[0] << 8 | at[1], question_length(wire), at[2], at[3]};
  }
  plan->queries = queries;
  plan->query_count = count;
}

static void read_option(struct plan *plan, const char *word) {
  char name[16];
  double value;
  if (sscanf(word, "%15[a-z]=%lf", name, &value) != 2) die(word);
  if (!strcmp(name, "sockets")) plan->sockets = value;
  else if (!strcmp(name, "window")) plan->window = value;
  else if (!strcmp(name, "batch")) plan->batch = value;
  else if (!strcmp(name, "rate")) plan->rate = value;
  else if (!strcmp(name, "rest")) plan->rest = value;
  else if (!strcmp(name, "addresses")) plan->addresses = value;
  else if (!strcmp(name, "sources")) plan->sources = value;
  else if (!strcmp(name, "skip")) plan->next = (uint32_t)value % plan->query_count;
  else die(word);
}

static int by_value(const void *a, const void *b) {
  const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
  return x < y ? -1 : x > y;
}

static double at_share(const struct result *result, double share) {
  if (result->latencies == 0) return 0;
  const uint64_t at = result->latencies * share;
  return result->latency[at < result->latencies ? at : result->latencies - 1] / 1e3;
}

static void print_result(const struct plan *plan, struct result *result) {
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  const double cpu = usage.ru_utime.tv_sec + usage.ru_stime.tv_sec + (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
  qsort(result->latency, result->latencies, sizeof *result->latency, by_value);
  printf("{\"sent\":%lu,\"answered\":%lu,\"lost\":%lu,\"wrong\":%lu,\"reconnects\":%lu,\"seconds\":%.4f,\"qps\":%.0f,",
         result->sent, result->answered, result->lost, result->wrong, result->reconnects, result->elapsed,
         result->in_time / result->elapsed);
  printf("\"reply_octets\":%.1f,\"load_cpu_s\":%.3f,\"next\":%u,",
         result->answered ? (double)result->octets / result->answered : 0, cpu, plan->next);
  printf("\"p50_us\":%.1f,\"p99_us\":%.1f,\"p999_us\":%.1f,\"max_us\":%.1f}\n", at_share(result, 0.5),
         at_share(result, 0.99), at_share(result, 0.999), at_share(result, 1));
}

int main(int argc, char **argv) {
  if (argc < 5) {
    fprintf(stderr, "load: MODE FILE PORT SECONDS [name=value ...]\n");
    return 2;
  }
  struct plan plan = {.port = atoi(argv[3]), .seconds = atof(argv[4]), .sockets = 10, .window = 16, .batch = 16,
                      .rate = 20000, .addresses = 200};
  read_queries(&plan, argv[2]);
  if (plan.query_count == 0) die("no queries");
  for (int i = 5; i < argc; i++) read_option(&plan, argv[i]);
  struct result result = {.latency_room = plan.rate * plan.seconds * 1.1 + 1000};
  result.latency = malloc(result.latency_room * sizeof *result.latency);
  const char *mode = argv[1];
  if (!strcmp(mode, "flood")) flood_udp(&plan, &result);
  else if (!strcmp(mode, "steady")) steady_udp(&plan, &result);
  else if (!strcmp(mode, "pipeline")) pipeline_tcp(&plan, &result);
  else if (!strcmp(mode, "connect")) connect_tcp(&plan, &result);
  else die(mode);
  print_result(&plan, &result);
  return 0;
}
