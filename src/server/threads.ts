/** The answering threads as the main one sees them: started, given zones, restarted when they die, stopped. */

import { Worker } from "node:worker_threads";
import type { Logger } from "pino";
import { apexKey } from "./apexkey.ts";
import type { AnswerSetup, FromAnswer, ToAnswer, ZoneUpdate } from "./messages.ts";
import { OldImages } from "./oldimages.ts";
import { whyNotBound } from "./systemerror.ts";

/** A thread that dies is started again, no sooner than this after the last time. */
const RESTART_MS = 1000;
/** How long a thread may take to finish what it is at, when stopped. */
const STOP_MS = 3000;

export class AnswerThreads {
  readonly #log: Logger;
  /** All that is served, for threads that start later. */
  readonly #served = new Map<string, ZoneUpdate>();
  readonly #workers = new Set<Worker>();
  readonly #old = new OldImages();
  #complete = false;
  #stopping = false;

  constructor(log: Logger) {
    this.#log = log;
  }

  /** Starts a thread; resolves once its sockets are bound, and rejects with an Error that says why they can't be. */
  start(setup: AnswerSetup): Promise<void> {
    const worker = new Worker(new URL("./answerthread.ts", import.meta.url), { workerData: setup });
    this.#workers.add(worker);
    this.#post(worker, { say: "zones", updates: [...this.#served.values()], complete: this.#complete });
    return new Promise((resolve, reject) => {
      worker.on("message", (message: FromAnswer) => {
        if (message.say === "bound") resolve();
        else if (message.say === "fault") this.#fault(setup, message.stack, message.query);
        else if (message.say === "failed") {
          const { listen, protocol, code } = message;
          reject(new Error(whyNotBound(code, listen.address, listen.port, protocol)));
          // A thread without sockets is of no use: its end has another one tried.
          void worker.terminate();
        }
      });
      worker.on("error", (error) => {
        this.#log.error(
          { event: "thread.died", thread: setup.kind, error: error.stack },
          `a ${setup.kind} thread died: ${error.message}`,
        );
        reject(error);
      });
      worker.on("exit", () => this.#ended(worker, setup));
    });
  }

  /** Gives every thread new versions. Each takes them between two queries. */
  update(updates: readonly ZoneUpdate[], complete: boolean): void {
    this.#complete = complete;
    for (const update of updates) {
      const key = apexKey(update.apex);
      this.#old.replaced(this.#served.get(key)?.image);
      if (update.held) this.#served.set(key, update);
      else this.#served.delete(key);
    }
    for (const worker of this.#workers) this.#post(worker, { say: "zones", updates, complete });
  }

  /** Closes all sockets and ends the threads. */
  async stop(): Promise<void> {
    this.#stopping = true;
    await Promise.all([...this.#workers].map((worker) => stopWorker(worker)));
  }

  #post(worker: Worker, message: ToAnswer): void {
    worker.postMessage(message);
  }

  #fault(setup: AnswerSetup, error: string, query: string): void {
    const what = error.split("\n")[0];
    this.#log.error(
      { event: "answer.fault", thread: setup.kind, error, query },
      `a query got no reply, by a fault of ours: ${what}; please report it with the query ${query}`,
    );
  }

  #ended(worker: Worker, setup: AnswerSetup): void {
    this.#workers.delete(worker);
    if (this.#stopping) return;
    setTimeout(() => {
      if (this.#stopping) return;
      this.start(setup).then(
        () => this.#log.warn({ event: "thread.restarted", thread: setup.kind }, `a ${setup.kind} thread is back`),
        (error: Error) => this.#log.error({ event: "thread.failed", thread: setup.kind }, error.message),
      );
    }, RESTART_MS);
  }
}

function stopWorker(worker: Worker): Promise<void> {
  return new Promise((resolve) => {
    const force = setTimeout(() => void worker.terminate(), STOP_MS);
    worker.once("exit", () => {
      clearTimeout(force);
      resolve();
    });
    worker.postMessage({ say: "stop" } satisfies ToAnswer);
  });
}
