/** Connections to BGP neighbours: with TCP MD5 signatures (RFC 2385) and TTL security (RFC 5082) where they are asked for. */

import { connect, Socket, type SocketConstructorOpts } from "node:net";
import type { NeighbourOptions } from "../../anycast/bgp/speaker.ts";
import { addressOctets } from "../../text/ipaddress.ts";
import * as sys from "../../transport/libc.ts";
import { type Libc, openLibc, systemError } from "../../transport/libc.ts";
import { sockaddrOf } from "../../transport/sockaddr.ts";

/** struct tcp_md5sig: a sockaddr in 128 octets, flags, length of the prefix, length of the key, interface, the key. */
const MD5SIG = { octets: 216, keyLength: 130, key: 136, longestKey: 80 } as const;
/** What packets leave with, and what is left of that after no router at all. */
const FULL_TTL = 255;

export type Dial = (neighbour: NeighbourOptions) => Socket;

/**
 * What dials these neighbours. Rejects with an Error, a sentence, when one of them needs a signature or TTL security and
 * this machine has no way to ask the kernel for them; the function itself throws a system error for a socket that can't be had.
 */
export async function openDial(neighbours: readonly NeighbourOptions[]): Promise<Dial> {
  for (const { at, password } of neighbours) {
    if (password !== undefined && Buffer.byteLength(password) > MD5SIG.longestKey) {
      throw new Error(
        `the password of neighbour ${at.address} is longer than 80 octets, the most for TCP MD5: shorten it`,
      );
    }
  }
  if (!neighbours.some(isSecured)) return plain;
  const libc = await openLibc().catch((error: Error) => {
    throw new Error(
      `password and hops of anycast.bgp.neighbours can't be had here: ${error.message}; leave them out, and announce to a BIRD on this machine that has them`,
    );
  });
  return (neighbour) => (isSecured(neighbour) ? secured(libc, neighbour) : plain(neighbour));
}

function isSecured({ password, hops }: NeighbourOptions): boolean {
  return password !== undefined || hops > 0;
}

function plain({ at }: NeighbourOptions): Socket {
  return connect({ host: at.address, port: at.port });
}

/** A socket that has its options before it connects: the first segment is signed. */
function secured(libc: Libc, neighbour: NeighbourOptions): Socket {
  const { at } = neighbour;
  const family = addressOctets(at.address).length === 4 ? sys.AF_INET : sys.AF_INET6;
  const fd = libc.socket(family, sys.SOCK_STREAM_NONBLOCK, 0);
  if (fd < 0) throw systemError(libc, "socket");
  try {
    secure(libc, fd, neighbour);
    // "manualStart": Node would read at once from a descriptor that it is given, and this one is not connected yet.
    const options: SocketConstructorOpts & { manualStart: true } = { fd, manualStart: true };
    return new Socket(options).connect({ host: at.address, port: at.port });
  } catch (error) {
    libc.close(fd);
    throw error;
  }
}

function secure(libc: Libc, fd: number, { at, password, hops }: NeighbourOptions): void {
  const set = (level: number, option: number, value: Uint8Array | Int32Array) => {
    if (libc.setsockopt(fd, level, option, value, value.byteLength) < 0) throw systemError(libc, "setsockopt");
  };
  if (password !== undefined) set(sys.IPPROTO_TCP, sys.TCP_MD5SIG, signature(at.address, password));
  if (hops === 0) return;
  const least = Int32Array.of(FULL_TTL + 1 - hops);
  if (addressOctets(at.address).length === 4) {
    set(sys.IPPROTO_IP, sys.IP_TTL, Int32Array.of(FULL_TTL));
    set(sys.IPPROTO_IP, sys.IP_MINTTL, least);
  } else {
    set(sys.IPPROTO_IPV6, sys.IPV6_UNICAST_HOPS, Int32Array.of(FULL_TTL));
    set(sys.IPPROTO_IPV6, sys.IPV6_MINHOPCOUNT, least);
  }
}

function signature(address: string, password: string): Uint8Array {
  const value = new Uint8Array(new ArrayBuffer(MD5SIG.octets));
  value.set(sockaddrOf({ address, port: 0 }));
  const key = Buffer.from(password);
  new DataView(value.buffer).setUint16(MD5SIG.keyLength, key.length, true);
  value.set(key, MD5SIG.key);
  return value;
}
