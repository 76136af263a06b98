/** The compile thread as seen from the main one: started when there is work, ended when there has been none. */

import { Worker } from "node:worker_threads";
import type { Job, JobResult } from "./messages.ts";
import { fileSignatureSync } from "./signature.ts";

/** An idle compile thread is ended after this long: the memory of a large zone's text goes with it. */
const IDLE_MS = 2000;

export class Compiler {
  readonly #done: (results: readonly JobResult[]) => void;
  #worker: Worker | undefined;
  #first = true;
  #waiting = 0;
  #jobs: readonly Job[] = [];
  #oneByOne = false;
  #idle: NodeJS.Timeout | undefined;

  /** `done` takes results as they come; each job gives one. */
  constructor(done: (results: readonly JobResult[]) => void) {
    this.#done = done;
  }

  get busy(): boolean {
    return this.#waiting > 0;
  }

  /** Starts the thread ahead of its first work. */
  start(): void {
    this.#worker ??= this.#spawn();
    this.#rest();
  }

  /** Loads files; only when not busy. */
  load(jobs: readonly Job[]): void {
    if (jobs.length === 0) return;
    clearTimeout(this.#idle);
    this.#jobs = jobs;
    this.#waiting = jobs.length;
    this.#oneByOne = false;
    this.#post();
  }

  #post(): void {
    this.#worker ??= this.#spawn();
    this.#worker.postMessage(this.#oneByOne ? this.#jobs.slice(0, 1) : this.#jobs);
  }

  async close(): Promise<void> {
    clearTimeout(this.#idle);
    const worker = this.#worker;
    this.#worker = undefined;
    await worker?.terminate();
  }

  #rest(): void {
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => void this.close(), IDLE_MS);
  }

  #spawn(): Worker {
    const worker = new Worker(new URL("./compilethread.ts", import.meta.url), { workerData: { first: this.#first } });
    this.#first = false;
    worker.on("message", (results: readonly JobResult[]) => {
      // What a dead thread has left comes late: its jobs are on their way through another one.
      if (this.#worker === worker) this.#take(results);
    });
    worker.on("error", (error) => this.#failed(worker, error));
    return worker;
  }

  #take(results: readonly JobResult[]): void {
    this.#waiting -= results.length;
    const finished = new Set(results.map(({ file }) => file));
    this.#jobs = this.#jobs.filter(({ file }) => !finished.has(file));
    if (this.#waiting === 0) this.#rest();
    else if (this.#oneByOne) this.#post();
    this.#done(results);
  }

  /**
   * The thread died, for want of memory most likely. Results come in batches, so which of several jobs it was at is not
   * known: they are tried again one by one, and the one that ends a thread then is the one that failed.
   */
  #failed(worker: Worker, error: Error): void {
    if (this.#worker === worker) this.#worker = undefined;
    const [job, ...others] = this.#jobs;
    if (!job) return;
    if (others.length > 0 && !this.#oneByOne) {
      this.#oneByOne = true;
      this.#post();
      return;
    }
    const message = `the compile thread ended: ${error.message}`;
    this.#jobs = others;
    this.#waiting = others.length;
    if (others.length > 0) this.#post();
    this.#done([
      {
        file: job.file,
        apex: job.apex ?? job.origin,
        image: undefined,
        problems: [{ severity: "error", file: job.file, line: 0, column: 0, message }],
        errors: 1,
        signatures: new Map([[job.file, fileSignatureSync(job.file)]]),
        milliseconds: 0,
      },
    ]);
  }
}
