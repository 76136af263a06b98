/** Connections to BGP neighbours: with TCP MD5 signatures (RFC 2385) and TTL security (RFC 5082) where they are asked for. */

import { connect, Socket, type SocketConstructorOpts } from "node:net";
import type { Descriptors, NeighbourOptions } from "../../anycast/bgp/speaker.ts";
import { addressOctets } from "../../text/ipaddress.ts";
import * as sys from "../../transport/libc.ts";
import { type Libc, openLibc, systemError } from "../../transport/libc.ts";
import { sockaddrOf } from "../../transport/sockaddr.ts";

/** struct tcp_md5sig: a sockaddr in 128 octets, flags, length of the prefix, length of the key, interface, the key. */
const MD5SIG = { octets: 216, keyLength: 130, key: 136, longestKey: 80 } as const;
/** What packets leave with, and what is left of that after no router at all. */
const FULL_TTL = 255;
/** Octets that are read at once: a message of BGP has 4096 at most. */
const READ = 8192;

export type Dial = (neighbour: NeighbourOptions) => Socket;

export interface Connections {
  readonly dial: Dial;
  /** Undefined where sessions can't be handed to another process. */
  readonly descriptors: Descriptors | undefined;
}

/**
 * What dials these neighbours. Rejects with an Error, a sentence, when one of them needs a signature or TTL security and
 * this machine has no way to ask the kernel for them; the function itself throws a system error for a socket that can't be had.
 */
export async function openConnections(neighbours: readonly NeighbourOptions[]): Promise<Connections> {
  for (const { at, password } of neighbours) {
    if (password !== undefined && Buffer.byteLength(password) > MD5SIG.longestKey) {
      throw new Error(
        `the password of neighbour ${at.address} is longer than 80 octets, the most for TCP MD5: shorten it`,
      );
    }
  }
  const libc = await openLibc().catch((error: Error) => {
    if (!neighbours.some(isSecured)) return undefined;
    throw new Error(
      `password and hops of anycast.bgp.neighbours can't be had here: ${error.message}; leave them out, and announce to a BIRD on this machine that has them`,
    );
  });
  if (!libc) return { dial: ({ at }) => connect({ host: at.address, port: at.port }), descriptors: undefined };
  const known = new WeakMap<Socket, number>();
  return {
    dial: (neighbour) => dialled(libc, neighbour, known),
    descriptors: {
      of: (socket) => (socket.destroyed ? undefined : known.get(socket)),
      open: (fd) => {
        const socket = readingAsWanted({ fd });
        known.set(socket, fd);
        return socket;
      },
      close: (fd) => libc.close(fd),
    },
  };
}

function isSecured({ password, hops }: NeighbourOptions): boolean {
  return password !== undefined || hops > 0;
}

/** A socket that reads only while it is not paused: without `onread`, Node reads on into a buffer of its own. */
function readingAsWanted(options: SocketConstructorOpts): Socket {
  const onread = {
    buffer: Buffer.alloc(READ),
    // What is given is only good until the next call, and is looked at before that.
    callback: (octets: number, buffer: Uint8Array): boolean => socket.emit("data", buffer.subarray(0, octets)),
  };
  const socket: Socket = new Socket({ ...options, onread });
  return socket;
}

/** A socket whose descriptor we know, and that has its options before it connects: the first segment is signed. */
function dialled(libc: Libc, neighbour: NeighbourOptions, known: WeakMap<Socket, number>): Socket {
  const { at } = neighbour;
  const family = addressOctets(at.address).length === 4 ? sys.AF_INET : sys.AF_INET6;
  const fd = libc.socket(family, sys.SOCK_STREAM_NONBLOCK, 0);
  if (fd < 0) throw systemError(libc, "socket");
  try {
    secure(libc, fd, neighbour);
    // "manualStart": Node would read at once from a descriptor that it is given, and this one is not connected yet.
    const options: SocketConstructorOpts & { manualStart: true } = { fd, manualStart: true };
    const socket = readingAsWanted(options);
    known.set(socket, fd);
    return socket.connect({ host: at.address, port: at.port });
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
