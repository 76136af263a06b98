/** The answering threads as the main one sees them: started, given zones, restarted when they die, stopped. */

import { once } from "node:events";
import { closeSync } from "node:fs";
import { setTimeout as after } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import type { Logger } from "pino";
import { COUNTS_BYTES, Counters } from "../answer/counters.ts";
import { NO_ROW, ROW_CELLS, ZONE_COUNTS_BYTES, ZoneCount, ZoneCounts, ZoneRows } from "../answer/zonecounts.ts";
import type { CountsNow } from "../sync/follow/following.ts";
import { Acknowledgements } from "./acknowledgements.ts";
import { apexKey } from "./apexkey.ts";
import { Delivery } from "./delivery.ts";
import { Load } from "./load/load.ts";
import { GENERATION_BYTES, tellOfMessages } from "./mailbox.ts";
import type {
  AnswerSetup,
  AnswerStart,
  Bound,
  FromAnswer,
  Heritage,
  ServedZone,
  ToAnswer,
  ZoneUpdate,
} from "./messages.ts";
import { OldImages } from "./oldimages.ts";
import { PULSE_BYTES, Pulse } from "./pulse.ts";
import { leftOf, restartDelay, whyNotServed } from "./threadsaid.ts";
import { nameOf, type ThreadStanding } from "./threadstanding.ts";

/** A thread that has not taken a new version by then does not answer either. */
const HUNG_MS = 5000;
/** How long a thread may take to finish what it is at, when stopped. */
const STOP_MS = 3000;

/** What a thread is to do; what it shares with the main one is made here. */
export type ThreadSetup = Omit<AnswerSetup, "counts" | "zoneCounts" | "generation" | "pulse" | "tap">;

/** A thread, whichever worker it is at the moment: its counts outlive the worker. */
export interface AnswerThread {
  readonly setup: AnswerSetup;
  /** Which one of all it is. */
  readonly number: number;
  readonly counters: Counters;
  readonly zoneCounts: ZoneCounts;
  /** Undefined until its sockets are bound, and while it is dead. */
  bound: Bound | undefined;
  standing: ThreadStanding;
  readonly pulse: Pulse;
  restarts: number;
  /** When it was started again last, in milliseconds from any start. */
  restarted: number;
}

export class AnswerThreads {
  readonly states: AnswerThread[] = [];
  /** Whether more comes than they answer. */
  readonly load: Load = new Load(this.states);
  readonly #log: Logger;
  readonly #generation = new SharedArrayBuffer(GENERATION_BYTES);
  /** All that is served, for threads that start later. */
  readonly #served = new Map<string, ServedZone>();
  readonly #rows = new ZoneRows();
  readonly #acknowledgements = new Acknowledgements<Worker>();
  readonly #workers = new Map<Worker, AnswerThread>();
  readonly #old = new OldImages();
  readonly #delivery = new Delivery<Worker>((worker, message) => this.#post(worker, message));
  #complete = false;
  #stopping = false;
  /** Is told when the standing of any thread has changed. */
  onStanding: (() => void) | undefined;
  /** What each thread that starts copies of its queries. */
  tap: (() => AnswerSetup["tap"]) | undefined;

  constructor(log: Logger) {
    this.#log = log;
  }

