/*
 * More queries than a server can answer, and among them an honest client: sends without ever waiting for replies, and
 * beside it, by a clock, queries that are timed. Prints one line of JSON: how many of the honest ones were answered in time.
 *
 *   overload NAME PORT SECONDS HONEST [PAUSE]
 *
 * HONEST is in queries a second. Without PAUSE the other load is all that one core can send; with it, it sleeps for so
 * many µs after each 64 queries; -1 sends none.
 */

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { QUERY = 512, BATCH = 64, CROWD = 64, CLIENTS = 8, IDS = 65536, REPLY = 4096 };
/** Bounds, in ms, that replies are counted by; what comes later than the last, or never, is lost. */
static const unsigned BOUNDS[] = {20, 100, 400, 1000};
enum { CLASSES = sizeof BOUNDS / sizeof *BOUNDS };

struct load {
  uint8_t query[QUERY];
  unsigned length, port, honest;
  int pause;
  double seconds;
  uint64_t crowd_sent;
  volatile int over;
};

static uint64_t now_ns(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static void die(const char *what) {
  fprintf(stderr, "overload: %s: %s\n", what, strerror(errno));
  exit(1);
}

/* RFC 1035 §4.1: one question, A and IN. */
static void write_query(struct load *load, const char *name) {
  uint8_t *at = load->query;
  memcpy(at, "\0\0\1\0\0\1\0\0\0\0\0\0", 12);
  at += 12;
  while (*name) {
    const char *dot = strchr(name, '.');
    const size_t label = dot ? (size_t)(dot - name) : strlen(name);
    if (label > 63 || at + label > load->query + QUERY - 8) die("name");
    *at++ = label;
    memcpy(at, name, label);
    at += label;
    name += label + (dot != NULL);
  }
  memcpy(at, "\0\0\1\0\1", 5);
  load->length = at + 5 - load->query;
}

static int connected(const struct load *load, int room) {
  const struct sockaddr_in server = {
      .sin_family = AF_INET, .sin_port = htons(load->port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  const int fd = socket(AF_INET, SOCK_DGRAM, 0);
  if (fd < 0) die("socket");
  setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
  if (connect(fd, (const struct sockaddr *)&server, sizeof server) < 0) die("connect");
  return fd;
}

/* Who asks and does not listen. Its replies find no room: that costs the machine least. */
static void *crowd(void *context) {
  struct load *load = context;
  struct mmsghdr messages[BATCH];
  struct iovec at = {load->query, load->length};
  int fds[CROWD];
  for (unsigned i = 0; i < BATCH; i++)
    messages[i] = (struct mmsghdr){.msg_hdr = {.msg_iov = &at, .msg_iovlen = 1}};
  for (unsigned i = 0; i < CROWD; i++) fds[i] = connected(load, 1);
  const struct timespec pause = {.tv_nsec = load->pause * 1000};
  prctl(PR_SET_TIMERSLACK, 1);
  for (unsigned turn = 0; !load->over; turn++) {
    const int sent = sendmmsg(fds[turn % CROWD], messages, BATCH, 0);
    if (sent > 0) load->crowd_sent += sent;
    if (load->pause > 0) nanosleep(&pause, NULL);
  }
  return NULL;
}

struct honest {
  int fds[CLIENTS];
  uint64_t sent_at[IDS];
  uint64_t sent, classes[CLASSES];
};

static void hear(struct honest *honest) {
  uint8_t reply[REPLY];
  for (unsigned i = 0; i < CLIENTS; i++)
    while (recv(honest->fds[i], reply, sizeof reply, MSG_DONTWAIT) >= 12) {
      uint64_t *sent_at = &honest->sent_at[reply[0] << 8 | reply[1]];
      if (*sent_at == 0) continue;
      const uint64_t took = (now_ns() - *sent_at) / 1000000;
      *sent_at = 0;
      for (unsigned class = 0; class < CLASSES; class++) {
        if (took > BOUNDS[class]) continue;
        honest->classes[class]++;
        break;
      }
    }
}

static void ask(struct load *load, struct honest *honest) {
  uint8_t query[QUERY];
  const uint16_t id = honest->sent;
  memcpy(query, load->query, load->length);
  query[0] = id >> 8;
  query[1] = id;
  honest->sent_at[id] = now_ns();
  send(honest->fds[honest->sent++ % CLIENTS], query, load->length, 0);
}

static void print(const struct load *load, const struct honest *honest) {
  printf("{\"crowd\":%.0f,\"sent\":%lu,\"seconds\":%.1f", load->crowd_sent / load->seconds, honest->sent, load->seconds);
  uint64_t sum = 0;
  for (unsigned class = 0; class < CLASSES; class++)
    printf(",\"in%u\":%.4f", BOUNDS[class], (double)(sum += honest->classes[class]) / honest->sent);
  printf("}\n");
}

int main(int argc, char **argv) {
  if (argc < 5) {
    fprintf(stderr, "overload NAME PORT SECONDS HONEST [PAUSE]\n");
    return 2;
  }
  struct load load = {.port = atoi(argv[2]), .seconds = atof(argv[3]), .honest = atoi(argv[4])};
  load.pause = argc > 5 ? atoi(argv[5]) : 0;
  write_query(&load, argv[1]);
  struct honest *honest = calloc(1, sizeof *honest);
  for (unsigned i = 0; i < CLIENTS; i++) honest->fds[i] = connected(&load, 1 << 20);
  pthread_t thread;
  if (load.pause >= 0 && pthread_create(&thread, NULL, crowd, &load) != 0) die("pthread_create");
  // The queue is full before anybody is timed.
  usleep(300000);
  prctl(PR_SET_TIMERSLACK, 1);
  const uint64_t start = now_ns(), end = start + load.seconds * 1e9, step = 1000000000u / load.honest;
  const struct timespec rest = {.tv_nsec = step / 4 > 200000 ? 200000 : step / 4};
  uint64_t due = start;
  for (uint64_t now = start; now < end; now = now_ns()) {
    for (; due <= now; due += step) ask(&load, honest);
    hear(honest);
    nanosleep(&rest, NULL);
  }
  for (const uint64_t late = now_ns() + BOUNDS[CLASSES - 1] * 1000000ull; now_ns() < late; nanosleep(&rest, NULL)) hear(honest);
  load.over = 1;
  if (load.pause >= 0) pthread_join(thread, NULL);
  print(&load, honest);
  return 0;
}
