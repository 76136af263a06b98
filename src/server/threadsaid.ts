/** What an answering thread says, as the main one understands it. */

import type { Worker } from "node:worker_threads";
import { whyNotBound } from "../text/systemerror.ts";
import type { FromAnswer } from "./messages.ts";

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
