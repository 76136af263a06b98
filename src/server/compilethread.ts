/** The thread that reads and compiles zone files, so that no answer ever waits for one. Takes jobs, gives results. */

import { setPriority } from "node:os";
import { parentPort } from "node:worker_threads";
import type { Job, JobResult } from "./messages.ts";
import { loadFile } from "./zonefile.ts";

/** Results are told in batches: ten thousand small zones are not ten thousand messages. */
const BATCH = 64;

/** Linux counts niceness by thread: this one takes the processor only when no query wants it. */
const NICE = 10;
try {
  setPriority(0, NICE);
} catch {
  // Some sandboxes forbid it; then both share.
}

parentPort?.on("message", (jobs: readonly Job[]) => {
  const now = Math.floor(Date.now() / 1000);
  let results: JobResult[] = [];
  for (const job of jobs) {
    results.push(loadFile(job, now));
    if (results.length === BATCH) {
      parentPort?.postMessage(results);
      results = [];
    }
  }
  if (results.length > 0) parentPort?.postMessage(results);
});
