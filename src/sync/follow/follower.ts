/** A POP's side of the store: serves what is on disk, then follows the store for ever. */

import type { Cursor, Entry } from "../store/store.ts";
import { boot } from "./boot.ts";
import type { Followed, Work } from "./followed.ts";
import { assemble, type FollowerArgs, type Machinery } from "./machinery.ts";
import type { FollowView, ZoneView } from "./view.ts";

export type { FollowerArgs } from "./machinery.ts";

/** Nothing heard of the store for so long, and nothing to serve: that is said. */
const SILENCE_MS = 5_000;

export class Follower {
  readonly #args: FollowerArgs;
  readonly #parts: Machinery;
  /** What was in the copy was read. */
  #booted = false;
  /** The copy had everything that the store had, once. */
  #complete = false;
  /** What the copy had and no image stood ready for, until it was tried once. */
  readonly #untried = new Map<Followed, Work>();
  readonly #putOff = new WeakSet<Work>();
  #started: () => void = () => {};
  #starting = true;
  #silence: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(args: FollowerArgs) {
    this.#args = args;
    this.#parts = assemble(args, {
      complete: () => this.#complete || this.#parts.waterline.synced,
      advanced: () => this.#look(),
      putOff: (work) => {
        this.#putOff.add(work);
        this.#look();
      },
      consequence: () =>
        this.#starting && !this.#complete ? "not ready: the store must be reached first" : "what is served goes on",
    });
  }

  /**
   * Serves the copy, then follows the store. Resolves when every zone of the copy was tried once; when the copy has not
   * got everything yet, when every zone of the store was: without a store it waits, and says so. Never rejects.
   */
  async start(): Promise<void> {
    const { reporter, watcher, reconciler, intake, confirmer } = this.#parts;
    const started = new Promise<void>((resolve) => {
      this.#started = resolve;
    });
    const refused = await this.#boot();
    await intake.take(refused, undefined);
    for (const followed of this.#parts.set.all()) if (followed.work) this.#untried.set(followed, followed.work);
    this.#booted = true;
    if (this.#closed) return;
    confirmer.start();
    watcher.start();
    reconciler.start();
    reporter.start();
    this.#look();
    if (this.#starting) this.#silence = setTimeout(() => this.#tellSilence(), SILENCE_MS);
    await started;
  }

  /** The manifests that the copy has as refused. */
  async #boot(): Promise<readonly Entry[]> {
    const { keeper, waterline, set } = this.#parts;
    const copy = keeper.open();
    if (!copy) return [];
    try {
      const cursor = copy.cursor();
      const complete = copy.complete();
      const { refused, damaged } = await boot(copy, { ...this.#parts, surroundings: this.#args.surroundings });
      // With a damaged zone the store is followed from its beginning.
      if (cursor && !damaged) waterline.begin(cursor);
      else set.forgetRevisions();
      this.#complete = complete;
      return refused;
    } catch (error) {
      keeper.damaged(error);
      return [];
    }
  }

  /** Whether starting is over. */
  #look(): void {
    if (!this.#starting || !this.#booted) return;
    for (const [followed, work] of this.#untried) {
      if (followed.work === work && !this.#putOff.has(work)) return;
      this.#untried.delete(followed);
    }
    if (!this.#complete && !this.#parts.waterline.synced) return;
    this.#starting = false;
    clearTimeout(this.#silence);
    this.#started();
    this.#parts.reporter.soon();
  }

  #tellSilence(): void {
    const { store, surroundings } = this.#args;
    if (this.#parts.watcher.connection !== "connecting") return;
    const text = `waiting for ${store.where}: not ready, as there is no copy of its zones here yet`;
    surroundings.tell("warn", "store.awaited", { store: store.where }, text);
  }

  /** Compares all heads with what is known, now. Never rejects. */
  async reconcile(): Promise<void> {
    await this.#parts.reconciler.run();
  }

  /**
   * Milliseconds since the store last confirmed that what is served is the newest; undefined when it has not since the
   * start. While the store is followed it does so with each report that it takes, every few seconds.
   */
  heardAgo(): number | undefined {
    const { confirmed } = this.#parts.watcher;
    return confirmed === undefined ? undefined : this.#args.surroundings.monotonic() - confirmed;
  }

  /** When this run has sent the report that was written at a time, by the clock that never jumps; undefined for another's. */
  sentAt(at: string): number | undefined {
    return this.#parts.reporter.sentAt(at);
  }

  /** Has a report sent soon: the server calls it when ready, announcing or standings changed. */
  changed(): void {
    this.#parts.reporter.soon();
  }

  /** Tells the fleet that this POP ends now: to be called before close. Never rejects, and takes half a second at most. */
  farewell(): Promise<void> {
    return this.#parts.reporter.farewell();
  }

  /** Ends following; what is served stays. The store is not closed. Never rejects. */
  async close(): Promise<void> {
    this.#closed = true;
    const { set, alarm, reporter, reconciler, confirmer, watcher, maker, keeper, shelf } = this.#parts;
    clearTimeout(this.#silence);
    for (const followed of set.all()) followed.work = undefined;
    alarm.close();
    reporter.close();
    reconciler.close();
    confirmer.close();
    watcher.close();
    maker.close();
    keeper.close();
    await shelf.close();
  }

  get view(): FollowView {
    const { set, maker, removals, watcher, keeper, shelf, outcome } = this.#parts;
    const { connection, why, since, heard } = watcher;
    const cursor: Cursor | undefined = outcome.position;
    return {
      ...{ where: this.#args.store.where, connection, why, since, heard, cursor },
      synced: this.#parts.waterline.synced && connection === "connected",
      zones: set.served,
      refusals: set.refusals,
      working: maker.size,
      removals: removals.size,
      missing: set.missing,
      digest: set.digest,
      lastServingMs: outcome.recent[0]?.servingMs,
      unkept: keeper.why ?? shelf.why,
    };
  }

  /** All zones that are followed: served, refused, or on their way for the first time. */
  *zones(): Iterable<ZoneView> {
    for (const followed of this.#parts.set.all()) if (followed.removal !== "done") yield viewOf(followed);
  }

  zone(name: string): ZoneView | undefined {
    const followed = this.#parts.set.get(name);
    return followed && followed.removal !== "done" ? viewOf(followed) : undefined;
  }
}

function viewOf({ zone, taken, version, image, at, problems, refused, removal, missing, rollout }: Followed): ZoneView {
  return {
    ...{ zone, version, image, at, problems, missing, rollout },
    id: taken?.id ?? 0,
    revision: taken?.revision ?? 0,
    refused: refused && { id: refused.id, why: refused.why },
    removal: removal === "doubt",
  };
}
