/** Follows a store's file: what there is to tell at each look. Waiting between looks is sqlitewake.ts. */

import { setImmediate as turn } from "node:timers/promises";
import { isBusy, sqliteError } from "./sqliteerror.ts";
import type { Connection, SqliteFile } from "./sqlitefile.ts";
import { headsAfter } from "./sqliteread.ts";
import { Wake } from "./sqlitewake.ts";
import { type Cursor, type Report, StoreError, type StoreEvent } from "./store.ts";

/** Reports that are read at once. */
const REPORTS = 256;
const STORE = "select epoch, coalesce((select max(revision) from entries), 0) as top from meta";

/** See Store.watch. A swap that is met while nothing is behind comes in one event, unless it is larger than a page. */
export async function* followHeads(
  file: SqliteFile,
  cursor: Cursor | undefined,
  signal: AbortSignal,
): AsyncGenerator<StoreEvent> {
  const follower = new HeadFollower(file, cursor);
  const wake = new Wake(file.path, signal);
  try {
    while (!signal.aborted) {
      const { events, more } = follower.look();
      for (const event of events) {
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

/** See Store.watchReports. */
export async function* followReports(file: SqliteFile, signal: AbortSignal): AsyncGenerator<Report> {
  const follower = new ReportFollower(file);
  const wake = new Wake(file.path, signal);
  try {
    while (!signal.aborted) {
      const { reports, more, renewed } = follower.look();
      if (renewed) wake.renew();
      for (const report of reports) {
        yield report;
        if (signal.aborted) return;
      }
      await (more ? turn() : wake.wait());
    }
  } finally {
    wake.close();
  }
}

interface Look {
  readonly events: readonly StoreEvent[];
  /** Look again at once. */
  readonly more: boolean;
}

const NOTHING: Look = { events: [], more: false };

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

  look(): Look {
    try {
      return this.#read();
    } catch (error) {
      return isBusy(error) ? NOTHING : this.#miss(error);
    }
  }

  #read(): Look {
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

  #miss(cause: unknown): Look {
    const error = sqliteError(this.#file.path, cause);
    // A file that is only away may come back.
    if (!(error instanceof StoreError && error.kind === "missing")) this.#file.distrust();
    const why = error instanceof Error ? error.message : String(error);
    if (why === this.#lost) return NOTHING;
    this.#lost = why;
    this.#seen = "";
    return { events: [{ say: "lost", why }], more: false };
  }
}

/** Where one who follows the reports stands. A store that is gone has no reports: those of the next one are all new. */
class ReportFollower {
  readonly #file: SqliteFile;
  #seen = "";
  #generation = 0;
  #seq = 0;

  constructor(file: SqliteFile) {
    this.#file = file;
  }

  look(): { readonly reports: readonly Report[]; readonly more: boolean; readonly renewed: boolean } {
    try {
      const connection = this.#file.reader();
      const renewed = connection.generation !== this.#generation;
      if (renewed) this.#seq = 0;
      this.#generation = connection.generation;
      return { ...this.#read(connection), renewed };
    } catch {
      // Whoever watches heads, too, is told why.
      return { reports: [], more: false, renewed: false };
    }
  }

  #read(connection: Connection): { readonly reports: readonly Report[]; readonly more: boolean } {
    const seen = stateOf(connection);
    if (seen === this.#seen) return { reports: [], more: false };
    const text = `select pop, seq, octets from reports where seq > ? order by seq limit ${REPORTS}`;
    const rows = connection.sql(text).all(this.#seq) as unknown as (Report & { seq: number })[];
    const more = rows.length === REPORTS;
    this.#seq = rows.at(-1)?.seq ?? this.#seq;
    this.#seen = more ? "" : seen;
    return { reports: rows.map(({ pop, octets }) => ({ pop, octets })), more };
  }
}

/** Another text after any other connection has committed (2 µs). */
function stateOf({ generation, sql }: Connection): string {
  return `${generation}/${sql("pragma data_version").get()?.data_version}`;
}
