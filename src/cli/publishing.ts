/** What push, rollback and remove share once they know what to do: publish it, wait for it, and say how it went. */

import type { BlobFolder } from "../sync/blob/blobfolder.ts";
import type { Blob } from "../sync/blob/pack.ts";
import { forEach } from "../sync/foreach.ts";
import type { Ground } from "../sync/publish/base.ts";
import { Fence } from "../sync/publish/fence.ts";
import type { ImageCache } from "../sync/publish/imagecache.ts";
import { type Publication, publish } from "../sync/publish/publish.ts";
import { Refusal } from "../sync/publish/refusal.ts";
import { type Published, publishedOf } from "../sync/rollout/waited.ts";
import { BLOBS_MOST, blobCache, cachedBlobs, imageCache } from "./cachefolder.ts";
import { Exit, failureOf } from "./failure.ts";
import { untilStopped } from "./interrupt.ts";
import { formatOctets } from "./octets.ts";
import { barOf } from "./progressbar.ts";
import type { PublishOptions } from "./publishflags.ts";
import {
  openPublisher,
  openReader,
  type Publisher,
  type PublisherGiven,
  publisherName,
  type Reader,
} from "./storeflags.ts";
import { Teller } from "./teller.ts";
import { waitAndTell } from "./waiting.ts";

/** What a verb that publishes works with. */
export interface Desk {
  readonly reader: Reader;
  /** Undefined in a dry run, which needs no key. */
  readonly publisher: Publisher | undefined;
  readonly by: string;
  readonly ground: Ground;
  /** How many POPs have left a report. */
  readonly pops: number;
  readonly blobs: BlobFolder;
  readonly images: ImageCache;
  readonly options: PublishOptions;
  readonly teller: Teller;
  /** Aborted by Ctrl-C and SIGTERM. */
  readonly signal: AbortSignal;
}

/** Octets of blobs that are told of, and have a bar drawn on a terminal. */
const LARGE: number = 1 << 20;

/** Opens the store, has the verb work at the desk, and closes it all; the exit code. */
export async function atDesk(
  given: PublisherGiven,
  options: PublishOptions,
  work: (desk: Desk) => Promise<number>,
): Promise<number> {
  const teller = new Teller(options, process.stdout, process.stderr);
  const publisher = options.dryRun ? undefined : await openPublisher(given);
  const reader = publisher ?? (await openReader(given));
  const { store, trust } = reader;
  try {
    const blobs = blobCache();
    const images = imageCache();
    const getBlob = cachedBlobs((sha256) => store.getBlob(sha256), blobs);
    const image = (sha256: string) => images.get(sha256);
    const reports = await store.reports();
    const fence = new Fence(reports);
    const ground = { store, trust, fence, getBlob, image, now: Math.floor(Date.now() / 1000) };
    const by = publisher?.by ?? publisherName(given.by);
    const desk = { reader, publisher, by, ground, pops: reports.length, blobs, images, options, teller };
    return await untilStopped((signal) => {
      signal.addEventListener("abort", () => process.stderr.write("stopping\n"));
      return work({ ...desk, signal });
    }, new Refusal("interrupted: nothing was published"));
  } catch (error) {
    teller.failed(failureOf(error)?.message ?? String(error));
    throw error;
  } finally {
    teller.end(store.where, process.stdout);
    await store.close();
  }
}

/**
 * Publishes all, or none, and waits for the fleet when that is wanted: for `standing` when there is nothing to publish.
 * `done` is called in between. The exit code.
 */
export async function publishAndWait(
  desk: Desk,
  publications: readonly Publication[],
  standing: readonly Published[],
  done: () => void,
): Promise<number> {
  const { publisher, teller, signal, options } = desk;
  if (publisher === undefined) return Exit.DONE;
  const since = performance.now();
  let published = standing;
  if (publications.length > 0) {
    const octets = publications.reduce((sum, { fresh }) => sum + sizeOf(fresh), 0);
    if (octets >= LARGE) teller.line(`uploading ${formatOctets(octets)}`);
    const bar = barOf(process.stderr, LARGE);
    const progress = (done: number, of: number) => bar.show("uploading", done, of);
    const revisions = await publish(publications, { ...publisher, signal, progress }).finally(() => bar.clear());
    published = publications.map(({ signed }, i) => publishedOf(signed.manifest, revisions[i] ?? 0));
    teller.published();
  }
  done();
  const kept = keep(desk, publications);
  try {
    if (!options.wait || published.length === 0) return Exit.DONE;
    return await waitAndTell(publisher, published, {
      since,
      fresh: publications.length > 0,
      timeoutMs: options.timeoutMs,
      teller,
      signal,
    });
  } finally {
    await kept;
  }
}

function sizeOf(blobs: readonly Blob[]): number {
  return blobs.reduce((sum, { octets }) => sum + octets.length, 0);
}

/** What was pushed from here is what the next push is compared with. Never rejects. */
async function keep({ blobs, images }: Desk, publications: readonly Publication[]): Promise<void> {
  const fresh = publications.flatMap((one) => one.fresh);
  await forEach(fresh, 8, ({ sha256, octets }) => blobs.put(sha256, octets).catch(() => {}));
  if (fresh.length > 0) await blobs.trim(BLOBS_MOST);
  for (const { image, signed } of publications) {
    const version = signed.manifest.versions.at(0);
    if (image && version) await images.put(version.sha256, image);
  }
}
