/** What an answering thread says or comes to, as the main one understands it. */

import type { Worker } from "node:worker_threads";
import { whyNotBound } from "../text/systemerror.ts";
import type { FromAnswer } from "./messages.ts";
import type { ThreadStanding } from "./threadstanding.ts";

/** A thread that dies is started again, at once, but no sooner than this after the last time. */
const RESTART_MS = 1000;

/** Resolves when a thread that was told to leave takes nothing new any more. */
export function leftOf(worker: Worker): Promise<void> {
  return new Promise((resolve) => {
    worker.on("message", ({ say }: FromAnswer) => {
      if (say === "left" || say === "stopped") resolve();
    });
    worker.once("exit", () => resolve());
  });
}

/** Why a thread has no sockets, as a sentence. */
export function whyNotServed(message: Extract<FromAnswer, { say: "failed" | "unable" }>): string {
  if (message.say === "unable") return `can't serve UDP in batches: ${message.why}; use --transport auto or dgram`;
  const { listen, protocol, code } = message;
  return whyNotBound(code, listen.address, listen.port, protocol);
}

/** In milliseconds: none for what has answered, the first time in a while. */
export function restartDelay({ restarted, standing }: { restarted: number; standing: ThreadStanding }): number {
  return standing === "starting" ? RESTART_MS : Math.max(0, restarted + RESTART_MS - performance.now());
}
