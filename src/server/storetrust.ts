/**
 * Whose manifests are believed: those that the configuration names, or else those that a store in a file names itself,
 * as last seen: a POP starts without its store.
 */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import type { Surroundings } from "../sync/follow/following.ts";
import { Trust } from "../sync/manifest/keys.ts";
import type { Store } from "../sync/store/store.ts";
import { whyNot } from "../text/systemerror.ts";
import { writeWhole } from "./imagefolder.ts";

const FILE = "trust.json";
const AGAIN_MS = 1000;

/** Where the keys are looked for. */
export interface TrustPlaces {
  /** As configured; none when the store's own word is taken. */
  readonly configured: readonly string[];
  readonly store: Store;
  /** The state directory. */
  readonly directory: string;
}

/** The trusted keys; waits for the store when nobody else knows them. Undefined when the signal ended that. */
export async function findTrust(
  places: TrustPlaces,
  tell: Surroundings["tell"],
  signal: AbortSignal,
): Promise<Trust | undefined> {
  if (places.configured.length > 0) return new Trust(places.configured);
  for (let told = ""; !signal.aborted; ) {
    const found = await ask(places, tell);
    if (found instanceof Trust) return found;
    const remembered = remember(places);
    if (remembered) return remembered;
    const facts = { store: places.store.where };
    if (found !== told) tell("warn", "store.awaited", facts, `waiting for the store ${facts.store}: ${found}`);
    told = found;
    await setTimeout(AGAIN_MS, undefined, { signal }).catch(() => {});
  }
  return undefined;
}

/** What the store says, which is kept; or why it says nothing. */
async function ask({ store, directory }: TrustPlaces, tell: Surroundings["tell"]): Promise<Trust | string> {
  let keys: readonly string[];
  let trust: Trust;
  try {
    ({ trust: keys } = await store.meta());
    trust = new Trust(keys);
  } catch (error) {
    return (error as Error).message;
  }
  if (trust.size === 0) return `it names nobody who may publish: run zonecast store init --store ${store.where}`;
  try {
    writeWhole(directory, FILE, [Buffer.from(`${JSON.stringify({ store: store.where, trust: keys })}\n`)]);
  } catch (error) {
    const why = whyNot("write", error);
    tell("warn", "state.unwritable", { directory }, `the store's keys can't be kept in ${directory}: ${why}`);
  }
  return trust;
}

/** What this very store said when it was last seen. */
function remember({ store, directory }: TrustPlaces): Trust | undefined {
  try {
    const kept = JSON.parse(readFileSync(join(directory, FILE), "utf8")) as { store: string; trust: string[] };
    return kept.store === store.where ? new Trust(kept.trust) : undefined;
  } catch {
    return undefined;
  }
}
