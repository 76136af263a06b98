/**
 * Makes images of zone files: takes those that are kept, and has the compile thread make the others. The thread is
 * started when there is work for it, and ended when there has been none.
 */

import { setImmediate } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { compilerMark } from "./compilermark.ts";
import type { Refusal } from "./imagefile.ts";
import { clearOut, imagesIn } from "./imagefolder.ts";
import { ImageStore } from "./imagestore.ts";
import type { CompilerSetup, FromCompiler, Job, JobResult } from "./messages.ts";
import { fileSignatureSync } from "./signature.ts";

/** An idle compile thread is ended after this long: the memory of a large zone's text goes with it. */
const IDLE_MS = 2000;

/** The main thread takes images for so long before it looks at what else there is. */
const SLICE_MS = 20;

/** Where compiled zones are kept, and who is told how that went. */
export interface Keeping {
  readonly images: string;
  /** `unwritable` says why something was not written. */
  readonly kept: (written: number, unwritable: string | undefined) => void;
}

export class Compiler {
  readonly #done: (results: readonly JobResult[]) => void;
  readonly #keeping: Keeping | undefined;
  /** What earlier runs have kept, until the first load. */
  #store: ImageStore | undefined;
  /** Images that were not taken, by zone file. */
  readonly #discarded = new Map<string, Refusal>();
  #worker: Worker | undefined;
  #closed = false;
  #tidied = false;
  #first = true;
  #waiting = 0;
  #jobs: readonly Job[] = [];
  #oneByOne = false;
  #idle: NodeJS.Timeout | undefined;

  /** `done` takes results as they come; each job gives one. Without `keeping`, every start parses everything. */
  constructor(done: (results: readonly JobResult[]) => void, keeping?: Keeping) {
    this.#done = done;
    this.#keeping = keeping;
  }

  get busy(): boolean {
    return this.#waiting > 0;
  }

  /**
   * Gets ready ahead of the first work. A thread takes 35 ms of processor time to start, measured, at the very moment
   * when the answering threads want it: where there are images, it waits until something is to be parsed.
   */
  start(): void {
    const { images } = this.#keeping ?? {};
    const names = images === undefined ? [] : imagesIn(images);
    if (images !== undefined && names.length > 0) {
      this.#store = new ImageStore(images, compilerMark(), names);
      return;
    }
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
    const store = this.#store;
    this.#store = undefined;
    if (store) void this.#loadImages(store);
    else this.#post();
  }

  /**
   * By this thread, which has nothing else to do before the first zone is there: 1 ms for each MB of image. Only at the
   * start: later, a file is loaded because it has changed.
   */
  async #loadImages(store: ImageStore): Promise<void> {
    const now = Math.floor(Date.now() / 1000);
    const taken: JobResult[] = [];
    let since = performance.now();
    for (const job of this.#jobs) {
      const image = store.take(job, now);
      if (image && "file" in image) taken.push(image);
      else if (image) this.#discarded.set(job.file, image);
      if (performance.now() - since < SLICE_MS) continue;
      this.#take(taken.splice(0));
      await setImmediate();
      if (this.#closed) return;
      since = performance.now();
    }
    this.#take(taken);
    if (this.#jobs.length > 0) this.#post();
  }

  #post(): void {
    this.#worker ??= this.#spawn();
    this.#worker.postMessage(this.#oneByOne ? this.#jobs.slice(0, 1) : this.#jobs);
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#end();
  }

  async #end(): Promise<void> {
    clearTimeout(this.#idle);
    const worker = this.#worker;
    this.#worker = undefined;
    await worker?.terminate();
  }

  #rest(): void {
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => void this.#end(), IDLE_MS);
  }

  #spawn(): Worker {
    const setup: CompilerSetup = { first: this.#first, images: this.#keeping?.images };
    const worker = new Worker(new URL("./compilethread.ts", import.meta.url), { workerData: setup });
    this.#first = false;
    worker.on("message", (message: FromCompiler) => {
      // What a dead thread has left comes late: its jobs are on their way through another one.
      if (this.#worker !== worker) return;
      if (message.say === "results") this.#take(message.results);
      else this.#idled(message.written, message.unwritable);
    });
    worker.on("error", (error) => this.#failed(worker, error));
    return worker;
  }

  #take(results: readonly JobResult[]): void {
    if (results.length === 0) return;
    this.#waiting -= results.length;
    const finished = new Set(results.map(({ file }) => file));
    this.#jobs = this.#jobs.filter(({ file }) => !finished.has(file));
    if (this.#waiting > 0 && this.#oneByOne) this.#post();
    this.#done(
      results.map((result) => ({ ...result, discarded: result.discarded ?? this.#discarded.get(result.file) })),
    );
    if (!this.busy) this.#tidy();
  }

  /** Once all is served for the first time. */
  #tidy(): void {
    this.#discarded.clear();
    if (this.#keeping && !this.#tidied) void clearOut(this.#keeping.images, Date.now());
    this.#tidied = true;
  }

  /** Only now, as the thread may have had images to write after the last result. */
  #idled(written: number, unwritable: string | undefined): void {
    if (!this.busy) this.#rest();
    this.#keeping?.kept(written, unwritable);
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
        from: "text",
        discarded: undefined,
      },
    ]);
  }
}
