/**
 * Looks after the blobs of a version that somebody pushes once more: what the store has lost of it, or has damaged, is put
 * again. To know, all of them are read from the store.
 */

import type { Zone } from "../../zone/image.ts";
import { zoneText } from "../../zone/text.ts";
import { type Blob, pack } from "../blob/pack.ts";
import { BodyError } from "../blob/unpack.ts";
import { forEach } from "../foreach.ts";
import type { Store } from "../store/store.ts";
import type { Content } from "./compose.ts";
import { readText } from "./live.ts";
import { AT_ONCE } from "./upload.ts";
import { mend } from "./whole.ts";

/**
 * The blobs that the store must have of a version whose content this image has. When they can't be made here, because the
 * manifest is wrong itself or another zstd made them, and the version can't be read from the store: why, as a sentence.
 */
export async function blobsOf(
  zone: string,
  content: Content,
  image: Zone,
  store: Store,
): Promise<readonly Blob[] | string> {
  const { body, serial } = content.version;
  if (body.at === "blobs") {
    const packed = pack(zoneText(image, serial));
    if (packed.index === body.index) return packed.blobs;
  }
  try {
    await readText(zone, content, (sha256) => store.getBlob(sha256));
    return [];
  } catch (error) {
    if (error instanceof BodyError) return `${error.fault}, and this zonecast can't make it again`;
    throw error;
  }
}

/** Puts those again that are missing or damaged; how many were. Rejects as the store does. */
export async function repair(store: Store, blobs: readonly Blob[]): Promise<number> {
  let mended = 0;
  await forEach(blobs, AT_ONCE, async (blob) => {
    if (await mend(store, blob)) mended++;
  });
  return mended;
}
