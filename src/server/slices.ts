/**
 * Long work of the main thread in short stretches: it keeps sessions with routers alive, and looks after the threads that
 * answer. Ten thousand zones are nothing, a million of anything is a second.
 */

import { setImmediate as turn } from "node:timers/promises";

/** Milliseconds of work before this thread looks at what else there is. */
const SLICE_MS = 20;

/** Is asked between any two pieces of work, and gives the event loop its turn when it is time. */
export class Slices {
  #since = performance.now();

  /** Whether it is time. */
  get over(): boolean {
    return performance.now() - this.#since >= SLICE_MS;
  }

  /** Lets the event loop turn. */
  async turn(): Promise<void> {
    await turn();
    this.#since = performance.now();
  }
}
