/** What a publisher builds on: the version that a zone has now, and what the next one must be above. */

import { totals } from "../../zone/diff.ts";
import type { Zone } from "../../zone/image.ts";
import type { GetBlob } from "../blob/blobfolder.ts";
import { BodyError } from "../blob/unpack.ts";
import type { Trust } from "../manifest/keys.ts";
import { newestOf, type Version } from "../manifest/manifest.ts";
import type { Store } from "../store/store.ts";
import { type Content, contentOf } from "./compose.ts";
import { type Fence, type Floor, laterSerial } from "./fence.ts";
import { type Head, openTrusted, readHead } from "./head.ts";
import { LARGE } from "./imagecache.ts";
import { imageOf, readText } from "./live.ts";

export interface Base {
  readonly head: Head;
  /** What a rollout is bringing, or what all have; undefined for a zone that is new, or was removed. */
  readonly live: Content | undefined;
  /** What the next manifest must be above. */
  readonly floor: Floor;
}

/** Where bases come from. */
export interface Ground {
  readonly store: Store;
  readonly trust: Trust;
  readonly fence: Fence;
  readonly getBlob: GetBlob;
  /** An image that is at hand, by the digest of its text. */
  readonly image: (sha256: string) => Promise<Zone | undefined>;
  /** Seconds since 1970. */
  readonly now: number;
}

/** Reads what a zone's next manifest builds on. Rejects as readHead does. */
export async function readBase(zone: string, ground: Ground): Promise<Base> {
  const head = await readHead(ground.store, zone, ground.trust);
  const { signed } = head;
  const newest = signed && newestOf(signed.manifest);
  const live = signed && newest && contentOf(signed, newest.version);
  const floor = ground.fence.above(zone, signed?.manifest.id ?? 0);
  const latest = signed?.manifest.latest ?? 0;
  const version = Math.max(floor.version, latest);
  let serial = laterSerial(floor.serial, newest?.serial);
  // A version that went back, or was removed, may have left its serial with secondaries.
  if (newest?.version !== latest && head.revision > 0) serial = laterSerial(await serialOfLatest(zone, ground), serial);
  return { head, live, floor: { id: floor.id, version, serial } };
}

/** The latest serial of the versions that are kept. */
async function serialOfLatest(zone: string, { store, trust }: Ground): Promise<number | undefined> {
  let latest: number | undefined;
  for (const { octets } of await store.history(zone)) {
    const signed = openTrusted(zone, octets, trust);
    for (const { serial } of signed?.manifest.versions ?? []) latest = laterSerial(latest, serial);
  }
  return latest;
}

/** The live version's image, where it is at hand; small ones never are. */
export async function keptImage({ live }: Base, ground: Ground): Promise<Zone | undefined> {
  return live === undefined || live.version.size < LARGE ? undefined : ground.image(live.version.sha256);
}

/** The live version's image; why there is none, as a sentence, when its text can't be had. */
export async function liveImage(zone: string, base: Base, ground: Ground): Promise<Zone | string | undefined> {
  const { live } = base;
  if (live === undefined) return undefined;
  const kept = await keptImage(base, ground);
  if (kept) return kept;
  const { version: number } = live.version;
  try {
    const text = await readText(zone, live, ground.getBlob);
    const image = imageOf(zone, number, text, ground.now);
    return isAsSaid(image, live.version)
      ? image
      : `version ${number}, which is live, is not what its manifest says of it: the counts, or the serial`;
  } catch (error) {
    if (!(error instanceof BodyError)) throw error;
    const unread = `what is live can't be compared with: ${error.fault}`;
    return error.blob ? `${unread}: push the file that version ${number} came from first, which repairs it` : unread;
  }
}

/** POPs refuse what is not. */
function isAsSaid(image: Zone, { serial, names, records }: Version): boolean {
  const is = totals(image);
  return image.serial === serial && is.names === names && is.records === records;
}
