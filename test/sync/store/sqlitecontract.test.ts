/** The contract of a store, against SQLite. */

import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { StoreAccess } from "../../../src/sync/store/open.ts";
import { initSqlite, openSqlite } from "../../../src/sync/store/sqlite.ts";
import { storeContract } from "./storecontract.ts";
import type { Engine } from "./storeengine.ts";

const ACCESS: StoreAccess = {
  credentials: undefined,
  tls: { ca: undefined, cert: undefined, key: undefined },
  pop: undefined,
  patience: "verb",
};
const PLAN = { history: 10, trust: [], replicas: 1 };

async function sqliteEngine(): Promise<Engine> {
  const folder = mkdtempSync(join(tmpdir(), "zonecast-"));
  const file = join(folder, "store.db");
  const remove = (): void => {
    for (const suffix of ["", "-wal", "-shm"]) rmSync(file + suffix, { force: true });
  };
  return {
    where: `sqlite:${file}`,
    access: ACCESS,
    init: (plan) => initSqlite(file, { ...PLAN, ...plan }),
    open: (access) => openSqlite(file, { ...ACCESS, ...access }),
    renew: async () => {
      remove();
      await initSqlite(file, PLAN);
    },
    backup: async () => {
      const copy = join(folder, "copy.db");
      const db = new DatabaseSync(file);
      db.prepare("vacuum into ?").run(copy);
      db.close();
      return async () => {
        remove();
        copyFileSync(copy, file);
      };
    },
    close: async () => rmSync(folder, { recursive: true, force: true }),
  };
}

storeContract("sqlite", sqliteEngine, { backup: true, server: false, breaks: false });
