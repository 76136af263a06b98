/** Transactions on a store's file, one at a time, waiting for other processes without holding up the thread. */

import { setTimeout as sleep } from "node:timers/promises";
import { isBusy, sqliteError } from "./sqliteerror.ts";
import type { Connection, SqliteFile } from "./sqlitefile.ts";
import { StoreError } from "./store.ts";

/** Milliseconds until trying again while others write: about the first at first, then longer, and about the last at most. */
const FIRST_PAUSE = 1;
const LAST_PAUSE = 16;

/** How a writer waits for others. */
export interface Waiting {
  /** From 0 to 1: those who wait for the same do not come back at the same time. */
  readonly random: () => number;
  /** Milliseconds until it gives up. */
  readonly patience: number;
}

/** What is done between "begin" and "commit". It may wait; nothing else uses the connection meanwhile. */
export type Work<T> = (connection: Connection) => T | Promise<T>;

export class SqliteWriter {
  readonly #file: SqliteFile;
  readonly #waiting: Waiting;
  #last: Promise<unknown> = Promise.resolve();

  constructor(file: SqliteFile, waiting: Waiting) {
    this.#file = file;
    this.#waiting = waiting;
  }

  /**
   * Does work in a transaction, after all that was asked for before. What it throws takes all of it back. Rejects with
   * StoreError, or what the work has thrown.
   */
  transaction<T>(work: Work<T>): Promise<T> {
    const mine = this.#last.then(() => this.#do(work));
    this.#last = mine.catch(() => {});
    return mine;
  }

  /** Resolves when all that was asked for is done. */
  async idle(): Promise<void> {
    await this.#last;
  }

  async #do<T>(work: Work<T>): Promise<T> {
    try {
      const connection = await this.#begin();
      try {
        const result = await work(connection);
        connection.db.exec("commit");
        return result;
      } catch (error) {
        if (!connection.db.isOpen) throw replaced(this.#file.path);
        // SQLite has rolled back by itself after some errors, a full disk among them.
        if (connection.db.isTransaction) connection.db.exec("rollback");
        throw error;
      }
    } catch (error) {
      throw sqliteError(this.#file.path, error);
    }
  }

  /** "begin immediate" takes the right to write at once; with a plain "begin" two readers could each wait for the other. */
  async #begin(): Promise<Connection> {
    const { random, patience } = this.#waiting;
    const start = performance.now();
    for (let pause = FIRST_PAUSE; ; pause = Math.min(LAST_PAUSE, pause * 2)) {
      try {
        const connection = this.#file.writer();
        connection.db.exec("begin immediate");
        return connection;
      } catch (error) {
        if (!isBusy(error) || performance.now() - start > patience) throw error;
      }
      await sleep(pause * (0.5 + random()));
    }
  }
}

function replaced(path: string): StoreError {
  return new StoreError("lost", `sqlite:${path}: another file was put in its place meanwhile; look what it holds`);
}
