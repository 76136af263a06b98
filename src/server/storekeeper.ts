/**
 * Keeps the zones as the store says: a follower (sync/follow/) decides, and this gives it threads that compile, threads
 * that answer, counts, clocks and the log.
 */

import { join } from "node:path";
import type { Logger } from "pino";
import { FleetWatch } from "../sync/fleetview/watch.ts";
import { Follower } from "../sync/follow/follower.ts";
import type { Compiled, CompileWork, Surroundings, ZoneSwap } from "../sync/follow/following.ts";
import type { ZoneView } from "../sync/follow/view.ts";
import type { Trust } from "../sync/manifest/keys.ts";
import { FleetLink, type FleetTold } from "../sync/orders/fleetlink.ts";
import type { ServiceStanding } from "../sync/standing.ts";
import { openStore, type StoreAccess } from "../sync/store/open.ts";
import type { Store } from "../sync/store/store.ts";
import type { Vitals } from "../sync/vitals.ts";
import { type Listen, listenToText } from "../text/listen.ts";
import { nameFromText } from "../text/name.ts";
import { problemToText } from "../zone/problem.ts";
import type { PopLimits } from "./messages.ts";
import { storeStatus } from "./storestatus.ts";
import { findTrust } from "./storetrust.ts";
import { TextCompiler } from "./textcompiler.ts";
import type { AnswerThreads } from "./threads.ts";
import { toldUnable, toldUnwritable } from "./unwritable.ts";
import type { FleetSource, StoreFacts, ZoneFacts, ZoneSource, ZoneStatus } from "./zonesource.ts";

/** The store, and how it is followed. */
export interface StoreSource {
  readonly where: string;
  readonly access: StoreAccess;
  /** Public keys; none when the store's own word is taken. */
  readonly trust: readonly string[];
  /** Where the copy is kept. */
  readonly directory: string;
  readonly groups: readonly string[];
  /** Where publishers ask this POP for proof. */
  readonly ask: readonly Listen[];
  readonly limits: PopLimits;
}

/** The server that the keeper is part of. */
export interface Around {
  readonly pop: string;
  /** Of zonecast. */
  readonly release: string;
  readonly log: Logger;
  readonly threads: AnswerThreads;
  ready(): boolean;
  /** Without a section anycast, whoever is ready announces, and has no standings. */
  announcing(): boolean;
  standings(): readonly ServiceStanding[];
  vitals(): Vitals;
  /** Another process speaks for this POP yet: no reports are to be sent. */
  muted(): boolean;
}

const AWAITED = "the store is waited for";

export class StoreKeeper implements ZoneSource {
  readonly whenEmpty = "  the store has no zones: zonecast push publishes one";
  readonly #source: StoreSource;
  readonly #around: Around;
  readonly #store: Store;
  readonly #compiler: TextCompiler;
  readonly #ended = new AbortController();
  #follower: Follower | undefined;
  #trust: Trust | undefined;
  #link: FleetLink | undefined;
  /** Who wants to be told of the fleet, before it is known whose orders are to be believed. */
  #wanted: { readonly told: FleetTold; readonly last: number } | undefined;
  /** All that there was has been tried: what is not held is not ours. */
  #complete = false;
  /** Zones that have been refused before a version of them was served: they are ours, and answered with SERVFAIL. */
  readonly #unserved = new Set<string>();
  #firstServed: () => void = () => {};

  /** Rejects with StoreError for a place that is no store's. */
  static async open(source: StoreSource, around: Around): Promise<StoreKeeper> {
    return new StoreKeeper(source, around, await openStore(source.where, source.access));
  }

  private constructor(source: StoreSource, around: Around, store: Store) {
    this.#source = source;
    this.#around = around;
    this.#store = store;
    const images = join(source.directory, "images");
    const told = { kept: toldUnwritable(images, around.log), unable: toldUnable(around.log) };
    this.#compiler = new TextCompiler({ images, ...told, limits: source.limits });
  }

  get waitsFor(): string {
    return `the store ${this.#store.where}`;
  }

