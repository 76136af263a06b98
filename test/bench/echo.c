/* The ceiling: a query becomes a reply by one bit, in batches of recvmmsg and sendmmsg. Its argument is its port. */

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum { BATCH = 64, ROOM = 4096, BUFFER = 4 << 20, QR = 0x80 };

int main(int argc, char **argv) {
  static struct mmsghdr messages[BATCH];
  static struct iovec at[BATCH];
  static struct sockaddr_in from[BATCH];
  static uint8_t room[BATCH][ROOM];
  const struct sockaddr_in own = {.sin_family = AF_INET,
                                  .sin_port = htons(argc > 1 ? atoi(argv[1]) : 0),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  const int fd = socket(AF_INET, SOCK_DGRAM, 0);
  const int size = BUFFER;
  setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
  if (bind(fd, (const struct sockaddr *)&own, sizeof own) < 0) {
    perror("echo: bind");
    return 1;
  }
  for (;;) {
    for (int i = 0; i < BATCH; i++) {
      at[i] = (struct iovec){room[i], ROOM};
      messages[i].msg_hdr =
          (struct msghdr){.msg_name = &from[i], .msg_namelen = sizeof from[i], .msg_iov = &at[i], .msg_iovlen = 1};
    }
    const int count = recvmmsg(fd, messages, BATCH, MSG_WAITFORONE, NULL);
    if (count <= 0) continue;
    for (int i = 0; i < count; i++) {
      room[i][2] |= QR;
      at[i].iov_len = messages[i].msg_len;
    }
    sendmmsg(fd, messages, count, 0);
  }
}
