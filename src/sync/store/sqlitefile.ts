/**
 * The file of a store: one connection that reads and one that writes, opened when they are wanted, and opened anew when
 * another file stands in its place. Every use looks whether it does (a stat, 2 µs), for a connection to a file that was
 * replaced goes on working, into the void.
 *
 * Followers need the right to write, too: readers of a file in WAL mode lock through FILE-shm, and POPs leave their
 * reports here. A file that may only be read can be read while another process holds it open.
 *
 * A copy is made with SQLite ("vacuum into"), and put in a store's place after FILE, FILE-wal and FILE-shm are removed:
 * a log that is left there would be taken for the copy's.
 */

import { type BigIntStats, statSync } from "node:fs";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import { pathToFileURL } from "node:url";
import { missing, sqliteError } from "./sqliteerror.ts";
import { APPLICATION, FORMAT } from "./sqliteschema.ts";
import { StoreError } from "./store.ts";

/** Milliseconds that a reader waits in SQLite: only while another process recovers a log, or closes as the last one. */
const READ_WAIT = 50;
/** What FILE-wal is cut to after it has grown in a large push. */
const WAL_MOST = 64 << 20;

export interface Connection {
  /** Another number for another file in the same place. */
  readonly generation: number;
  readonly db: DatabaseSync;
  /** A statement, prepared once. */
  sql(text: string): StatementSync;
}

export class SqliteFile {
  readonly path: string;
  #identity = "";
  #generation = 0;
  #reader: Connection | undefined;
  #writer: Connection | undefined;
  #closed = false;

  constructor(path: string) {
    this.path = path;
  }

  /** The connection for reading. Throws StoreError, or SQLite's error when it is busy. */
  reader(): Connection {
    this.#look();
    this.#reader ??= this.#open(READ_WAIT);
    return this.#reader;
  }

  /** The connection for transactions: never waits in SQLite, which would hold up the whole thread. Throws likewise. */
  writer(): Connection {
    this.#look();
    this.#writer ??= this.#open(0);
    return this.#writer;
  }

  /**
   * Reads the file anew after an error: it may have been half copied, and SQLite, which does not notice what others than
   * itself write, would keep what it has seen.
   */
  distrust(): void {
    this.#reader?.db.close();
    this.#reader = undefined;
    this.#identity = "";
  }

  /** For good. */
  close(): void {
    this.#closed = true;
    this.#letGo();
  }

  #letGo(): void {
    for (const connection of [this.#reader, this.#writer]) connection?.db.close();
    this.#reader = undefined;
    this.#writer = undefined;
  }

  /** Lets go of a file that was replaced. One that has only vanished is kept: it may come back. */
  #look(): void {
    if (this.#closed) throw new StoreError("lost", `sqlite:${this.path}: it was closed`);
    const identity = identityOf(this.path);
    if (identity === this.#identity) return;
    this.#letGo();
    this.#identity = identity;
    this.#generation++;
  }

  #open(wait: number): Connection {
    const generation = this.#generation;
    try {
      const db = openExisting(this.path, wait);
      const statements = new Map<string, StatementSync>();
      const sql = (text: string): StatementSync => {
        const known = statements.get(text) ?? db.prepare(text);
        statements.set(text, known);
        return known;
      };
      return { generation, db, sql };
    } catch (error) {
      throw sqliteError(this.path, error);
    }
  }
}

/** Which file stands at a path. Throws StoreError when there is none. */
function identityOf(path: string): string {
  let stat: BigIntStats;
  try {
    stat = statSync(path, { bigint: true });
  } catch (error) {
    throw sqliteError(path, error);
  }
  if (!stat.isFile()) throw new StoreError("broken", `sqlite:${path}: not a file: name the file of a store`);
  return `${stat.dev}:${stat.ino}`;
}

/** Opens a store's file, and never makes one. Throws StoreError, or SQLite's error. */
function openExisting(path: string, wait: number): DatabaseSync {
  const db = openDatabase(path, wait);
  try {
    holdFormat(path, db);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/** Opens a file that is there as a database, whatever is in it. */
export function openDatabase(path: string, wait: number): DatabaseSync {
  const url = pathToFileURL(path);
  url.searchParams.set("mode", "rw");
  const db = new DatabaseSync(url, { timeout: wait });
  db.exec(`pragma synchronous = full; pragma journal_size_limit = ${WAL_MOST}`);
  return db;
}

/** The format of the store in a database; 0 when the database is empty. Throws StoreError for what is no store. */
export function formatOf(path: string, db: DatabaseSync): number {
  const application = pragma(db, "application_id");
  if (application === APPLICATION) return pragma(db, "user_version");
  if (application === 0 && db.prepare("select 1 from sqlite_schema").get() === undefined) return 0;
  throw new StoreError("broken", `sqlite:${path}: a database, but no store of zonecast: name another file`);
}

/** Throws StoreError for a store that this zonecast does not read. */
export function holdFormat(path: string, db: DatabaseSync): void {
  const format = formatOf(path, db);
  if (format === FORMAT) return;
  if (format === 0) throw missing(path);
  const text = `sqlite:${path}: a store of format ${format}, and this zonecast reads ${FORMAT}: upgrade this zonecast`;
  throw new StoreError("broken", text);
}

function pragma(db: DatabaseSync, name: string): number {
  return Number(db.prepare(`pragma ${name}`).get()?.[name] ?? 0);
}
