/** The publisher's folders: what was pushed from here need not be fetched, or parsed, to be compared with. */

import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";
import { BlobCache } from "../sync/publish/blobcache.ts";
import { ImageCache } from "../sync/publish/imagecache.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** Blobs by their digests. */
export function blobCache(environment: Environment = process.env): BlobCache {
  return new BlobCache(join(cacheFolder(environment), "blobs"));
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
