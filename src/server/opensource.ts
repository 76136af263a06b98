/** Opens what a server's zones come from: the store when there is one, else files. */

import type { Config } from "../config/schema.ts";
import type { ZoneUpdate } from "./messages.ts";
import type { ZoneSources } from "./sources.ts";
import type { Around, StoreSource } from "./storekeeper.ts";
import { ZoneKeeper } from "./zonekeeper.ts";
import type { ZoneSource } from "./zonesource.ts";

/** The store when there is one, else files. Rejects with StoreError for what is no store. */
export async function sourceOf(config: Config, store: StoreSource | undefined, around: Around): Promise<ZoneSource> {
  if (store !== undefined) {
    // Whoever serves files does not load what follows a store.
    const { StoreKeeper } = await import("./storekeeper.ts");
    return StoreKeeper.open(store, around);
  }
  const { log, threads } = around;
  const give = (updates: readonly ZoneUpdate[], complete: boolean) => void threads.update(updates, complete);
  return new ZoneKeeper(filesOf(config), log, give, config.state);
}

function filesOf(config: Config): ZoneSources {
  const directories: string[] = [];
  const files: { name: string | undefined; file: string }[] = [];
  for (const source of config.zones) {
    if (typeof source === "string") directories.push(source);
    else if (source?.file !== undefined) files.push({ name: source.name, file: source.file });
  }
  return { directories, files };
}
