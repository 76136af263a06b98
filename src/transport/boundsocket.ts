/** A UDP socket that the batch transport reads from, made by the system's own calls. */

import { isIPv6 } from "node:net";
import type { Listen } from "../text/listen.ts";
import * as sys from "./libc.ts";
import { type Libc, systemError } from "./libc.ts";
import { sockaddrOf } from "./sockaddr.ts";

/** The kernel's queues, in octets, as far as the system allows. */
const QUEUE = 4 << 20;

export interface Socket {
  readonly fd: number;
  readonly listen: Listen;
  readonly ipv6: boolean;
  readonly sockaddr: Uint8Array;
}

export interface SocketOptions {
  /** Others bind the same address (SO_REUSEPORT). */
  readonly shared: boolean;
  /** How long a read waits for a datagram, in milliseconds. */
  readonly wait: number;
}

/** Binds an address. Throws the system's error, with its code, when that can't be. */
export function boundSocket(libc: Libc, listen: Listen, options: SocketOptions): Socket {
  const ipv6 = isIPv6(listen.address);
  const fd = libc.socket(ipv6 ? sys.AF_INET6 : sys.AF_INET, sys.SOCK_DGRAM_CLOEXEC, 0);
  if (fd < 0) throw systemError(libc, "socket");
  const sockaddr = sockaddrOf(listen, scopeOf(libc, listen.address));
  const socket = { fd, listen, ipv6, sockaddr };
  try {
    configure(libc, socket, options);
    if (libc.bind(fd, sockaddr, sockaddr.length) !== 0) throw systemError(libc, "bind");
  } catch (error) {
    libc.close(fd);
    throw error;
  }
  return socket;
}

function configure(libc: Libc, { fd, ipv6 }: Socket, { shared, wait }: SocketOptions): void {
  const value = new Int32Array(new ArrayBuffer(16));
  const set = (level: number, option: number, ...words: number[]) => {
    value.set(words);
    return libc.setsockopt(fd, level, option, new Uint8Array(value.buffer), words.length * 4);
  };
  if (shared && set(sys.SOL_SOCKET, sys.SO_REUSEPORT, 1) !== 0) throw systemError(libc, "SO_REUSEPORT");
  if (ipv6 && set(sys.IPPROTO_IPV6, sys.IPV6_V6ONLY, 1) !== 0) throw systemError(libc, "IPV6_V6ONLY");
  // struct timeval in words of 32 bits: seconds, microseconds. What follows is worth having, and no more.
  set(sys.SOL_SOCKET, sys.SO_RCVTIMEO, 0, 0, wait * 1000, 0);
  set(sys.SOL_SOCKET, sys.SO_RCVBUF, QUEUE);
  set(sys.SOL_SOCKET, sys.SO_SNDBUF, QUEUE);
  // Path MTUs that somebody claims by ICMP are not believed: replies would be cut into fragments at his will.
  if (ipv6) set(sys.IPPROTO_IPV6, sys.IPV6_MTU_DISCOVER, sys.PMTUDISC_OMIT);
  else set(sys.IPPROTO_IP, sys.IP_MTU_DISCOVER, sys.PMTUDISC_OMIT);
}

/** The interface that a link-local address is on; 0 for other addresses. */
function scopeOf(libc: Libc, address: string): number {
  const name = address.split("%")[1];
  if (name === undefined) return 0;
  return /^\d+$/.test(name) ? Number(name) : libc.interfaceIndex(name);
}
