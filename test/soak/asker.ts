/** The threads that ask. */

import { Worker } from "node:worker_threads";
import type { SharedMemory } from "./shared.ts";

/** A server to ask, and the zones that it has. */
export interface Target {
  readonly port: number;
  readonly zones: readonly number[];
}

export interface AskerStart {
  readonly targets: readonly Target[];
  readonly memory: SharedMemory;
  /** Its row of tallies. */
  readonly thread: number;
}

/** Rows of tallies: over UDP, and over TCP. */
export const ASKERS = 2;

/** Starts them; resolves when both have ended, which they do when told to stop and all that was sent has come to its end. */
export async function ask(targets: readonly Target[], memory: SharedMemory): Promise<void> {
  const threads = ["./udpthread.ts", "./tcpthread.ts"].map((file, thread) => {
    const start: AskerStart = { targets, memory, thread };
    return new Worker(new URL(file, import.meta.url), { workerData: start });
  });
  await Promise.all(
    threads.map(
      (thread) => new Promise<void>((resolve, reject) => thread.once("error", reject).once("exit", () => resolve())),
    ),
  );
}
