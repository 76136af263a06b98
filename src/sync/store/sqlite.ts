/** The store in one file, by SQLite: no server, good for the machine that it is on. */

import type { StoreAccess } from "./open.ts";
import { BlobPuts } from "./sqliteblobs.ts";
import { sqliteError } from "./sqliteerror.ts";
import { SqliteFile } from "./sqlitefile.ts";
import { followHeads } from "./sqlitefollow.ts";
import { followOrders, followReports, ordersOf, putOrder } from "./sqlitenotes.ts";
import { blobsOf, entriesOf, headsOf } from "./sqliteread.ts";
import { holdSizes, swapHeads } from "./sqliteswap.ts";
import { SqliteWriter, type Waiting } from "./sqlitewriter.ts";
import {
  BLOB_MOST,
  type BlobInfo,
  type Change,
  type Cursor,
  type Entry,
  LEDGER_LINES,
  type LedgerLine,
  type OrderChange,
  type OrderEntry,
  type OrderEvent,
  type Report,
  type ReportEvent,
  type Store,
  type StoreEvent,
  type StoreMeta,
} from "./store.ts";

export { initSqlite } from "./sqliteinit.ts";

/** The clock, and how writers wait for each other; a test gives others. */
export interface SqliteSurroundings extends Waiting {
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

const SURROUNDINGS: SqliteSurroundings = { now: Date.now, random: Math.random, patience: 15_000 };

/** Opens the store in a file. Rejects with StoreError; for a POP it opens whatever is there, and watching tells. */
export async function openSqlite(
  path: string,
  access: StoreAccess,
  around: SqliteSurroundings = SURROUNDINGS,
): Promise<Store> {
  const store = new SqliteStore(path, around);
  if (access.patience === "verb") await store.meta();
  return store;
}

class SqliteStore implements Store {
  readonly where: string;
  readonly #file: SqliteFile;
  readonly #writer: SqliteWriter;
  readonly #puts: BlobPuts;
  readonly #now: () => number;
  readonly #closed = new AbortController();

  constructor(path: string, around: SqliteSurroundings) {
    this.where = `sqlite:${path}`;
    this.#file = new SqliteFile(path);
    this.#writer = new SqliteWriter(this.#file, around);
    this.#puts = new BlobPuts(this.#writer, around.now);
    this.#now = around.now;
  }

  async meta(): Promise<StoreMeta> {
    const row = this.#get("select trust from meta");
    return { trust: JSON.parse(String(row?.trust ?? "[]")) as string[] };
  }

  async head(zone: string): Promise<Entry | undefined> {
    const text =
      "select e.zone, e.revision, e.octets from heads h join entries e on e.revision = h.revision where h.zone = ?";
    return this.#get(text, zone) as unknown as Entry | undefined;
  }

  async history(zone: string): Promise<Entry[]> {
    return this.#all("select zone, revision, octets from entries where zone = ? order by revision desc", zone);
  }

  heads(): AsyncIterable<readonly Omit<Entry, "octets">[]> {
    return this.#told(headsOf(this.#file));
  }

  manifests(): AsyncIterable<Entry> {
    return this.#told(entriesOf(this.#file));
  }

  async swap(changes: readonly Change[]): Promise<readonly number[]> {
    holdSizes(changes);
    return this.#writer.transaction((connection) => swapHeads(connection, changes, this.#now()));
  }

  async putBlob(sha256: string, octets: Uint8Array): Promise<boolean> {
    if (octets.length > BLOB_MOST) throw new RangeError(`a blob of ${octets.length} octets; ${BLOB_MOST} is the most`);
    return this.#puts.put(sha256, octets);
  }

  async getBlob(sha256: string): Promise<Uint8Array | undefined> {
    const row = this.#get("select octets from blobs join bodies using (body) where sha256 = ?", sha256);
    return row?.octets as Uint8Array | undefined;
  }

  blobs(): AsyncIterable<BlobInfo> {
    return this.#told(blobsOf(this.#file));
  }

  async dropBlob(sha256: string, putBefore: number = Number.MAX_SAFE_INTEGER): Promise<void> {
    await this.#writer.transaction(({ sql }) => {
      const row = sql("delete from blobs where sha256 = ? and at < ? returning body").get(sha256, putBefore);
      if (row !== undefined) sql("delete from bodies where body = ?").run(Number(row.body));
    });
  }

  watch(cursor: Cursor | undefined, signal: AbortSignal): AsyncIterable<StoreEvent> {
    return followHeads(this.#file, cursor, AbortSignal.any([signal, this.#closed.signal]));
  }

  async report({ pop, octets }: Report): Promise<void> {
    await this.#writer.transaction(({ sql }) => {
      const next = "(select coalesce(max(seq), 0) + 1 from reports)";
      sql(`insert or replace into reports (pop, seq, octets) values (?, ${next}, ?)`).run(pop, octets);
    });
  }

  async reports(): Promise<Report[]> {
    return this.#all('select pop, octets, seq as "order" from reports order by seq');
  }

  watchReports(signal: AbortSignal): AsyncIterable<ReportEvent> {
    return followReports(this.#file, AbortSignal.any([signal, this.#closed.signal]));
  }

  async order(change: OrderChange): Promise<number> {
    return this.#writer.transaction((connection) => putOrder(connection, change));
  }

  async orders(pop: string): Promise<OrderEntry[]> {
    return this.#read(() => ordersOf(this.#file.reader(), pop));
  }

  watchOrders(pop: string, signal: AbortSignal): AsyncIterable<OrderEvent> {
    return followOrders(this.#file, pop, AbortSignal.any([signal, this.#closed.signal]));
  }

  async record({ zone, octets }: LedgerLine): Promise<void> {
    await this.#writer.transaction(({ sql }) => {
      sql("insert into ledger (zone, octets) values (?, ?)").run(zone, octets);
      sql(`delete from ledger where zone = ?1 and line <=
        (select line from ledger where zone = ?1 order by line desc limit 1 offset ${LEDGER_LINES})`).run(zone);
    });
  }

  async ledger(zone: string): Promise<LedgerLine[]> {
    return this.#all("select zone, octets from ledger where zone = ? order by line desc", zone);
  }

  async close(): Promise<void> {
    this.#closed.abort();
    await this.#writer.idle();
    this.#file.close();
  }

  #get(text: string, ...values: readonly string[]): Record<string, unknown> | undefined {
    return this.#read(() =>
      this.#file
        .reader()
        .sql(text)
        .get(...values),
    );
  }

  #all<T>(text: string, ...values: readonly string[]): T[] {
    return this.#read(() =>
      this.#file
        .reader()
        .sql(text)
        .all(...values),
    ) as T[];
  }

  #read<T>(read: () => T): T {
    try {
      return read();
    } catch (error) {
      throw sqliteError(this.#file.path, error);
    }
  }

  /** What goes wrong on the way, as a StoreError. */
  async *#told<T>(items: AsyncIterable<T>): AsyncIterable<T> {
    try {
      yield* items;
    } catch (error) {
      throw sqliteError(this.#file.path, error);
    }
  }
}
