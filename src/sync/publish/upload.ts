/** Puts blobs into the store, several at once, and finds those that are missing. */

import type { GetBlob } from "../blob/blobfolder.ts";
import { readIndex } from "../blob/index.ts";
import type { Blob } from "../blob/pack.ts";
import { forEach } from "../foreach.ts";
import type { Version } from "../manifest/manifest.ts";
import type { Store } from "../store/store.ts";
import { putWhole } from "./whole.ts";

/** Blobs on their way at the same time: 50 MB over 80 ms of round trip took 1.1 s with 16, and 33 s one by one. */
export const AT_ONCE = 16;

/** Told after each blob: how many octets are there, of how many. */
export type Progress = (done: number, of: number) => void;

/** Puts all of them, and replaces those that are there and damaged; the first error ends it. Aborts between blobs. */
export async function upload(
  store: Store,
  blobs: readonly Blob[],
  signal: AbortSignal,
  progress: Progress,
): Promise<void> {
  const of = blobs.reduce((sum, { octets }) => sum + octets.length, 0);
  let done = 0;
  await forEach(blobs, AT_ONCE, async (blob) => {
    signal.throwIfAborted();
    await putWhole(store, blob);
    done += blob.octets.length;
    progress(done, of);
  });
}

/** Those of the blobs that a version, which is live and so is not collected, does not need. */
export async function notIn(version: Version, blobs: readonly Blob[], getBlob: GetBlob): Promise<readonly Blob[]> {
  if (blobs.length === 0 || version.body.at !== "blobs") return blobs;
  const index = await getBlob(version.body.index);
  const chunks = index ? readIndex(index) : [];
  const known = new Set(typeof chunks === "string" ? [] : chunks.map(({ sha256 }) => sha256));
  return blobs.filter(({ sha256 }) => !known.has(sha256));
}

/** Those of the blobs that the store does not have. */
export async function missing(store: Store, blobs: readonly Blob[]): Promise<Blob[]> {
  const wanted = new Map(blobs.map((blob) => [blob.sha256, blob]));
  if (wanted.size === 0) return [];
  for await (const { sha256 } of store.blobs()) {
    wanted.delete(sha256);
    if (wanted.size === 0) break;
  }
  return [...wanted.values()];
}
