/** Hands images to the threads that answer: those that are ready at the same time in one go, one go after the other. */

import type { ZoneSwap } from "./following.ts";

/** Ready zones wait so long, in milliseconds, for others that are being made at the same time. */
const GATHER_MS = 20;
/** Zones in one go. */
const MOST = 1000;

export interface ReadySwap extends ZoneSwap {
  /** Whether it is still wanted, asked right before it is served. */
  wanted(): boolean;
  /** Gives it to the copy; absent when the copy has it. */
  keep?(): void;
  /** Every thread answers from it. */
  served(): void;
  /** The threads could not be told, for this reason. */
  failed(why: string): void;
}

export class Swapper {
  readonly #serve: (swaps: readonly ZoneSwap[]) => Promise<void>;
  readonly #busy: () => boolean;
  readonly #kept: () => Promise<void>;
  #ready: ReadySwap[] = [];
  #serving = false;
  #timer: NodeJS.Timeout | undefined;
  #idle: (() => void)[] = [];
  /** The zones that are on their way to the threads, until these have them. */
  readonly #flying = new Map<string, Promise<void>>();

  /** `busy`: more zones will be ready in a moment. `kept`: resolves when the copy's writing was tried. */
  constructor(
    serve: (swaps: readonly ZoneSwap[]) => Promise<void>,
    busy: () => boolean,
    kept: () => Promise<void> = async () => {},
  ) {
    this.#serve = serve;
    this.#busy = busy;
    this.#kept = kept;
  }

  add(ready: ReadySwap): void {
    this.#ready.push(ready);
    if (this.#timer || this.#serving) return;
    this.#timer = setTimeout(() => this.#go(), GATHER_MS);
    setImmediate(() => this.#look());
  }

  /** Undefined, or resolves when what the threads are just being given of a zone is served. */
  landed(zone: string): Promise<void> | undefined {
    return this.#flying.get(zone);
  }

  /** Resolves when all that was added is served. */
  async idle(): Promise<void> {
    while (this.#ready.length > 0 || this.#serving) {
      await new Promise<void>((resolve) => {
        this.#idle.push(resolve);
      });
    }
  }

  /** Does not wait for others when there are none, or many are here. */
  #look(): void {
    if (this.#timer && (!this.#busy() || this.#ready.length >= MOST)) this.#go();
  }

  #go(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (!this.#serving) void this.#run();
  }

  async #run(): Promise<void> {
    this.#serving = true;
    while (this.#ready.length > 0) {
      const batch = this.#take();
      if (batch.length === 0) continue;
      const landed = this.#fly(batch);
      for (const { zone } of batch) this.#flying.set(zone, landed);
      await landed;
    }
    this.#serving = false;
    const waiting = this.#idle;
    this.#idle = [];
    for (const resolve of waiting) resolve();
  }

  /** What is answered with is on disk: a POP that is killed, and starts without the store, does not go back. */
  async #fly(batch: readonly ReadySwap[]): Promise<void> {
    let why: string | undefined;
    try {
      for (const ready of batch) ready.keep?.();
      if (batch.some(({ keep }) => keep)) await this.#kept();
      await this.#serve(batch.map(({ zone, image }) => ({ zone, image })));
    } catch (error) {
      why = error instanceof Error ? error.message : String(error);
    }
    for (const ready of batch) {
      this.#flying.delete(ready.zone);
      if (why === undefined) ready.served();
      else ready.failed(why);
    }
  }

  /** A zone is in one go once: what comes of it later is for the next one. */
  #take(): ReadySwap[] {
    const batch = new Map<string, ReadySwap>();
    const later: ReadySwap[] = [];
    for (const ready of this.#ready) {
      if (!ready.wanted()) continue;
      if (batch.size >= MOST || batch.has(ready.zone)) later.push(ready);
      else batch.set(ready.zone, ready);
    }
    this.#ready = later;
    return [...batch.values()];
  }
}
