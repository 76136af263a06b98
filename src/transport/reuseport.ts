/** Whom the kernel gives new connections, among processes that listen at one address by SO_REUSEPORT. */

import { type Libc, SO_ATTACH_REUSEPORT_CBPF, SO_DETACH_REUSEPORT_BPF, SOL_SOCKET, systemError } from "./libc.ts";

/** BPF_RET | BPF_K: the program's result is the constant. */
const RETURN_CONSTANT = 0x06;
/** struct sock_filter (8 octets), then struct sock_fprog (16): how many there are, and where. */
const FILTER = 8;
const FPROG = 16;

/**
 * Gives all new connections to one of the listeners, by its number: they are numbered in the order in which they came,
 * and one that goes leaves its number to the last. The others then have only those that they were given before, and can
 * take all of them before they close. Closing at once would reset connections that wait to be accepted, but for
 * net.ipv4.tcp_migrate_req=1. Throws the system's error.
 */
export function giveConnectionsTo(number: number, libc: Libc, fd: number): void {
  const memory = new Uint8Array(new ArrayBuffer(FILTER + FPROG));
  const view = new DataView(memory.buffer);
  view.setUint16(0, RETURN_CONSTANT, true);
  view.setUint32(4, number, true);
  view.setUint16(FILTER, 1, true);
  view.setBigUint64(FILTER + 8, libc.address(memory), true);
  const program = memory.subarray(FILTER);
  if (libc.setsockopt(fd, SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, program, FPROG) !== 0) {
    throw systemError(libc, "SO_ATTACH_REUSEPORT_CBPF");
  }
}

/** Lets the kernel choose again. A number that nobody has is no choice to it: it matters only when others come. */
export function giveConnectionsToAll(libc: Libc, fd: number): void {
  const nothing = new Uint8Array(new ArrayBuffer(4));
  // Where no program was attached, that is an error, and all is well.
  libc.setsockopt(fd, SOL_SOCKET, SO_DETACH_REUSEPORT_BPF, nothing, nothing.length);
}