  /** Serves the copy on disk; without one, waits for the store, and for a first zone in it. */
  async start(): Promise<void> {
    const { trust: configured, directory, groups, ask } = this.#source;
    const { pop, release, threads, ready, announcing, standings, vitals, muted } = this.#around;
    this.#compiler.start();
    const served = new Promise<void>((resolve) => {
      this.#firstServed = resolve;
    });
    const surroundings = this.#surroundings();
    const places = { configured, directory, store: this.#store };
    const trust = await findTrust(places, surroundings.tell, this.#ended.signal);
    if (trust === undefined) return;
    this.#trust = trust;
    this.#joinFleet();
    const facts = {
      ...{ release, ask: ask.map(listenToText), ready, announcing, standings, vitals, muted },
      ordered: () => this.#link?.ordered,
      counts: (zone: string) => threads.countsOfZone(nameFromText(zone)),
    };
    this.#follower = new Follower({ store: this.#store, trust, pop, groups, directory, surroundings, facts });
    await this.#follower.start();
    // A POP without any zone would refuse every query: it is better not in the fleet.
    if (this.#follower.view.zones === 0) {
      const text = `${this.waitsFor} has no zone yet that can be served: waiting for one; zonecast push publishes it`;
      surroundings.tell("info", "store.awaited", { store: this.#store.where }, text);
      await served;
    }
    this.#complete = true;
    await threads.update([], true);
    this.#compiler.settle();
  }

  get fleet(): FleetSource {
    const link = () => this.#link;
    return {
      follow: (told, last) => {
        this.#wanted = { told, last };
        this.#joinFleet();
      },
      get unheard() {
        return link() === undefined ? AWAITED : link()?.unheard;
      },
      get unordered() {
        return link() === undefined ? AWAITED : link()?.unordered;
      },
    };
  }

  /** As soon as it is known whose orders are to be believed. */
  #joinFleet(): void {
    const trust = this.#trust;
    if (this.#wanted === undefined || trust === undefined || this.#link || this.#ended.signal.aborted) return;
    const sentAt = (at: string) => this.#follower?.sentAt(at);
    const changed = () => this.#follower?.changed();
    const { pop } = this.#around;
    this.#link = new FleetLink({
      ...{ store: this.#store, pop, trust, ...this.#wanted, surroundings: this.#surroundings(), sentAt, changed },
    });
    this.#link.start();
  }

  watchFleet(): FleetWatch | undefined {
    const trust = this.#trust;
    if (trust === undefined || this.#ended.signal.aborted) return undefined;
    const clock = { now: Date.now, monotonic: () => performance.now() };
    const watch = new FleetWatch({ store: this.#store, trust, clock });
    this.#ended.signal.addEventListener("abort", () => watch.close());
    return watch;
  }

  heardAgo(): number | undefined {
    return this.#follower?.heardAgo();
  }

  rescan(): void {
    void this.#follower?.reconcile();
  }

  stateChanged(): void {
    this.#follower?.changed();
  }

  async close(replaced = false): Promise<void> {
    this.#ended.abort();
    this.#link?.close();
    if (!replaced) await this.#follower?.farewell();
    const followed = this.#follower?.close();
    // What the follower has given to compile is given back: it does not wait for it.
    await this.#compiler.close();
    await followed;
    await this.#store.close();
  }

  *names(): Iterable<readonly [zone: string, served: boolean]> {
    for (const { zone, image } of this.#known()) yield [zone, image !== undefined];
  }

  *zones(): Iterable<ZoneStatus> {
    for (const view of this.#known()) yield this.#statusOf(view);
  }

  *facts(): Iterable<ZoneFacts> {
    const ago = this.heardAgo();
    const heard = ago === undefined ? undefined : Date.now() - ago;
    for (const { zone, image, refused, missing, rollout, at } of this.#known()) {
      yield {
        state: image === undefined ? "failed" : refused ? "stale" : "serving",
        image,
        // Of one that is not what the store has, only its beginning is known.
        confirmed: image && (refused || missing ? at : heard),
        milliseconds: image && this.#compiler.originOf(image)?.milliseconds,
        rollout,
        name: () => zone,
      };
    }
  }

  storeFacts(): StoreFacts | undefined {
    const view = this.#follower?.view;
    if (view === undefined) return undefined;
    const { connection, heard, cursor, working, refusals, missing, lastServingMs } = view;
    const position = cursor?.position;
    return { connected: connection === "connected", heard, position, working, refusals, missing, lastServingMs };
  }

  /** Without those that were removed. */
  *#known(): Iterable<ZoneView> {
    for (const view of this.#follower?.zones() ?? []) if (view.image || view.refused) yield view;
  }

  status(): Readonly<Record<string, unknown>> {
    return storeStatus(this.#store.where, this.#follower?.view);
  }

  #statusOf({ zone, id, version, image, at, problems, refused, removal, missing }: ZoneView): ZoneStatus {
    return {
      zone,
      state: image === undefined ? "failed" : refused ? "stale" : "serving",
      version: version?.version,
      id,
      serial: version?.serial,
      records: version?.records,
      from: image && this.#compiler.originOf(image)?.from,
      loaded: image && new Date(at).toISOString(),
      refused,
      removal: removal || undefined,
      missing: missing || undefined,
      counts: this.#around.threads.countsOfZone(nameFromText(zone)),
      problems: problems.map(problemToText),
    };
  }

  #surroundings(): Surroundings {
    const { log } = this.#around;
    return {
      compile: (work) => this.#compile(work),
      stored: (zone, version) => this.#compiler.stored(zone, version),
      serve: (swaps) => this.#serve(swaps),
      tell: (level, event, facts, text) => log[level]({ event, ...facts }, text),
      now: Date.now,
      monotonic: () => performance.now(),
      random: Math.random,
    };
  }

  async #compile(work: CompileWork): Promise<Compiled> {
    const compiled = await this.#compiler.compile(work);
    const { zone, before } = work;
    if (!compiled.image && !before && !this.#ended.signal.aborted) {
      this.#unserved.add(zone);
      void this.#update([{ zone, image: undefined }], true);
    }
    return compiled;
  }

  async #serve(swaps: readonly ZoneSwap[]): Promise<void> {
    for (const { zone } of swaps) this.#unserved.delete(zone);
    await this.#update(swaps, false);
    this.#firstServed();
  }

  /** `held`: zones without an image are ours all the same. */
  async #update(swaps: readonly ZoneSwap[], held: boolean): Promise<void> {
    const updates = swaps.map(({ zone, image }) => ({
      apex: nameFromText(zone),
      image,
      held: held || image !== undefined,
    }));
    // What was removed without ever having been served.
    for (const zone of this.#unserved) {
      if (this.#follower?.zone(zone)) continue;
      this.#unserved.delete(zone);
      updates.push({ apex: nameFromText(zone), image: undefined, held: false });
    }
    await this.#around.threads.update(updates, this.#complete);
  }
}
