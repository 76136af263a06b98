/** The socket of a service manager (sd_notify(3), NOTIFY_SOCKET): datagrams to a Unix socket, which Node can't send. */

import { spawn } from "node:child_process";
import { AF_UNIX, type Libc, openLibc, SOCK_DGRAM_CLOEXEC, systemError } from "../transport/libc.ts";
import { UNIX_PATH_MOST, unixAddress } from "../transport/unixaddress.ts";
import type { Tell } from "./log.ts";
import { datagramOf, type Notice } from "./notices.ts";

/** Tells the manager; in vain where there is none. Never throws. */
export type Notify = (...notices: readonly Notice[]) => void;

/** Finds the manager of the environment. Never rejects: a server without a manager serves. */
export async function openNotify(environment: NodeJS.ProcessEnv, tell: Tell): Promise<Notify> {
  const path = environment.NOTIFY_SOCKET;
  if (path === undefined || path === "") return () => {};
  if (!/^[/@]/.test(path) || Buffer.byteLength(path) > UNIX_PATH_MOST) {
    tell("warn", "notify.failed", { path }, `NOTIFY_SOCKET ${path} is no path that datagrams can go to`);
    return () => {};
  }
  const libc = await openLibc().catch(() => undefined);
  const send = libc ? bySocket(libc, path) : byProgram();
  let failed = false;
  return (...notices) => {
    const why = send(datagramOf(notices, Number(process.hrtime.bigint() / 1000n)));
    if (why === undefined || failed) return;
    failed = true;
    tell("warn", "notify.failed", { path, why }, `the service manager at ${path} can't be told: ${why}`);
  };
}

type Send = (datagram: string) => string | undefined;

function bySocket(libc: Libc, path: string): Send {
  const address = unixAddress(path);
  return (datagram) => {
    const fd = libc.socket(AF_UNIX, SOCK_DGRAM_CLOEXEC, 0);
    if (fd < 0) return systemError(libc, "socket").message;
    try {
      if (libc.connect(fd, address, address.length) !== 0) return systemError(libc, "connect").message;
      const octets = new Uint8Array(new ArrayBuffer(Buffer.byteLength(datagram)));
      octets.set(Buffer.from(datagram));
      return libc.send(fd, octets, octets.length, 0) < 0 ? systemError(libc, "send").message : undefined;
    } finally {
      libc.close(fd);
    }
  };
}

/** Where the C library can't be called: systemd's own program, one process for each word. */
function byProgram(): Send {
  let why: string | undefined;
  return (datagram) => {
    const child = spawn("systemd-notify", [`--pid=${process.pid}`, ...datagram.split("\n")], { stdio: "ignore" });
    child.unref();
    child.on("error", (error) => {
      why = `neither koffi nor systemd-notify is here (${error.message})`;
    });
    return why;
  };
}
