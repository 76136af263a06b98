/** The thread that writes what is tapped, as the main one sees it: started again when it dies, ended when all is written. */

import { Worker } from "node:worker_threads";
import type { Tell } from "../log.ts";
import type { FromTap, TapOutputName, TapStart, ToTap } from "./messages.ts";

/** A thread that dies is started again after this. */
const RESTART_MS = 1000;
/** Longer than the thread itself waits for what it writes to. */
const CLOSE_MS = 2000;

export class TapWriter {
  readonly #start: TapStart;
  readonly #tell: Tell;
  readonly #rings: SharedArrayBuffer[] = [];
  readonly #troubles = new Set<TapOutputName>();
  #worker: Worker | undefined;
  #timer: NodeJS.Timeout | undefined;
  #whole = true;
  #closing = false;

  constructor(start: TapStart, tell: Tell) {
    this.#start = start;
    this.#tell = tell;
    this.#run();
  }

  #run(): void {
    const worker = new Worker(new URL("./thread.ts", import.meta.url), { workerData: this.#start, name: "tap" });
    this.#worker = worker;
    // A start that fails ends the process, whatever runs here.
    worker.unref();
    worker.on("message", (message: FromTap) => {
      if (message.say === "closed") this.#whole = message.whole;
      else this.#trouble(message.output, message.why);
    });
    worker.on("error", (error) => {
      const text = `the thread that writes the query log and dnstap died: ${error.message}; another is started`;
      this.#tell("error", "tap.died", { error: error.stack }, text);
    });
    worker.on("exit", () => {
      this.#worker = undefined;
      if (!this.#closing) this.#timer = setTimeout(() => this.#run(), RESTART_MS);
    });
    for (const ring of this.#rings) this.#say({ say: "ring", ring });
  }

  #say(message: ToTap): void {
    this.#worker?.postMessage(message);
  }

  #trouble(output: TapOutputName, why: string | undefined): void {
    const name = output === "querylog" ? "the query log" : "dnstap";
    if (why !== undefined) {
      this.#troubles.add(output);
      const text = `${name} can't be written: ${why}; what does not fit into memory is dropped and counted`;
      this.#tell("warn", "tap.unwritable", { output, why }, text);
      // A reader that is there from the start is no news; one that came back is.
    } else if (this.#troubles.delete(output)) this.#tell("info", "tap.written", { output }, `${name} is written again`);
  }

  /** Reads one ring more. */
  read(ring: SharedArrayBuffer): void {
    this.#rings.push(ring);
    this.#say({ say: "ring", ring });
  }

  /** Writes what waits, for a moment. False when the system still holds a write: the process would not end. */
  async close(): Promise<boolean> {
    this.#closing = true;
    clearTimeout(this.#timer);
    const worker = this.#worker;
    if (worker === undefined) return true;
    const ended = new Promise<boolean>((resolve) => {
      const late = setTimeout(() => resolve(false), CLOSE_MS);
      worker.once("exit", () => {
        clearTimeout(late);
        resolve(true);
      });
    });
    this.#say({ say: "close" });
    return (await ended) && this.#whole;
  }
}
