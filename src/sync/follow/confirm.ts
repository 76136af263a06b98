/** Confirms signed removals: reads each zone's head again some time later, and drops it when that is still a removal. */

import type { Trust } from "../manifest/keys.ts";
import { isRemoval } from "../manifest/manifest.ts";
import { ManifestError, openManifest } from "../manifest/message.ts";
import type { Entry, Store } from "../store/store.ts";
import type { Surroundings } from "./following.ts";
import type { FollowSet } from "./followset.ts";
import type { FollowOptions } from "./options.ts";
import type { Outcome } from "./outcome.ts";
import type { Removals } from "./removals.ts";

export interface ConfirmArgs {
  readonly store: Store;
  readonly trust: Trust;
  readonly set: FollowSet;
  readonly removals: Removals;
  readonly outcome: Outcome;
  readonly surroundings: Surroundings;
  readonly options: FollowOptions;
  /** The head is another one by now. */
  readonly take: (entry: Entry) => Promise<void>;
}

export class Confirmer {
  readonly #args: ConfirmArgs;
  #timer: NodeJS.Timeout | undefined;
  #stepping = false;
  #closed = false;

  constructor(args: ConfirmArgs) {
    this.#args = args;
  }

  /** There is something to confirm. */
  start(): void {
    if (this.#timer === undefined && !this.#stepping) this.#schedule(0);
  }

  #schedule(every: number): void {
    const { removals, surroundings } = this.#args;
    const delay = removals.next(surroundings.monotonic(), every);
    this.#timer = undefined;
    if (delay === undefined || this.#closed) return;
    this.#timer = setTimeout(() => void this.#step(), delay);
  }

  async #step(): Promise<void> {
    const { removals, set, surroundings, options } = this.#args;
    this.#timer = undefined;
    this.#stepping = true;
    const zones = removals.step(surroundings.monotonic(), set.served);
    if (removals.size > zones.length) {
      const facts = { now: zones.length, waiting: removals.size - zones.length };
      surroundings.tell("warn", "zones.removed", facts, `${removals.size} zones were removed: dropped in steps`);
    }
    for (const zone of zones) await this.#look(zone);
    this.#stepping = false;
    this.#schedule(options.dropEvery);
  }

  async #look(zone: string): Promise<void> {
    const { store, trust, set, removals, outcome, surroundings, take } = this.#args;
    // Whatever is found: not again at once.
    removals.later(zone, surroundings.monotonic());
    let entry: Entry | undefined;
    try {
      entry = await store.head(zone);
    } catch {
      // Without the store nothing is dropped; that it is away is told elsewhere.
      return;
    }
    const followed = set.get(zone);
    if (this.#closed || followed?.removal !== "doubt") return;
    if (!entry) {
      const text = `zone ${zone} was removed, and now the store knows nothing of it: served on; push it and remove it again`;
      surroundings.tell("warn", "zone.missing", { zone }, text);
    } else if (isSameRemoval(entry, followed.taken?.id ?? 0, trust)) outcome.drop(followed);
    else await take(entry);
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }
}

/** Whether the head still is a signed removal, and not of an older store. */
function isSameRemoval({ zone, octets }: Entry, id: number, trust: Trust): boolean {
  try {
    const { manifest } = openManifest(zone, octets, trust);
    return isRemoval(manifest) && manifest.id === id;
  } catch (error) {
    if (error instanceof ManifestError) return false;
    throw error;
  }
}
