/** Somebody who follows a store, and what they have been told. */

import type { Cursor, Entry, Store, StoreEvent } from "../../../src/sync/store/store.ts";
import { Awaited } from "./awaited.ts";

/** Milliseconds until a test gives up on being told. */
const PATIENCE = 30_000;

export class Watching {
  readonly events: StoreEvent[] = [];
  /** The heads as they were told last. */
  readonly heads = new Map<string, Entry>();
  cursor: Cursor | undefined;
  /** Told with a lower revision than before, since the last reset. */
  readonly backwards: string[] = [];
  ended = false;
  readonly #signal = new AbortController();
  readonly #done: Promise<void>;
  readonly #awaited = new Awaited(PATIENCE, () => `told ${this.says.slice(-20).join(" ")}`);

  constructor(store: Store, cursor?: Cursor) {
    this.cursor = cursor;
    this.#done = this.#follow(store, cursor);
  }

  get says(): readonly string[] {
    return this.events.map(({ say }) => say);
  }

  /** The text that a zone's head has, as far as told. */
  text(zone: string): string | undefined {
    const head = this.heads.get(zone);
    return head && Buffer.from(head.octets).toString();
  }

  /** Resolves when it is so; rejects when it is not for a long time. */
  until(what: string, isSo: () => boolean): Promise<void> {
    return this.#awaited.until(what, isSo);
  }

  /** Resolves when everything that was there has been told. */
  synced(): Promise<void> {
    return this.until("synced", () => this.says.includes("synced"));
  }

  /** Aborts, and resolves when watching has ended. */
  async stop(): Promise<void> {
    this.#signal.abort();
    await this.#done;
  }

  /** Resolves when watching has ended by itself. */
  over(): Promise<void> {
    return this.#done;
  }

  async #follow(store: Store, cursor: Cursor | undefined): Promise<void> {
    for await (const event of store.watch(cursor, this.#signal.signal)) {
      this.events.push(event);
      if (event.say === "reset") this.heads.clear();
      if (event.say === "entries") this.#take(event.entries);
      if (event.say === "entries" || event.say === "synced") this.cursor = event.cursor;
      this.#awaited.look();
    }
    this.ended = true;
    this.#awaited.look();
  }

  #take(entries: readonly Entry[]): void {
    for (const entry of entries) {
      if (entry.revision < (this.heads.get(entry.zone)?.revision ?? 0)) this.backwards.push(entry.zone);
      this.heads.set(entry.zone, entry);
    }
  }
}
