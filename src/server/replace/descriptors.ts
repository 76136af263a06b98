/**
 * Open connections from one process to another: descriptors in a datagram to a Unix socket (SCM_RIGHTS of unix(7)), which Node
 * can't send or take. Not over the control socket, where the rest is said: Node reads that one eagerly, and drops what
 * descriptors come with what it reads.
 */

import { rmSync } from "node:fs";
import * as sys from "../../transport/libc.ts";
import { type Libc, openLibc, systemError } from "../../transport/libc.ts";
import { UNIX_PATH_MOST, unixAddress } from "../../transport/unixaddress.ts";

/** The kernel's own bound (SCM_MAX_FD). */
export const DESCRIPTORS_MOST = 253;

/** struct msghdr, the one piece that it names, and struct cmsghdr with what follows it: all in one piece of memory. */
const MSG = { iov: 16, iovCount: 24, control: 32, controlLength: 40, flags: 48, octets: 56 } as const;
const IOV = { at: 56, length: 64 } as const;
/** One octet has to be sent with descriptors. */
const PAYLOAD = 72;
const CONTROL = 80;
const CMSG = { level: 8, type: 12, data: 16 } as const;
const INT = 4;

/** A place to which descriptors can be sent, by this user alone. */
export interface Box {
  readonly path: string;
  /** Those that have been sent, close-on-exec; none when there are not exactly so many. */
  take(count: number): number[];
  /** Lets go of what was taken. */
  discard(descriptors: readonly number[]): void;
  close(): void;
}

/** Makes a place. Rejects with an Error that says why it can't be made. */
export async function openBox(path: string): Promise<Box> {
  if (Buffer.byteLength(path) > UNIX_PATH_MOST) throw new Error(`${path} is too long for a Unix socket`);
  const libc = await openLibc();
  // What a process that was killed has left.
  rmSync(path, { force: true });
  const fd = libc.socket(sys.AF_UNIX, sys.SOCK_DGRAM_CLOEXEC, 0);
  if (fd < 0) throw systemError(libc, "socket");
  const address = unixAddress(path);
  const before = process.umask(0o177);
  const bound = libc.bind(fd, address, address.length);
  const error = bound < 0 ? systemError(libc, "bind") : undefined;
  process.umask(before);
  if (error) {
    libc.close(fd);
    throw error;
  }
  return {
    path,
    take: (count) => receive(libc, fd, count),
    discard: (descriptors) => {
      for (const one of descriptors) libc.close(one);
    },
    close: () => {
      libc.close(fd);
      rmSync(path, { force: true });
    },
  };
}

/** Sends descriptors to a place: they are there when this resolves. Rejects with an Error that says why they can't be. */
export async function sendDescriptors(path: string, descriptors: readonly number[]): Promise<void> {
  if (descriptors.length > DESCRIPTORS_MOST) throw new Error(`they are more than ${DESCRIPTORS_MOST}`);
  const libc = await openLibc();
  const fd = libc.socket(sys.AF_UNIX, sys.SOCK_DGRAM_CLOEXEC, 0);
  if (fd < 0) throw systemError(libc, "socket");
  try {
    const address = unixAddress(path);
    if (libc.connect(fd, address, address.length) < 0) throw systemError(libc, "connect");
    const message = messageFor(libc, descriptors.length);
    const view = new DataView(message.buffer);
    view.setBigUint64(CONTROL, BigInt(CMSG.data + descriptors.length * INT), true);
    view.setInt32(CONTROL + CMSG.level, sys.SOL_SOCKET, true);
    view.setInt32(CONTROL + CMSG.type, sys.SCM_RIGHTS, true);
    descriptors.forEach((one, i) => {
      view.setInt32(CONTROL + CMSG.data + i * INT, one, true);
    });
    if (libc.sendmsg(fd, message, sys.MSG_DONTWAIT) < 0) throw systemError(libc, "sendmsg");
  } finally {
    libc.close(fd);
  }
}

function receive(libc: Libc, fd: number, count: number): number[] {
  const message = messageFor(libc, DESCRIPTORS_MOST);
  if (libc.recvmsg(fd, message, sys.MSG_DONTWAIT | sys.MSG_CMSG_CLOEXEC) < 0) return [];
  const view = new DataView(message.buffer);
  const held = Number(view.getBigUint64(MSG.controlLength, true)) >= CMSG.data;
  const rights = held && view.getInt32(CONTROL + CMSG.type, true) === sys.SCM_RIGHTS;
  const octets = rights ? Number(view.getBigUint64(CONTROL, true)) - CMSG.data : 0;
  const taken = Array.from({ length: octets / INT }, (_, i) => view.getInt32(CONTROL + CMSG.data + i * INT, true));
  const whole = (view.getInt32(MSG.flags, true) & sys.MSG_CTRUNC) === 0 && taken.length === count;
  if (whole) return taken;
  for (const one of taken) libc.close(one);
  return [];
}

/** A message with room for so many descriptors. */
function messageFor(libc: Libc, descriptors: number): Uint8Array<ArrayBuffer> {
  // CMSG_SPACE: in whole words.
  const control = CMSG.data + Math.ceil((descriptors * INT) / 8) * 8;
  const message = new Uint8Array(new ArrayBuffer(CONTROL + control));
  const view = new DataView(message.buffer);
  const at = libc.address(message);
  view.setBigUint64(MSG.iov, at + BigInt(IOV.at), true);
  view.setBigUint64(MSG.iovCount, 1n, true);
  view.setBigUint64(MSG.control, at + BigInt(CONTROL), true);
  view.setBigUint64(MSG.controlLength, BigInt(control), true);
  view.setBigUint64(IOV.at, at + BigInt(PAYLOAD), true);
  view.setBigUint64(IOV.length, 1n, true);
  return message;
}
