/** What the store says of a zone now, as far as it can be believed. */

import type { Trust } from "../manifest/keys.ts";
import { ManifestError, openManifest, type Signed } from "../manifest/message.ts";
import type { Store } from "../store/store.ts";

export interface Head {
  readonly zone: string;
  /** What a swap must find: 0 for a zone that the store has never had. */
  readonly revision: number;
  /** The newest manifest that is signed by somebody trusted. */
  readonly signed: Signed | undefined;
  /** Why it is not the head itself: that one is forged or damaged. */
  readonly doubt: string | undefined;
}

/**
 * Reads a zone's head. Rejects with ManifestError for one of a later format, which must not be written over by an older
 * program, and as the store does.
 */
export async function readHead(store: Store, zone: string, trust: Trust): Promise<Head> {
  const entry = await store.head(zone);
  if (entry === undefined) return { zone, revision: 0, signed: undefined, doubt: undefined };
  const { revision } = entry;
  try {
    return { zone, revision, signed: openManifest(zone, entry.octets, trust), doubt: undefined };
  } catch (error) {
    if (!(error instanceof ManifestError) || error.kind === "future") throw error;
    return { zone, revision, signed: await newestTrusted(store, zone, trust), doubt: error.message };
  }
}

async function newestTrusted(store: Store, zone: string, trust: Trust): Promise<Signed | undefined> {
  for (const { octets } of await store.history(zone)) {
    const signed = openTrusted(zone, octets, trust);
    if (signed) return signed;
  }
  return undefined;
}

/** Opens a manifest; undefined for one that is not to be believed, or can't be read. */
export function openTrusted(zone: string, octets: Uint8Array, trust: Trust): Signed | undefined {
  try {
    return openManifest(zone, octets, trust);
  } catch (error) {
    if (error instanceof ManifestError) return undefined;
    throw error;
  }
}
