/** Follows a store for a view of the fleet: heads and reports as they come, for as long as somebody looks. */

import { setImmediate as turn } from "node:timers/promises";
import type { Trust } from "../manifest/keys.ts";
import { openTrusted } from "../publish/head.ts";
import { Fleet } from "../rollout/fleet.ts";
import type { Clock } from "../rollout/waited.ts";
import type { Entry, ReportEvent, Store, StoreEvent } from "../store/store.ts";
import { type FleetFacts, fleetSnapshot, type SnapshotOptions } from "./build.ts";
import { Heads } from "./heads.ts";
import type { Moment } from "./popstate.ts";
import type { FleetSnapshot } from "./snapshot.ts";

/** Signatures are verified for so long, in milliseconds, before this thread looks at what else there is. */
const SLICE_MS = 20;
/** Milliseconds in which changes are told together; and after which time alone is a change: POPs fall silent. */
const SOON_MS = 200;
const TIME_MS = 5000;

export interface FleetWatchArgs {
  readonly store: Store;
  readonly trust: Trust;
  readonly clock: Clock;
}

export class FleetWatch {
  readonly #args: FleetWatchArgs;
  readonly #fleet = new Fleet();
  readonly #heads = new Heads();
  /** POPs whose last report lay in the store when listening began. */
  readonly #lay = new Set<string>();
  readonly #listeners = new Set<() => void>();
  readonly #stop = new AbortController();
  readonly #lost = new Map<"heads" | "reports", string>();
  readonly #synced = { heads: false, reports: false };
  #epoch: string | undefined;
  /** When the store was lost: as long as it is, all is as of then. */
  #deaf: Moment | undefined;
  #soon: NodeJS.Timeout | undefined;
  readonly #ticker: NodeJS.Timeout;

  /** Begins to follow at once, whether the store is reached or not. The store is the caller's to close, after this. */
  constructor(args: FleetWatchArgs) {
    this.#args = args;
    void this.#followHeads();
    void this.#followReports();
    this.#ticker = setInterval(() => this.#changed(), TIME_MS);
    this.#ticker.unref();
  }

  /** All that the store had when following began has been heard. */
  get synced(): boolean {
    return this.#synced.heads && this.#synced.reports;
  }

  /** The fleet as of now; as of when the store was lost, while it is. */
  snapshot(options?: SnapshotOptions): FleetSnapshot {
    return fleetSnapshot(this.#facts(), options);
  }

  /** Names of zones with this text in them, at most so many. */
  zonesMatching(text: string, limit: number): readonly string[] {
    return this.#heads.matching(text, limit);
  }

  /** Calls a listener soon after something has changed, and every few seconds; the function that is given ends that. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  close(): void {
    this.#stop.abort();
    this.#listeners.clear();
    clearInterval(this.#ticker);
    clearTimeout(this.#soon);
  }

  #facts(): FleetFacts {
    const [why] = this.#lost.values();
    return {
      store: { where: this.#args.store.where, why },
      epoch: this.#epoch,
      heads: this.#heads,
      pops: this.#fleet.all().map((heard) => ({ heard, lay: this.#lay.has(heard.report.pop) })),
      moment: this.#deaf ?? this.#now(),
    };
  }

  #now(): Moment {
    const { clock } = this.#args;
    return { monotonic: clock.monotonic(), date: clock.now() };
  }

  #changed(): void {
    if (this.#stop.signal.aborted) return;
    this.#soon ??= setTimeout(() => {
      this.#soon = undefined;
      for (const listener of [...this.#listeners]) listener();
    }, SOON_MS);
  }

  async #followHeads(): Promise<void> {
    for await (const event of this.#args.store.watch(undefined, this.#stop.signal)) {
      await this.#head(event);
      this.#changed();
    }
  }

  async #head(event: StoreEvent): Promise<void> {
    switch (event.say) {
      case "entries":
        this.#epoch = event.cursor.epoch;
        await this.#take(event.entries);
        return;
      case "synced":
        this.#epoch = event.cursor.epoch;
        this.#synced.heads = true;
        return;
      case "reset":
        this.#heads.clear();
        this.#epoch = event.epoch;
        this.#synced.heads = false;
        return;
      default:
        this.#link("heads", event);
    }
  }

  async #take(entries: readonly Entry[]): Promise<void> {
    const { trust, clock } = this.#args;
    let since = clock.monotonic();
    for (const { zone, revision, octets } of entries) {
      // What nobody trusted has signed is no news; POPs that meet it say so.
      const manifest = openTrusted(zone, octets, trust)?.manifest;
      if (manifest !== undefined) {
        const made = Date.parse(manifest.at);
        const came = this.#synced.heads || !Number.isFinite(made) ? clock.now() : Math.min(made, clock.now());
        this.#heads.take({ zone, revision, manifest, came });
      }
      if (clock.monotonic() - since < SLICE_MS) continue;
      await turn();
      since = clock.monotonic();
    }
  }

  async #followReports(): Promise<void> {
    for await (const event of this.#args.store.watchReports(this.#stop.signal)) {
      this.#report(event);
      this.#changed();
    }
  }

  #report(event: ReportEvent): void {
    const { clock } = this.#args;
    switch (event.say) {
      case "report":
        if (this.#synced.reports) {
          if (this.#fleet.hear(event.report, clock.monotonic()) !== undefined) this.#lay.delete(event.report.pop);
        } else {
          this.#fleet.begin([event.report], clock.monotonic(), clock.now());
          this.#lay.add(event.report.pop);
        }
        return;
      case "synced":
        this.#synced.reports = true;
        return;
      case "reset":
        return;
      default:
        this.#link("reports", event);
    }
  }

  #link(
    which: "heads" | "reports",
    event: { readonly say: "lost"; readonly why: string } | { readonly say: "back" },
  ): void {
    if (event.say === "lost") {
      this.#deaf ??= this.#now();
      this.#lost.set(which, event.why);
      return;
    }
    this.#lost.delete(which);
    if (this.#lost.size > 0 || this.#deaf === undefined) return;
    // Nothing could be heard meanwhile: nobody is blamed for it.
    this.#deaf = undefined;
    this.#fleet.wasDeaf(this.#args.clock.monotonic());
  }
}
