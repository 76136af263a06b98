/** A folder with a store of SQLite in it, for a test. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { StoreAccess, StorePlan } from "../../../src/sync/store/open.ts";
import { initSqlite, openSqlite, type SqliteSurroundings } from "../../../src/sync/store/sqlite.ts";
import type { Store } from "../../../src/sync/store/store.ts";

export const ACCESS: StoreAccess = {
  credentials: undefined,
  tls: { ca: undefined, cert: undefined, key: undefined },
  pop: undefined,
  patience: "verb",
};
export const PLAN: StorePlan = { history: 10, trust: [], replicas: 1 };

export class Place {
  readonly folder: string = mkdtempSync(join(tmpdir(), "zonecast-"));
  readonly file: string = join(this.folder, "store.db");
  readonly #stores: Store[] = [];

  async init(plan: Partial<StorePlan> = {}): Promise<void> {
    await initSqlite(this.file, { ...PLAN, ...plan });
  }

  /** Opens the store; it is closed with the place. */
  async open(access: Partial<StoreAccess> = {}, around?: Partial<SqliteSurroundings>): Promise<Store> {
    const surroundings = { now: Date.now, random: Math.random, patience: 10_000, ...around };
    const store = await openSqlite(this.file, { ...ACCESS, ...access }, surroundings);
    this.#stores.push(store);
    return store;
  }

  /** Takes the file away, and what SQLite keeps beside it. */
  remove(): void {
    for (const suffix of ["", "-wal", "-shm"]) rmSync(this.file + suffix, { force: true });
  }

  async close(): Promise<void> {
    for (const store of this.#stores) await store.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
