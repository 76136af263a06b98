/** The contract of a store, against SQLite. */

import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { ACCESS, Place } from "./sqliteplace.ts";
import { storeContract } from "./storecontract.ts";
import type { Engine } from "./storeengine.ts";

async function sqliteEngine(): Promise<Engine> {
  const place = new Place();
  return {
    where: `sqlite:${place.file}`,
    access: ACCESS,
    init: (plan) => place.init(plan),
    open: (access) => place.open(access),
    renew: async () => {
      place.remove();
      await place.init();
    },
    backup: async () => {
      const copy = join(place.folder, "copy.db");
      const db = new DatabaseSync(place.file);
      db.prepare("vacuum into ?").run(copy);
      db.close();
      return async () => {
        place.remove();
        copyFileSync(copy, place.file);
      };
    },
    close: () => place.close(),
  };
}

storeContract("sqlite", sqliteEngine, { backup: true, server: false, breaks: false });
