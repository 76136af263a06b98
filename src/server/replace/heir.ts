/** The process that takes our place, as the old one sees it. */

import type { Duplex } from "node:stream";
import { setTimeout } from "node:timers/promises";
import { say, type Took } from "./words.ts";

/** Milliseconds in which it has to say what it takes. It has all that it needs for that; sessions are kept alive meanwhile. */
const ANSWER_MS = 10_000;

export interface HeirFacts {
  readonly pid: number;
  readonly version: string;
  /** Where it takes descriptors; undefined when it takes no routes. */
  readonly box: string | undefined;
}

export class Heir implements HeirFacts {
  readonly pid: number;
  readonly version: string;
  readonly box: string | undefined;
  readonly #socket: Duplex;
  readonly #answered = Promise.withResolvers<Took | undefined>();
  readonly #gone = Promise.withResolvers<void>();
  #accepted = false;

  constructor({ pid, version, box }: HeirFacts, socket: Duplex) {
    this.pid = pid;
    this.version = version;
    this.box = box;
    this.#socket = socket;
  }

  /** It has ended, or lets go of us. */
  get isGone(): boolean {
    return this.#socket.destroyed;
  }

  /** It is to have our place: what becomes of it from now on changes nothing for us. */
  get accepted(): boolean {
    return this.#accepted;
  }

  /** False when it is gone already. */
  accept(): boolean {
    this.#accepted = !this.isGone;
    return this.#accepted;
  }

  /** Offers it our routes. What it takes of them; undefined when it is gone, or does not say in time. */
  async offer(estate: unknown, descriptors: number): Promise<Took | undefined> {
    say(this.#socket, { say: "routes", estate, descriptors });
    return Promise.race([this.#answered.promise, setTimeout(ANSWER_MS, undefined, { ref: false })]);
  }

  /** What it has said to that. */
  took(took: Took): void {
    this.#answered.resolve(took);
  }

  /** Its connection has ended. */
  vanished(): void {
    this.#answered.resolve(undefined);
    this.#gone.resolve();
  }

  /** What it took is its own. */
  yours(): void {
    say(this.#socket, { say: "yours" });
  }

  /** We go on. Resolves when its connection has ended. */
  dismiss(): Promise<void> {
    say(this.#socket, { say: "kept" });
    this.#socket.end(() => this.#socket.destroy());
    return this.#gone.promise;
  }

  /** Nothing of ours is in its way any more. */
  over(): void {
    say(this.#socket, { say: "over" });
  }
}
