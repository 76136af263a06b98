/**
 * Faults for a program that has none: loaded before it in each of its threads (NODE_OPTIONS=--import), it looks for
 * files in a folder. What hangs does so until its file is gone; what dies takes the file with it, so that one thread dies.
 */

import { existsSync, unlinkSync } from "node:fs";
import { Server } from "node:net";
import { isMainThread, workerData } from "node:worker_threads";

/** The variable that names the folder. Without it nothing is changed. */
export const FAULTS_FOLDER = "ZONECAST_LAB_FAULTS";

/**
 * udp-hang, udp-die: of one of the threads that answer UDP; tcp-hang, main-hang: of the one that answers TCP, and of the
 * main one. tcp-deaf: connections are taken, and nothing else is done about them.
 */
export type Fault = "udp-hang" | "udp-die" | "tcp-hang" | "tcp-deaf" | "main-hang";

/** Milliseconds between two looks: a thread may come by very often. */
const LOOK_MS = 5;
const FOREVER_MS = 600_000;

const folder = process.env[FAULTS_FOLDER];
if (folder !== undefined) {
  if (isMainThread) setInterval(() => hangWhile(`${folder}/main-hang`), LOOK_MS).unref();
  else if ((workerData as { kind?: string } | undefined)?.kind === "tcp") {
    setInterval(() => hangWhile(`${folder}/tcp-hang`), LOOK_MS).unref();
    patchServer(`${folder}/tcp-deaf`);
  } else if ((workerData as { kind?: string } | undefined)?.kind === "udp") patchMailbox(folder);
}

/** A thread that blocks in the kernel has no timers; between any two batches, 20 ms at most, it looks at its mailbox. */
function patchMailbox(place: string): void {
  const load = Atomics.load;
  let looked = 0;
  Atomics.load = ((...args: Parameters<typeof load>) => {
    if (performance.now() - looked > LOOK_MS) {
      looked = performance.now();
      if (taken(`${place}/udp-die`)) throw new Error("a drill");
      // The thread that takes the file is the one that hangs; it is free when the second one is gone.
      if (taken(`${place}/udp-hang`)) hangWhile(`${place}/udp-hung`);
    }
    return load(...args);
  }) as typeof load;
}

/** A server that is not told of its connections, while the file is there. */
function patchServer(file: string): void {
  const emit: (this: Server, event: string, ...args: unknown[]) => boolean = Server.prototype.emit;
  const deaf = function (this: Server, event: string, ...args: unknown[]): boolean {
    return (event === "connection" && existsSync(file)) || emit.call(this, event, ...args);
  };
  Object.assign(Server.prototype, { emit: deaf });
}

/** True for the one thread that has taken the file. */
function taken(file: string): boolean {
  if (!existsSync(file)) return false;
  try {
    unlinkSync(file);
    return true;
  } catch {
    // Another thread was faster.
    return false;
  }
}

/** Does nothing, and nothing else either. */
function hangWhile(file: string): void {
  const end = performance.now() + FOREVER_MS;
  while (existsSync(file) && performance.now() < end)
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, LOOK_MS);
}
