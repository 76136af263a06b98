/** Watches the store, for ever: what it tells goes in, and how the connection is. */

import type { Cursor, Entry, Store, StoreEvent } from "../store/store.ts";
import type { Alarm } from "./alarm.ts";
import type { Surroundings } from "./following.ts";
import type { FollowSet } from "./followset.ts";
import type { Intake } from "./intake.ts";
import type { FollowOptions } from "./options.ts";
import type { Outcome } from "./outcome.ts";
import { againAfter, spreadOver } from "./pace.ts";
import type { Waterline } from "./waterline.ts";

export interface WatcherArgs {
  readonly store: Store;
  readonly set: FollowSet;
  readonly waterline: Waterline;
  readonly outcome: Outcome;
  readonly intake: Intake;
  readonly surroundings: Surroundings;
  readonly options: FollowOptions;
  readonly alarm: Alarm;
  readonly changed: () => void;
  /** What follows when there is no store: "nothing is served yet", or that all goes on. */
  readonly consequence: () => string;
}

export class Watcher {
  readonly #args: WatcherArgs;
  readonly #closing = new AbortController();
  /** Ends the watch that is open, to begin another. */
  #open = new AbortController();
  /** The look at all heads that is under way. */
  #round: number | undefined;
  #connection: "connecting" | "connected" | "lost" = "connecting";
  #why: string | undefined;
  #since: number;
  #heard: number | undefined;
  /** By the clock that never jumps. */
  #confirmed: number | undefined;

  constructor(args: WatcherArgs) {
    this.#args = args;
    this.#since = args.surroundings.now();
  }

  get connection(): "connecting" | "connected" | "lost" {
    return this.#connection;
  }

  get why(): string | undefined {
    return this.#why;
  }

  get since(): number {
    return this.#since;
  }

  get heard(): number | undefined {
    return this.#heard;
  }

  /** True when all heads were told of since the store was last followed from its beginning. */
  get settled(): boolean {
    return this.#round === undefined && this.#connection === "connected";
  }

  start(): void {
    void this.#run();
  }

  /** Follows the store from its beginning. */
  startOver(): void {
    this.#args.waterline.reset();
    this.#open.abort();
  }

  /** When it was last known that all that the store had is served, or refused: by the clock that never jumps. */
  get confirmed(): number | undefined {
    return this.#confirmed;
  }

  /** The store was heard of. */
  hear(): void {
    const { surroundings, waterline } = this.#args;
    this.#heard = surroundings.now();
    if (this.#connection === "connected" && waterline.synced) this.#confirmed = surroundings.monotonic();
  }

  async #run(): Promise<void> {
    const { store, set, waterline, surroundings, options, alarm } = this.#args;
    // All POPs may have been started together.
    await alarm.wait(spreadOver(options.spread, surroundings.random()));
    for (let attempt = 0; !this.#closing.signal.aborted; attempt++) {
      this.#open = new AbortController();
      const signal = AbortSignal.any([this.#open.signal, this.#closing.signal]);
      const { cursor } = waterline;
      if (!cursor) this.#round = set.beginRound();
      try {
        for await (const event of store.watch(cursor, signal)) {
          if (signal.aborted) break;
          await this.#take(event);
          attempt = 0;
        }
      } catch (error) {
        this.#lost(error instanceof Error ? error.message : String(error));
      }
      // Watching goes on by itself; should it end all the same, it is begun again.
      if (!signal.aborted)
        await alarm.wait(againAfter(attempt, surroundings.random(), options.again, options.againMost));
    }
  }

  async #take(event: StoreEvent): Promise<void> {
    switch (event.say) {
      case "lost":
        this.#lost(event.why);
        return;
      case "back":
        break;
      case "reset":
        await this.#reset(event.why);
        break;
      case "entries":
        await this.#entries(event.entries, event.cursor);
        break;
      case "synced":
        this.#synced(event.cursor);
        break;
    }
    this.#connected();
    this.hear();
  }

  async #entries(entries: readonly Entry[], cursor: Cursor): Promise<void> {
    const { waterline, intake, outcome, changed } = this.#args;
    const ticket = waterline.open(cursor, entries.length);
    await intake.take(entries, ticket);
    if (ticket.left <= 0) void outcome.settle().then(changed);
  }

  #synced(cursor: Cursor): void {
    const { waterline, outcome, set, changed } = this.#args;
    waterline.open(cursor, 0, true);
    if (this.#round !== undefined) outcome.missing(set.endRound(this.#round));
    this.#round = undefined;
    void outcome.settle().then(changed);
  }

  async #reset(why: string): Promise<void> {
    const { waterline, set, surroundings, store, outcome } = this.#args;
    const text = `${store.where} is not the store that was followed: ${why}; all is compared, and nothing is dropped`;
    surroundings.tell("warn", "store.reset", { store: store.where, why }, text);
    waterline.reset();
    set.forgetRevisions();
    this.#round = set.beginRound();
    await outcome.settle();
  }

  #connected(): void {
    const { surroundings, store, alarm, options } = this.#args;
    if (this.#connection === "connected") return;
    const text = this.#connection === "lost" ? `${store.where} is back` : `${store.where} is followed`;
    surroundings.tell("info", "store.connected", { store: store.where }, text);
    this.#connection = "connected";
    this.#why = undefined;
    this.#since = surroundings.now();
    alarm.hurry(() => spreadOver(options.spread, surroundings.random()));
  }

  #lost(why: string): void {
    const { surroundings, store, consequence } = this.#args;
    if (this.#closing.signal.aborted || (this.#connection === "lost" && this.#why === why)) return;
    surroundings.tell("warn", "store.lost", { store: store.where, why }, `${why}; ${consequence()}`);
    if (this.#connection !== "lost") this.#since = surroundings.now();
    this.#connection = "lost";
    this.#why = why;
  }

  close(): void {
    this.#closing.abort();
  }
}
