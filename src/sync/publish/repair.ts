/** Puts blobs again that a store has lost, when somebody pushes what it should still have. */

import type { Zone } from "../../zone/image.ts";
import { zoneText } from "../../zone/text.ts";
import { pack } from "../blob/pack.ts";
import type { Version } from "../manifest/manifest.ts";
import type { Store } from "../store/store.ts";
import { missing, upload } from "./upload.ts";

/** Looks for the blobs of a version whose content this image has; how many were missing, and are there again. */
export async function repair(store: Store, image: Zone, version: Version): Promise<number> {
  if (version.body.at !== "blobs") return 0;
  const packed = pack(zoneText(image, version.serial));
  if (packed.index !== version.body.index) return 0;
  const lost = await missing(store, packed.blobs);
  await upload(store, lost, new AbortController().signal, () => {});
  return lost.length;
}
