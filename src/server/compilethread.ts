/** The thread that reads and compiles zone files, so that no answer ever waits for one. Takes jobs, gives results. */

import { parentPort } from "node:worker_threads";
import type { Job, JobResult } from "./messages.ts";
import { loadFile } from "./zonefile.ts";

/** Results are told in batches: ten thousand small zones are not ten thousand messages. */
const BATCH = 64;

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
