/** What is read from a store's file, a page at a time: no page holds up the thread for long, none is large in memory. */

import { setImmediate as turn } from "node:timers/promises";
import type { Connection, SqliteFile } from "./sqlitefile.ts";
import type { BlobInfo, Entry } from "./store.ts";

/** Rows of names and numbers, of entries, and octets of entries. */
const ROWS = 1000;
const ENTRIES = 256;
const OCTETS = 4 << 20;

export interface Page<T> {
  readonly rows: readonly T[];
  /** There may be more. */
  readonly more: boolean;
}

const HEADS_AFTER = `select h.revision, h.zone, e.octets from heads h join entries e on e.revision = h.revision
  where h.revision > ? order by h.revision`;
const ENTRIES_AFTER = "select revision, zone, octets from entries where revision > ? order by revision";

/** Heads above a revision, in its order. */
export function headsAfter(connection: Connection, revision: number): Page<Entry> {
  return entryPage(connection, HEADS_AFTER, revision);
}

/** Entries in the order of revision: one that is made meanwhile is met, too. */
export async function* entriesOf(file: SqliteFile): AsyncIterable<Entry> {
  let after = 0;
  for (let more = true; more; await turn()) {
    const page = entryPage(file.reader(), ENTRIES_AFTER, after);
    yield* page.rows;
    after = page.rows.at(-1)?.revision ?? after;
    more = page.more;
  }
}

/** Zones with the revisions of their heads, in the order of names. */
export async function* headsOf(file: SqliteFile): AsyncIterable<readonly Omit<Entry, "octets">[]> {
  const text = `select zone, revision from heads where zone > ? order by zone limit ${ROWS}`;
  let after = "";
  for (let more = true; more; await turn()) {
    const rows = file.reader().sql(text).all(after) as unknown as Omit<Entry, "octets">[];
    if (rows.length > 0) yield rows;
    after = rows.at(-1)?.zone ?? after;
    more = rows.length === ROWS;
  }
}

export async function* blobsOf(file: SqliteFile): AsyncIterable<BlobInfo> {
  const text = `select sha256, at from blobs where sha256 > ? order by sha256 limit ${ROWS}`;
  let after = "";
  for (let more = true; more; await turn()) {
    const rows = file.reader().sql(text).all(after) as unknown as BlobInfo[];
    yield* rows;
    after = rows.at(-1)?.sha256 ?? after;
    more = rows.length === ROWS;
  }
}

function entryPage({ sql }: Connection, text: string, after: number): Page<Entry> {
  const rows: Entry[] = [];
  let octets = 0;
  for (const row of sql(text).iterate(after)) {
    const entry = row as unknown as Entry;
    rows.push(entry);
    octets += entry.octets.length;
    if (rows.length === ENTRIES || octets >= OCTETS) return { rows, more: true };
  }
  return { rows, more: false };
}
