/** Makes a store in SQLite. */

import { randomUUID } from "node:crypto";
import { closeSync, openSync } from "node:fs";
import { dirname } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { errorCode } from "../../text/systemerror.ts";
import type { StorePlan } from "./open.ts";
import { sqliteError } from "./sqliteerror.ts";
import { formatOf, holdFormat, openDatabase } from "./sqlitefile.ts";
import { APPLICATION, FORMAT, ORDERS_TABLE, TABLES } from "./sqliteschema.ts";
import { HISTORY, StoreError } from "./store.ts";

/** Milliseconds to wait for somebody who writes to it. */
const WAIT = 5000;

/**
 * Makes a store in a file that only its owner may read and write, or brings one that is there up to the plan: a smaller
 * history takes effect with the next change of each zone. Rejects with StoreError.
 */
export async function initSqlite(path: string, plan: StorePlan): Promise<void> {
  try {
    makeFile(path);
    const db = openDatabase(path, WAIT);
    try {
      if (formatOf(path, db) !== 0) holdFormat(path, db);
      db.exec("pragma journal_mode = wal");
      db.exec("begin immediate");
      fill(path, db, plan);
      db.exec("commit");
    } finally {
      db.close();
    }
  } catch (error) {
    throw sqliteError(path, error);
  }
}

/** SQLite gives FILE-wal and FILE-shm the mode of FILE. */
function makeFile(path: string): void {
  try {
    closeSync(openSync(path, "wx", 0o600));
  } catch (error) {
    const code = errorCode(error);
    if (code === "ENOENT" || code === "ENOTDIR") {
      throw new StoreError("missing", `sqlite:${path}: there is no folder ${dirname(path)}: make it first`);
    }
    if (code !== "EEXIST") throw error;
  }
}

function fill(path: string, db: DatabaseSync, { history, trust }: StorePlan): void {
  const keys = JSON.stringify(trust);
  // Somebody else may have made it meanwhile.
  if (formatOf(path, db) !== 0) {
    db.exec(ORDERS_TABLE);
    db.prepare("update meta set history = coalesce(?, history), trust = ?").run(history ?? null, keys);
    return;
  }
  db.exec(TABLES + ORDERS_TABLE);
  db.prepare("insert into meta (epoch, history, trust) values (?, ?, ?)").run(randomUUID(), history ?? HISTORY, keys);
  db.exec(`pragma application_id = ${APPLICATION}; pragma user_version = ${FORMAT}`);
}
