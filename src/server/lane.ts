/**
 * A compile thread and the jobs on their way through it, in order. It is started when there is work for it, ended when
 * there has been none, and started anew when a job has ended it.
 */

import { Worker } from "node:worker_threads";
import { errorCode } from "../text/systemerror.ts";
import type { CompilerSetup, FromCompiler, Job, JobResult, ToCompiler } from "./messages.ts";

/** Jobs in one message: to send 50,000 takes this thread 45 ms, measured, and it has more to do. */
const PART = 5000;

/** A thread that could not be started is tried again after so many milliseconds. */
const RETRY_MS = 1000;
/** What ends a thread before it has seen a job: descriptors or memory that it needs to begin with are not there. */
const NOT_STARTED: ReadonlySet<string> = new Set(["ERR_WORKER_INIT_FAILED", "EMFILE", "ENFILE", "EAGAIN"]);

/** Who is told how keeping compiled zones went: how many were written; `unwritable` says why something was not. */
export type TellKept = (written: number, unwritable: string | undefined) => void;

export interface LaneSettings<J extends Job, R extends JobResult> {
  /** Where compiled zones are kept, if anywhere. */
  readonly images: string | undefined;
  readonly kept: TellKept;
  /** An idle thread is ended after so many milliseconds: the memory of a large zone's text goes with it. */
  readonly idle: number;
  /** Takes results as they come, in the order of the jobs. */
  readonly done: (results: readonly R[], jobs: readonly J[]) => void;
  /** The result of a job that ends the thread, and why. */
  readonly lost: (job: J, why: string) => R;
  /** Is told, once, when no thread can be started: the jobs wait until one can. */
  readonly unable: (why: string) => void;
}

export class Lane<J extends Job, R extends JobResult> {
  readonly #settings: LaneSettings<J, R>;
  #worker: Worker | undefined;
  /** Those before `next` have their results. */
  #jobs: J[] = [];
  #next = 0;
  /** Those from here on are yet to be sent. */
  #unsent = 0;
  #turn: NodeJS.Immediate | undefined;
  #oneByOne = false;
  #yields = false;
  #idle: NodeJS.Timeout | undefined;
  /** The next try to start a thread. */
  #retry: NodeJS.Timeout | undefined;
  #unable = false;

  constructor(settings: LaneSettings<J, R>) {
    this.#settings = settings;
  }

  /** Jobs without a result. */
  get waiting(): number {
    return this.#jobs.length - this.#next;
  }

  /** Gets the thread ready ahead of the first work: it takes 35 ms of processor time to start, measured. */
  start(): void {
    this.#worker ??= this.#spawn();
    this.#rest();
  }

  /** Takes jobs; each gives one result. `yields`: the answering threads come first. */
  load(jobs: readonly J[], yields: boolean): void {
    if (jobs.length === 0) return;
    clearTimeout(this.#idle);
    this.#yields = yields;
    this.#jobs = this.#jobs.slice(this.#next).concat(jobs);
    this.#unsent -= this.#next;
    this.#next = 0;
    if (!this.#oneByOne && this.#turn === undefined && this.#retry === undefined) this.#send();
  }

  /** A part of what is yet to be sent, and the next one after a turn of the event loop. */
  #send(): void {
    this.#turn = undefined;
    if (this.#oneByOne || this.#unsent >= this.#jobs.length) return;
    const part = this.#jobs.slice(this.#unsent, this.#unsent + PART);
    this.#unsent += part.length;
    this.#post(part);
    if (this.#unsent < this.#jobs.length) this.#turn = setImmediate(() => this.#send());
  }

  /** Ends the thread; what has no result gets none. */
  async close(): Promise<void> {
    clearTimeout(this.#idle);
    clearTimeout(this.#retry);
    this.#retry = undefined;
    clearImmediate(this.#turn);
    this.#turn = undefined;
    const worker = this.#worker;
    this.#worker = undefined;
    await worker?.terminate();
  }

  #post(jobs: readonly J[]): void {
    this.#worker ??= this.#spawn();
    this.#worker.postMessage({ jobs, yields: this.#yields } satisfies ToCompiler);
  }

  #rest(): void {
    clearTimeout(this.#idle);
    if (this.#settings.idle < Infinity) this.#idle = setTimeout(() => void this.close(), this.#settings.idle);
  }

  #spawn(): Worker {
    const setup: CompilerSetup = { images: this.#settings.images };
    const worker = new Worker(new URL("./compilethread.ts", import.meta.url), { workerData: setup });
    worker.on("message", (message: FromCompiler) => {
      // What a dead thread has left comes late: its jobs are on their way through another one.
      if (this.#worker !== worker) return;
      if (message.say === "results") this.#take(message.results as readonly R[]);
      else this.#idled(message.written, message.unwritable);
    });
    worker.on("error", (error) => this.#failed(worker, error));
    return worker;
  }

  #take(results: readonly R[]): void {
    this.#unable = false;
    const jobs = this.#jobs.slice(this.#next, this.#next + results.length);
    this.#next += results.length;
    if (this.waiting === 0) {
      this.#jobs = [];
      this.#next = 0;
      this.#unsent = 0;
      this.#oneByOne = false;
    } else if (this.#oneByOne) this.#post([this.#jobs[this.#next]]);
    this.#settings.done(results, jobs);
  }

  /** Only now, as the thread may have had images to write after the last result. */
  #idled(written: number, unwritable: string | undefined): void {
    if (this.waiting === 0) this.#rest();
    this.#settings.kept(written, unwritable);
  }

  /**
   * The thread died, for want of memory most likely. Results come in batches, so which of several jobs it was at is not
   * known: they are tried again one by one, and the one that ends a thread then is the one that failed.
   */
  #failed(worker: Worker, error: Error): void {
    if (this.#worker !== worker) return;
    this.#worker = undefined;
    if (this.waiting === 0) return;
    if (NOT_STARTED.has(errorCode(error))) {
      this.#wait(error.message);
      return;
    }
    const job = this.#jobs[this.#next];
    if (this.waiting === 1 || this.#oneByOne) {
      this.#take([this.#settings.lost(job, `the compile thread ended: ${error.message}`)]);
      return;
    }
    this.#oneByOne = true;
    this.#post([job]);
  }

  /** No job is to blame: all of them are sent again when a thread can be had. */
  #wait(why: string): void {
    if (!this.#unable) this.#settings.unable(why);
    this.#unable = true;
    clearImmediate(this.#turn);
    this.#turn = undefined;
    this.#retry = setTimeout(() => {
      this.#retry = undefined;
      this.#unsent = this.#next;
      if (this.#oneByOne) this.#post([this.#jobs[this.#next]]);
      else this.#send();
    }, RETRY_MS);
  }
}
