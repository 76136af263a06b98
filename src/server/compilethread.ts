/** The thread that reads and compiles zone files, so that no answer ever waits for one. Takes jobs, gives results. */

import { setPriority } from "node:os";
import { parentPort, workerData } from "node:worker_threads";
import type { Job, JobResult } from "./messages.ts";
import { OldImages } from "./oldimages.ts";
import { loadFile } from "./zonefile.ts";

/** Results are told in batches: ten thousand small zones are not ten thousand messages. */
const BATCH = 64;

/**
 * Linux counts niceness by thread: a reload takes the processor only when no query wants it. Measured with 20,000
 * queries a second on two cores while a million names are loaded again: p99 of 2–4 ms instead of 4–7.
 */
const NICE = 10;
/** Images that others hold now: this thread has no more use for them. */
const given = new OldImages();
let started = !(workerData as { readonly first: boolean }).first;

parentPort?.on("message", (jobs: readonly Job[]) => {
  // The first load of all is not held back: until it is done, there is little to answer.
  if (started) yieldToAnswers();
  started = true;
  const now = Math.floor(Date.now() / 1000);
  let results: JobResult[] = [];
  for (const job of jobs) {
    results.push(loadFile(job, now));
    if (results.length === BATCH) {
      tell(results);
      results = [];
    }
  }
  tell(results);
});

function tell(results: readonly JobResult[]): void {
  if (results.length > 0) parentPort?.postMessage(results);
  for (const { image } of results) given.replaced(image);
}

function yieldToAnswers(): void {
  try {
    setPriority(0, NICE);
  } catch {
    // Some sandboxes forbid it; then both share.
  }
}
