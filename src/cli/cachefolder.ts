/** The publisher's folders: what was pushed from here need not be fetched, or parsed, to be compared with. */

import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";
import { BlobFolder, type GetBlob } from "../sync/blob/blobfolder.ts";
import { ImageCache } from "../sync/publish/imagecache.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** Octets of blobs that are kept; those that were used longest ago go first. */
export const BLOBS_MOST: number = 2 ** 30;

/** Blobs by their digests. */
export function blobCache(environment: Environment = process.env): BlobFolder {
  return new BlobFolder(join(cacheFolder(environment), "blobs"));
}

/** Blobs from the cache, else from the store. One that can't be kept only costs the next push some traffic. */
export function cachedBlobs(getBlob: GetBlob, cache: BlobFolder = blobCache()): GetBlob {
  return cache.through(getBlob, false, () => {});
}

/** Images by the digests of their texts. */
export function imageCache(environment: Environment = process.env): ImageCache {
  return new ImageCache(join(cacheFolder(environment), "images"));
}

/** In XDG_CACHE_HOME, which counts only when it is absolute (XDG Base Directory Specification), or ~/.cache. */
function cacheFolder(environment: Environment): string {
  const configured = environment.XDG_CACHE_HOME ?? "";
  return join(isAbsolute(configured) ? configured : join(homedir(), ".cache"), "zonecast");
}
