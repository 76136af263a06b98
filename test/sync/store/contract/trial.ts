/** A test of the contract: an engine with its store made, and what is opened along the way closed at the end. */

import type { StoreAccess } from "../../../../src/sync/store/open.ts";
import type { Change, Cursor, Store } from "../../../../src/sync/store/store.ts";
import type { Engine, MakeEngine } from "../storeengine.ts";
import { Watching } from "../watching.ts";

export interface Trial {
  readonly engine: Engine;
  /** A connection of its own. */
  open(access?: Partial<StoreAccess>): Promise<Store>;
  watch(store: Store, cursor?: Cursor): Watching;
}

/** A test's body with a new store that keeps `history` manifests of each zone. */
export function trial(
  makeEngine: MakeEngine,
  run: (trial: Trial) => Promise<void>,
  history: number = 10,
): () => Promise<void> {
  return async () => {
    const engine = await makeEngine();
    const stores: Store[] = [];
    const watchings: Watching[] = [];
    const open = async (access?: Partial<StoreAccess>): Promise<Store> => {
      const store = await engine.open(access);
      stores.push(store);
      return store;
    };
    const watch = (store: Store, cursor?: Cursor): Watching => {
      const watching = new Watching(store, cursor);
      watchings.push(watching);
      return watching;
    };
    try {
      await engine.init({ history, trust: ["ed25519:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="] });
      await run({ engine, open, watch });
    } finally {
      for (const watching of watchings) await watching.stop();
      for (const store of stores) await store.close();
      await engine.close();
    }
  };
}

/** A change whose octets are a text. */
export function change(zone: string, text: string, expected = 0): Change {
  return { zone, octets: Buffer.from(text), expected };
}

/** "zone0007.example.", and so on. */
export function zoneNames(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `zone${String(i).padStart(4, "0")}.example.`);
}

export function textOf(octets: Uint8Array | undefined): string | undefined {
  return octets && Buffer.from(octets).toString();
}

export async function gathered<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}
