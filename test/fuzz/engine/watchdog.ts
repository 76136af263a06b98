/**
 * A case that never ends keeps its thread for ever: another one watches, and writes the case down before it ends the
 * process. The case being run is in memory that both see.
 */

import { once } from "node:events";
import { Worker } from "node:worker_threads";

/** Seconds without progress that are no busy machine's any more. */
const PATIENCE = 60;

const WATCH = `
const { workerData: { head, octets, path, patience } } = require("node:worker_threads");
const { mkdirSync, writeFileSync, writeSync } = require("node:fs");
const { dirname } = require("node:path");
let last = -1;
let since = Date.now();
setInterval(() => {
  if (head[0] !== last || head[1] < 0) { last = head[0]; since = Date.now(); }
  if (Date.now() - since < patience * 1000) return;
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, octets.slice(0, head[1]));
  // process.stderr of this thread goes through the one that hangs.
  writeSync(2, "a case has not ended in " + patience + " s; it is in " + path + "\\n");
  process.kill(process.pid, "SIGKILL");
}, 1000);
`;

export class Watchdog {
  /** The number of the case, and its octets' length: below 0 while none is run. */
  readonly #head = new Int32Array(new SharedArrayBuffer(8)).fill(-1);
  readonly #octets: Uint8Array;
  readonly #worker: Worker;

  /** Watches over cases of at most so many octets; one that hangs goes to the file `path`. */
  constructor(most: number, path: string, patience = PATIENCE) {
    this.#octets = new Uint8Array(new SharedArrayBuffer(most));
    const workerData = { head: this.#head, octets: this.#octets, path, patience };
    this.#worker = new Worker(WATCH, { eval: true, workerData, execArgv: [] });
  }

  begin(input: Uint8Array): void {
    this.#octets.set(input);
    this.#head[0]++;
    this.#head[1] = input.length;
  }

  end(): void {
    this.#head[1] = -1;
  }

  /** Resolves when it runs: the descriptors that a thread takes are open then. */
  async ready(): Promise<void> {
    await once(this.#worker, "online");
    this.#worker.unref();
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }
}