  /** Starts a thread; resolves once its sockets are bound, and rejects with an Error that says why they can't be. */
  start(setup: ThreadSetup): Promise<Bound> {
    const counts = new SharedArrayBuffer(COUNTS_BYTES);
    const zoneCounts = new SharedArrayBuffer(ZONE_COUNTS_BYTES);
    const pulse = new SharedArrayBuffer(PULSE_BYTES);
    const thread: AnswerThread = {
      setup: { ...setup, counts, zoneCounts, generation: this.#generation, pulse, tap: this.tap?.() },
      number: this.states.length + 1,
      counters: new Counters(counts),
      zoneCounts: new ZoneCounts(zoneCounts),
      bound: undefined,
      standing: "starting",
      pulse: new Pulse(pulse),
      restarts: 0,
      restarted: Number.NEGATIVE_INFINITY,
    };
    this.states.push(thread);
    return this.#run(thread);
  }

  #run(thread: AnswerThread): Promise<Bound> {
    const { setup } = thread;
    // Those that share the addresses with one that comes back are our own.
    const { number: first } = this.#acknowledgements;
    const workerData: AnswerStart = { ...setup, alone: setup.alone && thread.restarts === 0, first };
    const worker = new Worker(new URL("./answerthread.ts", import.meta.url), { workerData, name: nameOf(thread) });
    this.#workers.set(worker, thread);
    this.#give([worker], [...this.#served.values()], this.#complete);
    return new Promise((resolve, reject) => {
      worker.on("message", (message: FromAnswer) => {
        if (message.say === "bound") {
          thread.bound = message;
          this.#stands(thread, "answering");
          resolve(message);
        } else if (message.say === "taken") this.#acknowledgements.taken(worker, message.number);
        else if (message.say === "stopped") thread.bound = undefined;
        else if (message.say === "fault") this.#fault(setup, message.stack, message.query);
        else if (message.say === "failed" || message.say === "unable") {
          reject(new Error(whyNotServed(message)));
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
      worker.on("exit", () => this.#ended(worker, thread));
    });
  }

  /**
   * Gives every thread new versions, which it takes between two queries; resolves once all have, which takes 20 ms when
   * they are idle. One that hangs is told of, and not waited for.
   */
  async update(updates: readonly ZoneUpdate[], complete: boolean): Promise<void> {
    const free: number[] = [];
    const served = updates.map((update): ServedZone => {
      const key = apexKey(update.apex);
      const before = this.#served.get(key);
      this.#old.replaced(before?.image);
      const zone = { ...update, row: before?.row ?? (update.held ? this.#newRow() : NO_ROW) };
      if (update.held) this.#served.set(key, zone);
      else if (this.#served.delete(key)) free.push(zone.row);
      return zone;
    });
    const taken = this.#acknowledgements.next(this.#workers.keys());
    this.#give([...this.#workers.keys()], served, complete);
    this.#complete = complete;
    const hung = after(HUNG_MS, true, { ref: false });
    if (!(await Promise.race([taken, hung]))) for (const row of free) this.#rows.free(row);
    else this.#log.error({ event: "thread.hangs" }, "a thread does not take new versions: it hangs, or has no time");
  }

  #newRow(): number {
    const row = this.#rows.take();
    for (const { zoneCounts } of this.states) zoneCounts.cells.fill(0, row * ROW_CELLS, (row + 1) * ROW_CELLS);
    return row;
  }

  /** The image that a zone is answered from; undefined when it has none. */
  imageOf(apex: Uint8Array): SharedArrayBuffer | undefined {
    return this.#served.get(apexKey(apex))?.image;
  }

  /** Whether a thread is busy, for all that is known here: it was given zones, and has not taken them all. */
  isTaking(thread: AnswerThread): boolean {
    const worker = this.#workerOf(thread);
    return worker !== undefined && this.#acknowledgements.awaits(worker);
  }

  #workerOf(thread: AnswerThread): Worker | undefined {
    return [...this.#workers].find(([, of]) => of === thread)?.[0];
  }

  /** How many zones there are to hold. */
  get zoneCount(): number {
    return this.#served.size;
  }

  /** All zones that are held, those that come meanwhile too. */
  zones(): MapIterator<ServedZone> {
    return this.#served.values();
  }

  /** What all threads have counted of a zone since it is served; undefined for one that has no row. */
  countsOfZone(apex: Uint8Array): CountsNow | undefined {
    const row = this.#served.get(apexKey(apex))?.row ?? NO_ROW;
    if (row === NO_ROW) return undefined;
    const sum = (count: number) =>
      this.states.reduce((total, { zoneCounts }) => total + zoneCounts.cells[row * ROW_CELLS + count], 0);
    return {
      queries: sum(ZoneCount.QUERIES),
      nxdomain: sum(ZoneCount.NXDOMAIN),
      servfail: sum(ZoneCount.SERVFAIL),
      refused: sum(ZoneCount.REFUSED),
    };
  }

  /**
   * Ends a thread that hangs; another takes its place. `release` takes its sockets away first: the kernel then gives its
   * share to the other threads, while this one may yet have to come to its end.
   */
  replace(thread: AnswerThread, release: (descriptors: readonly number[]) => boolean): void {
    const worker = this.#workerOf(thread);
    if (worker === undefined || this.#stopping) return;
    const { kind } = thread.setup;
    const released = thread.bound?.transport === "batch" && release(thread.bound.descriptors);
    this.#stands(thread, released ? "gone" : "hung");
    void worker.terminate();
    this.#log.error({ event: "thread.hangs", thread: kind }, `a ${kind} thread hangs: another takes its place`);
  }

  #stands(thread: AnswerThread, standing: ThreadStanding): void {
    if (thread.standing === standing) return;
    thread.standing = standing;
    this.onStanding?.();
  }

  /** Leaves the addresses to others who have them. Resolves when nothing new comes; TCP connections end later: `gone`. */
  async leave(to: Heritage): Promise<void> {
    this.#stopping = true;
    const left = Promise.all([...this.#workers.keys()].map(leftOf));
    for (const worker of this.#workers.keys()) this.#post(worker, { say: "leave", to });
    await Promise.race([left, after(HUNG_MS, undefined, { ref: false })]);
  }

  /** Resolves when no thread is left. */
  gone(): Promise<unknown> {
    return Promise.all([...this.#workers.keys()].map((worker) => once(worker, "exit")));
  }

  /** Those that were at the addresses before are gone. */
  settle(): void {
    this.tell({ say: "settle" });
  }

  /** Says something to every thread; those whom it does not concern pass over it. */
  tell(message: ToAnswer): void {
    for (const worker of this.#workers.keys()) this.#post(worker, message);
  }

  /** Closes all sockets and ends the threads. */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.load.stop();
    await Promise.all([...this.#workers.keys()].map((worker) => this.#stop(worker)));
  }

  /** What has the last number. */
  #give(workers: readonly Worker[], zones: readonly ServedZone[], complete: boolean): void {
    const { number } = this.#acknowledgements;
    this.#delivery.give(workers, { number, zones, complete, before: this.#complete });
  }

  #post(worker: Worker, message: ToAnswer): void {
    worker.postMessage(message);
    tellOfMessages(this.#generation);
  }

  #stop(worker: Worker): Promise<void> {
    return new Promise((resolve) => {
      const force = setTimeout(() => void worker.terminate(), STOP_MS);
      worker.once("exit", () => {
        clearTimeout(force);
        resolve();
      });
      this.#post(worker, { say: "stop" });
    });
  }

  #fault(setup: AnswerSetup, error: string, query: string): void {
    this.#log.error(
      { event: "answer.fault", thread: setup.kind, error, query },
      `a query got no reply, by a fault of ours: ${error.split("\n")[0]}; please report it with the query ${query}`,
    );
  }

  #ended(worker: Worker, thread: AnswerThread): void {
    const { kind } = thread.setup;
    this.#workers.delete(worker);
    this.#acknowledgements.gone(worker);
    this.#delivery.forget(worker);
    // A thread that could still say so has closed its sockets itself.
    for (const descriptor of thread.bound?.descriptors ?? []) closeSync(descriptor);
    thread.bound = undefined;
    if (this.#stopping) return;
    if (thread.standing !== "starting") this.#stands(thread, "gone");
    setTimeout(() => {
      if (this.#stopping) return;
      thread.restarts++;
      thread.restarted = performance.now();
      this.#run(thread).then(
        () => this.#log.warn({ event: "thread.restarted", thread: kind }, `a ${kind} thread is back`),
        (error: Error) => this.#log.error({ event: "thread.failed", thread: kind }, error.message),
      );
    }, restartDelay(thread));
  }
}
