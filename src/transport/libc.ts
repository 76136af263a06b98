/**
 * The system calls that node:dgram does not make: datagrams in batches, called straight from here through koffi.
 * Linux on 64-bit little-endian machines only; elsewhere, or without koffi's binary, the error says why not.
 */

import { endianness } from "node:os";
import { getSystemErrorName } from "node:util";

/** Memory for the kernel to read or write. Views over a buffer of their own: small ones of V8's heap may move. */
export type Memory = Uint8Array | Int32Array;

/** Each call gives what the system's does: -1 for an error, whose code `lastError` then tells. */
export interface Libc {
  socket(domain: number, type: number, protocol: number): number;
  setsockopt(fd: number, level: number, option: number, value: Memory, octets: number): number;
  getsockopt(fd: number, level: number, option: number, value: Memory, octets: Memory): number;
  ioctl(fd: number, request: number, value: Memory): number;
  bind(fd: number, address: Memory, octets: number): number;
  connect(fd: number, address: Memory, octets: number): number;
  send(fd: number, octets: Memory, length: number, flags: number): number;
  poll(fds: Memory, count: number, milliseconds: number): number;
  recvmmsg(fd: number, messages: Memory, count: number, flags: number, timeout: null): number;
  sendmmsg(fd: number, messages: Memory, count: number, flags: number): number;
  sendmsg(fd: number, message: Memory, flags: number): number;
  recvmsg(fd: number, message: Memory, flags: number): number;
  close(fd: number): number;
  /** Makes `to` a descriptor of what `fd` is; what it was before is closed. */
  dup3(fd: number, to: number, flags: number): number;
  /** The number of an interface; 0 when there is none of the name. */
  interfaceIndex(name: string): number;
  /** Where memory stands. */
  address(memory: Memory): bigint;
  /** The number of the last call's error. */
  lastError(): number;
}

/** Linux's numbers, the same on every architecture that koffi and we run on. */
export const AF_UNIX = 1;
export const AF_INET = 2;
export const AF_INET6 = 10;
export const SOCK_DGRAM_CLOEXEC: number = 2 | 0o2000000;
/** Such as libuv wants it: close-on-exec, and non-blocking. */
export const SOCK_STREAM_NONBLOCK: number = 1 | 0o2000000 | 0o4000;
export const O_CLOEXEC = 0o2000000;
export const SOL_SOCKET = 1;
export const SO_SNDBUF = 7;
export const SO_RCVBUF = 8;
export const SCM_RIGHTS = 1;
export const SO_REUSEPORT = 15;
export const SO_RCVTIMEO = 20;
export const SO_ATTACH_FILTER = 26;
export const SO_DETACH_FILTER = 27;
export const SO_MEMINFO = 55;
export const SIOCGSTAMPNS = 0x8907;
export const SO_ATTACH_REUSEPORT_CBPF = 51;
export const SO_DETACH_REUSEPORT_BPF = 68;
export const IPPROTO_IP = 0;
export const IP_TTL = 2;
export const IP_MTU_DISCOVER = 10;
export const IP_MINTTL = 21;
export const IPPROTO_TCP = 6;
export const TCP_MD5SIG = 14;
export const IPPROTO_IPV6 = 41;
export const IPV6_UNICAST_HOPS = 16;
export const IPV6_MTU_DISCOVER = 23;
export const IPV6_V6ONLY = 26;
export const IPV6_MINHOPCOUNT = 73;
export const PMTUDISC_OMIT = 5;
export const MSG_TRUNC = 0x20;
export const MSG_DONTWAIT = 0x40;
export const MSG_WAITFORONE = 0x10000;
export const MSG_CTRUNC = 0x8;
export const MSG_CMSG_CLOEXEC = 0x40000000;
export const POLLIN = 1;
export const EAGAIN = 11;

/** What decides whether the calls can be had. */
export interface Machine {
  readonly platform: string;
  readonly arch: string;
  koffi(): Promise<typeof import("koffi")>;
}

const here: Machine = { platform: process.platform, arch: process.arch, koffi: () => import("koffi") };

/** Binds the calls. Rejects with an Error that says why there are none here. */
export async function openLibc(machine: Machine = here): Promise<Libc> {
  const { platform, arch } = machine;
  if (platform !== "linux") throw new Error(`recvmmsg is Linux's, this is ${platform}`);
  if (endianness() !== "LE" || !arch.endsWith("64"))
    throw new Error(`structures are laid out for 64 bits, not ${arch}`);
  const { load, address, errno } = await machine.koffi().catch((error: Error) => {
    throw new Error(`koffi can't be loaded: ${error.message.split("\n")[0]}`);
  });
  // The process itself: Node is linked to the C library of this system, whichever that is.
  const self = load(null);
  const libc = {
    socket: self.func("int socket(int, int, int)"),
    setsockopt: self.func("int setsockopt(int, int, int, void *, uint32_t)"),
    getsockopt: self.func("int getsockopt(int, int, int, void *, void *)"),
    // With more arguments than these two it takes any: they stand where a function's usual ones do, but on Apple's systems.
    ioctl: self.func("int ioctl(int, unsigned long, void *)"),
    bind: self.func("int bind(int, void *, uint32_t)"),
    connect: self.func("int connect(int, void *, uint32_t)"),
    send: self.func("long send(int, void *, unsigned long, int)"),
    poll: self.func("int poll(void *, unsigned long, int)"),
    recvmmsg: self.func("int recvmmsg(int, void *, uint32_t, int, void *)"),
    sendmmsg: self.func("int sendmmsg(int, void *, uint32_t, int)"),
    sendmsg: self.func("long sendmsg(int, void *, int)"),
    recvmsg: self.func("long recvmsg(int, void *, int)"),
    close: self.func("int close(int)"),
    dup3: self.func("int dup3(int, int, int)"),
    interfaceIndex: self.func("if_nametoindex", "uint32_t", ["str"]),
    address,
    lastError: () => errno(),
  };
  tryOut(libc);
  return libc;
}

/** Some sandboxes have no such calls: better known before anything is to be answered. */
function tryOut(libc: Libc): void {
  const memory = new Uint8Array(new ArrayBuffer(64));
  const fd = libc.socket(AF_INET, SOCK_DGRAM_CLOEXEC, 0);
  if (fd < 0) throw systemError(libc, "socket");
  try {
    if (libc.recvmmsg(fd, memory, 1, MSG_DONTWAIT, null) < 0 && libc.lastError() !== EAGAIN) {
      throw systemError(libc, "recvmmsg");
    }
    if (libc.sendmmsg(fd, memory, 0, MSG_DONTWAIT) < 0) throw systemError(libc, "sendmmsg");
  } finally {
    libc.close(fd);
  }
}

/** The last call's error as Node's own have it: with a code, such as EADDRINUSE. */
export function systemError(libc: Libc, call: string): Error & { readonly code: string } {
  const code = getSystemErrorName(-libc.lastError());
  return Object.assign(new Error(`${call}: ${code}`), { code });
}
