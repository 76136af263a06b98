/** A clock that never jumps and that all threads read alike: performance.now() begins anew with each of them. */

import { hrtime } from "node:process";

/** What a thread adds to its performance.now() for the system's monotonic clock, in milliseconds. */
export function monotonicOrigin(): number {
  return Number(hrtime.bigint()) / 1e6 - performance.now();
}
