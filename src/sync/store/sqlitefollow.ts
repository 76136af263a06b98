/** Follows a store's file: what there is to tell at each look. Waiting between looks is sqlitewake.ts. */

import { setImmediate as turn } from "node:timers/promises";
import { isBusy, sqliteError } from "./sqliteerror.ts";
import type { Connection, SqliteFile } from "./sqlitefile.ts";
import { headsAfter } from "./sqliteread.ts";
import { Wake } from "./sqlitewake.ts";
import { type Cursor, StoreError, type StoreEvent } from "./store.ts";

const STORE = "select epoch, coalesce((select max(revision) from entries), 0) as top from meta";

/** What there is to tell, at one look. */
export interface Look<E> {
  readonly events: readonly E[];
  /** Look again at once. */
  readonly more: boolean;
}

export const NOTHING: Look<never> = { events: [], more: false };

/** Tells what a follower finds at each look, for ever, until the signal. */
export async function* followFile<E extends { readonly say: string }>(
  file: SqliteFile,
  follower: { look(): Look<E> },
  signal: AbortSignal,
): AsyncGenerator<E> {
  const wake = new Wake(file.path, signal);
  try {
    while (!signal.aborted) {
      const { events, more } = follower.look();
      for (const event of events) {
        // The file is another one, or may be.
        if (event.say === "lost" || event.say === "back" || event.say === "reset") wake.renew();
        yield event;
        if (signal.aborted) return;
      }
      await (more ? turn() : wake.wait());
    }
  } finally {
    wake.close();
  }
}

/** See Store.watch. A swap that is met while nothing is behind comes in one event, unless it is larger than a page. */
export function followHeads(
  file: SqliteFile,
  cursor: Cursor | undefined,
  signal: AbortSignal,
): AsyncGenerator<StoreEvent> {
  return followFile(file, new HeadFollower(file, cursor), signal);
}

/** Where one who follows the heads stands. */
class HeadFollower {
  readonly #file: SqliteFile;
  /** Undefined until the store was seen, when there was no cursor. */
  #cursor: Cursor | undefined;
  #seen = "";
  #generation = 0;
  #lost = "";
  #synced = false;

  constructor(file: SqliteFile, cursor: Cursor | undefined) {
    this.#file = file;
    this.#cursor = cursor;
  }

  look(): Look<StoreEvent> {
    try {
      return this.#read();
    } catch (error) {
      return isBusy(error) ? NOTHING : this.#miss(error);
    }
  }

  #read(): Look<StoreEvent> {
    const connection = this.#file.reader();
    // Before all else: what is committed after this is seen at the next look.
    const seen = stateOf(connection);
    if (seen === this.#seen) return NOTHING;
    const { epoch, top } = connection.sql(STORE).get() as unknown as { epoch: string; top: number };
    const why = this.#whyReset(connection, epoch, top);
    const from = why === undefined ? (this.#cursor?.position ?? 0) : 0;
    const { rows, more } = headsAfter(connection, from);
    const cursor = { epoch, position: rows.at(-1)?.revision ?? from };

    const events: StoreEvent[] = [];
    if (this.#lost !== "") events.push({ say: "back" });
    if (why !== undefined) events.push({ say: "reset", epoch, why });
    if (rows.length > 0) events.push({ say: "entries", entries: rows, cursor });
    if (this.#lost !== "" || why !== undefined) this.#synced = false;
    if (!more && !this.#synced) events.push({ say: "synced", cursor });
    this.#lost = "";
    this.#synced ||= !more;
    this.#cursor = cursor;
    this.#generation = connection.generation;
    this.#seen = more ? "" : seen;
    return { events, more };
  }

  /** Why what was followed is not what is here; undefined when it is. */
  #whyReset(connection: Connection, epoch: string, top: number): string | undefined {
    if (this.#cursor === undefined) return undefined;
    if (epoch !== this.#cursor.epoch) return "the store was made anew";
    if (top < this.#cursor.position) return "an older copy of the store was put in its place";
    const other = this.#generation !== 0 && this.#generation !== connection.generation;
    return other ? "another copy of the store was put in its place" : undefined;
  }

  #miss(cause: unknown): Look<StoreEvent> {
    const why = whyLost(this.#file, cause);
    if (why === this.#lost) return NOTHING;
    this.#lost = why;
    this.#seen = "";
    return { events: [{ say: "lost", why }], more: false };
  }
}

/** Why a file can't be read, in words; it is read anew when it may have been half copied. */
export function whyLost(file: SqliteFile, cause: unknown): string {
  const error = sqliteError(file.path, cause);
  // A file that is only away may come back.
  if (!(error instanceof StoreError && error.kind === "missing")) file.distrust();
  return error instanceof Error ? error.message : String(error);
}

/** Another text after any other connection has committed (2 µs). */
export function stateOf({ generation, sql }: Connection): string {
  return `${generation}/${sql("pragma data_version").get()?.data_version}`;
}
