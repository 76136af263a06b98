/** Blobs in a store that are whole: the store takes what it has under a digest for that blob, and here it is looked at. */

import type { Blob } from "../blob/pack.ts";
import { type Store, StoreError } from "../store/store.ts";

/** Puts a blob. One that is there already is read, and replaced when it is damaged. Rejects as the store does. */
export async function putWhole(store: Store, blob: Blob): Promise<void> {
  if (!(await store.putBlob(blob.sha256, blob.octets))) await mend(store, blob);
}

/** Puts a blob that is missing, and replaces one that is damaged; true when it was either. Rejects as the store does. */
export async function mend(store: Store, { sha256, octets }: Blob): Promise<boolean> {
  const there = await store.getBlob(sha256);
  if (there !== undefined && Buffer.compare(there, octets) === 0) return false;
  if (there !== undefined) await takeOut(store, sha256);
  await store.putBlob(sha256, octets);
  return true;
}

/** In NATS a publisher has no right to. */
async function takeOut(store: Store, sha256: string): Promise<void> {
  try {
    await store.dropBlob(sha256);
  } catch (error) {
    if (!(error instanceof StoreError) || error.kind !== "denied") throw error;
    const what = `blob ${sha256} is damaged in the store, and has to be taken out before it can be put again`;
    const advice = "have the same pushed once with an operator's credential (--credentials FILE)";
    throw new StoreError("denied", `${what}: ${advice}; ${error.message}`);
  }
}
