/** Blobs that are put at the same time share a transaction, and so one fsync. */

import type { Connection } from "./sqlitefile.ts";
import type { SqliteWriter } from "./sqlitewriter.ts";

/** Octets of one transaction: a few milliseconds of this thread. */
const TRANSACTION = 4 << 20;

interface Put {
  readonly sha256: string;
  readonly octets: Uint8Array;
  readonly done: (isNew: boolean) => void;
  readonly failed: (error: unknown) => void;
}

export class BlobPuts {
  readonly #writer: SqliteWriter;
  readonly #now: () => number;
  #waiting: Put[] = [];

  constructor(writer: SqliteWriter, now: () => number) {
    this.#writer = writer;
    this.#now = now;
  }

  /** See Store.putBlob. */
  put(sha256: string, octets: Uint8Array): Promise<boolean> {
    return new Promise((done, failed) => {
      this.#waiting.push({ sha256, octets, done, failed });
      if (this.#waiting.length === 1) this.#next();
    });
  }

  #next(): void {
    let batch: readonly Put[] = [];
    const write = (connection: Connection): boolean[] => {
      batch = this.#take();
      return batch.map((put) => putOne(connection, put, this.#now()));
    };
    this.#writer.transaction(write).then(
      (news) => {
        for (const [i, { done }] of batch.entries()) done(news[i] === true);
      },
      (error: unknown) => {
        // When the transaction did not even begin, nothing was taken.
        for (const { failed } of batch.length > 0 ? batch : this.#waiting.splice(0)) failed(error);
      },
    );
  }

  /** What goes into the next transaction; the rest asks for another. */
  #take(): readonly Put[] {
    let octets = 0;
    let count = 0;
    for (const put of this.#waiting) {
      octets += put.octets.length;
      if (count > 0 && octets > TRANSACTION) break;
      count++;
    }
    const batch = this.#waiting.splice(0, count);
    if (this.#waiting.length > 0) this.#next();
    return batch;
  }
}

/** The time is set anew for one that is there: whoever put it counts on it, and collection must not take it. */
function putOne({ sql }: Connection, { sha256, octets }: Put, now: number): boolean {
  const known = sql("update blobs set at = ? where sha256 = ?").run(now, sha256);
  if (known.changes > 0) return false;
  const { lastInsertRowid } = sql("insert into bodies (octets) values (?)").run(octets);
  sql("insert into blobs (sha256, at, body) values (?, ?, ?)").run(sha256, now, lastInsertRowid);
  return true;
}
