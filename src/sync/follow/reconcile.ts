/** The second line behind watching: compares all heads with what is known, and fetches those that differ. */

import { forEach } from "../foreach.ts";
import { type Entry, type Store, StoreError } from "../store/store.ts";
import type { Followed } from "./followed.ts";
import type { Surroundings } from "./following.ts";
import type { FollowSet } from "./followset.ts";
import type { FollowOptions } from "./options.ts";
import type { Outcome } from "./outcome.ts";
import { reconcileAfter } from "./pace.ts";

/** Heads that are fetched at once. */
const AT_ONCE = 8;

export interface ReconcileArgs {
  readonly store: Store;
  readonly set: FollowSet;
  readonly outcome: Outcome;
  readonly surroundings: Surroundings;
  readonly options: FollowOptions;
  /** False while watching has not told of all heads: then it is about to. */
  readonly settled: () => boolean;
  readonly take: (entries: readonly Entry[]) => Promise<void>;
  /** A look is over. */
  readonly done: () => Promise<void>;
}

export class Reconciler {
  readonly #args: ReconcileArgs;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;
  #looked = false;
  #closed = false;

  constructor(args: ReconcileArgs) {
    this.#args = args;
  }

  start(): void {
    const { options, set, surroundings } = this.#args;
    if (this.#closed) return;
    clearTimeout(this.#timer);
    const delay = reconcileAfter(options.reconcile, set.served, !this.#looked, surroundings.random());
    this.#timer = setTimeout(() => void this.run(), Math.min(delay, 2 ** 31 - 1));
  }

  /** Looks now, or waits for the look that is under way. Never rejects. */
  run(): Promise<void> {
    this.#looked = true;
    this.#running ??= this.#look().finally(() => {
      this.#running = undefined;
      this.start();
    });
    return this.#running;
  }

  async #look(): Promise<void> {
    const { store, set, outcome, settled, done } = this.#args;
    if (!settled() || this.#closed) return;
    const round = set.beginRound();
    try {
      for await (const heads of store.heads()) {
        if (this.#closed) return;
        await this.#fetch(heads.filter((head) => this.#differs(head)).map(({ zone }) => zone));
      }
      outcome.missing(set.endRound(round));
      await done();
    } catch (error) {
      this.#tell(error);
    }
  }

  #differs({ zone, revision }: Omit<Entry, "octets">): boolean {
    const { set } = this.#args;
    const followed = set.get(zone);
    if (!followed) return true;
    set.listed(followed);
    if (followed.refused?.unfetched && !followed.work) {
      set.forgive(followed);
      return true;
    }
    return !isKnown(followed, revision);
  }

  async #fetch(zones: readonly string[]): Promise<void> {
    const { store, take } = this.#args;
    await forEach(zones, AT_ONCE, async (zone) => {
      const entry = this.#closed ? undefined : await store.head(zone);
      if (entry) await take([entry]);
    });
  }

  #tell(error: unknown): void {
    // A store that is away is told of by whoever watches it.
    if (this.#closed || (error instanceof StoreError && error.kind === "lost")) return;
    const why = error instanceof Error ? error.message : String(error);
    const text = `what the store has could not be compared with what is served: ${why}; tried again later`;
    this.#args.surroundings.tell("warn", "reconcile.failed", { why }, text);
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }
}

function isKnown({ taken, refused, work }: Followed, revision: number): boolean {
  return taken?.revision === revision || refused?.revision === revision || work?.entry.revision === revision;
}
