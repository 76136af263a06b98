/**
 * The last turns of an event loop before its sockets are closed: what the kernel has taken from clients by then is
 * answered first. Without them a stop lost what was sent in the moment before it: connections to be accepted, queries that
 * were not read yet.
 */

import { setImmediate as turn } from "node:timers/promises";

/** One turn may have begun before the sockets were looked at, and one accepts what the next one reads. */
const QUIET = 3;
/** Clients that go on asking do not hold it up. */
const MOST = 64;

/** Resolves once nothing more comes, by what `taken` has counted; soon in any case. */
export async function lastTurns(taken: () => number): Promise<void> {
  for (let quiet = 0, left = MOST; quiet < QUIET && left > 0; left--) {
    const before = taken();
    await turn();
    quiet = before === taken() ? quiet + 1 : 0;
  }
}
