/** Watches the pulses of the answering threads: one that hangs is replaced, and who has nobody left to answer is told. */

import { closeSync, openSync } from "node:fs";
import { type Libc, O_CLOEXEC, openLibc } from "../transport/libc.ts";
import { ProcessorTimes } from "./processortime.ts";
import { Silence } from "./pulse.ts";
import type { AnswerThread, AnswerThreads } from "./threads.ts";
import { nameOf, type ThreadKind, troubleOf } from "./threadstanding.ts";

/** Milliseconds between two looks. */
const LOOK_MS = 30;

export interface WatchOptions {
  /** Milliseconds that a thread may be silent. */
  readonly hung: number;
  /** Queries of a kind get no answers, and why; or do again. `fact` is "thread:udp" or "thread:tcp". */
  changed(fact: string, why: string | undefined): void;
}

export class ThreadWatch {
  readonly #threads: AnswerThreads;
  readonly #options: WatchOptions;
  readonly #silences = new Map<AnswerThread, Silence>();
  readonly #troubles = new Map<ThreadKind, string | undefined>();
  readonly #processors = new ProcessorTimes();
  #libc: Libc | undefined;
  #looked = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(threads: AnswerThreads, options: WatchOptions) {
    this.#threads = threads;
    this.#options = options;
  }

  /** Begins to watch, and tells of what is so already. */
  async start(): Promise<void> {
    // At hand before it is needed: while a thread hangs is no time to load it.
    this.#libc = await openLibc().catch(() => undefined);
    this.#looked = performance.now();
    this.#timer = setInterval(() => this.#look(), LOOK_MS);
    this.#threads.onStanding = () => this.#tell();
    this.#tell();
  }

  /** To be called before the threads are stopped. */
  stop(): void {
    clearInterval(this.#timer);
    this.#threads.onStanding = undefined;
  }

  #look(): void {
    const now = performance.now();
    const elapsed = now - this.#looked;
    this.#looked = now;
    const zones = this.#threads.zoneCount;
    for (const thread of this.#threads.states) {
      const { standing, pulse } = thread;
      const busy = pulse.isCollecting || this.#threads.isTaking(thread);
      if (standing !== "answering") this.#silences.delete(thread);
      else if (
        this.#silenceOf(thread).look(pulse.beats, elapsed, { busy, zones }, () => this.#processors.of(nameOf(thread)))
      ) {
        this.#threads.replace(thread, (descriptors) => this.#release(descriptors));
      }
    }
  }

  #silenceOf(thread: AnswerThread): Silence {
    const known = this.#silences.get(thread);
    if (known) return known;
    const silence = new Silence(LOOK_MS, this.#options.hung);
    this.#silences.set(thread, silence);
    return silence;
  }

  /**
   * Takes sockets away from a thread that may come round at any moment, and go on with the numbers that it has: they
   * become those of what is no socket, for else the next socket that is opened might get them. True when it is done.
   */
  #release(descriptors: readonly number[]): boolean {
    const libc = this.#libc;
    if (libc === undefined) return false;
    const nothing = openSync("/dev/null", "r");
    try {
      return descriptors.every((descriptor) => libc.dup3(nothing, descriptor, O_CLOEXEC) >= 0);
    } finally {
      closeSync(nothing);
    }
  }

  #tell(): void {
    for (const kind of ["udp", "tcp"] as const) {
      const why = troubleOf(kind, this.#threads.states);
      if (this.#troubles.get(kind) === why) continue;
      this.#troubles.set(kind, why);
      this.#options.changed(`thread:${kind}`, why);
    }
  }
}
