/** From signed manifests to a changed store: blobs first, then all heads in one swap, or none. */

import { setTimeout as sleep } from "node:timers/promises";
import type { Zone } from "../../zone/image.ts";
import type { Blob } from "../blob/pack.ts";
import { forEach } from "../foreach.ts";
import type { Signer, Trust } from "../manifest/keys.ts";
import { manifestMessage, type Signed } from "../manifest/message.ts";
import { Conflict, type Entry, MANIFEST_MOST, type Store, StoreError } from "../store/store.ts";
import { conflictText } from "./conflict.ts";
import { Refusal } from "./refusal.ts";
import { missing, type Progress, upload } from "./upload.ts";

/** A zone's next manifest, ready to be signed. */
export interface Publication {
  readonly zone: string;
  /** The revision that the head must still have. */
  readonly expected: number;
  readonly signed: Signed;
  /** All that the texts of new versions need. */
  readonly blobs: readonly Blob[];
  /** Those of them that live versions do not have: only these are sent. */
  readonly fresh: readonly Blob[];
  /** The image of the new version's text, where it is worth keeping. */
  readonly image: Zone | undefined;
}

export interface PublishWith {
  readonly store: Store;
  readonly signer: Signer;
  readonly trust: Trust;
  /** Until the swap begins, nothing is changed by a broken-off publication; after that it runs to its end. */
  readonly signal: AbortSignal;
  readonly progress: Progress;
}

/** How often heads are read after a swap that may or may not have been done, and the milliseconds between. */
const READS = 5;
const BETWEEN_MS = 1000;

/**
 * Publishes all, or none; the new revisions, in order. Rejects with Conflict, which says who was faster, with StoreError,
 * or with the signal's reason.
 */
export async function publish(publications: readonly Publication[], use: PublishWith): Promise<readonly number[]> {
  const { store, signer, trust, signal, progress } = use;
  const changes = publications.map(({ zone, expected, signed }) => {
    const octets = manifestMessage(signed, signer);
    if (octets.length > MANIFEST_MOST)
      throw new Refusal(`${zone}: the manifest has ${octets.length} octets, over ${MANIFEST_MOST}`);
    return { zone, expected, octets };
  });
  const fresh = unique(publications.flatMap((one) => one.fresh));
  await upload(store, fresh, signal, progress);
  signal.throwIfAborted();
  let revisions: readonly number[];
  try {
    revisions = await store.swap(changes);
  } catch (error) {
    if (error instanceof Conflict) throw await told(error, store, trust);
    if (!(error instanceof StoreError) || error.kind !== "lost") throw error;
    revisions = await findOut(changes, use, error);
  }
  // What was stored long ago and was in no manifest may have been collected just before the swap: it is put again.
  const lost = await missing(store, unique(publications.flatMap((one) => one.blobs)));
  await upload(store, lost, new AbortController().signal, () => {});
  return revisions;
}

function unique(blobs: readonly Blob[]): Blob[] {
  return [...new Map(blobs.map((blob) => [blob.sha256, blob])).values()];
}

type Wanted = readonly { readonly zone: string; readonly expected: number; readonly octets: Uint8Array }[];

/** A swap that got no answer was done, or not: the heads say it. */
async function findOut(changes: Wanted, { store, trust }: PublishWith, lost: StoreError): Promise<readonly number[]> {
  const heads = await readAll(store, changes, lost);
  const ours = changes.map(({ octets }, i) => heads[i] !== undefined && Buffer.compare(heads[i].octets, octets) === 0);
  // All or none: when one was swapped, all were, and the others have been changed again since.
  if (ours.some((is) => is)) return heads.map((head) => head?.revision ?? 0);
  const others = changes.filter(({ expected }, i) => (heads[i]?.revision ?? 0) !== expected);
  if (others.length > 0) throw await told(new Conflict(others.map(({ zone }) => zone)), store, trust);
  throw new StoreError("lost", `${lost.message}; nothing was published: try again`);
}

async function readAll(store: Store, changes: Wanted, lost: StoreError): Promise<(Entry | undefined)[]> {
  for (let left = READS; ; left--) {
    const heads: (Entry | undefined)[] = new Array(changes.length);
    try {
      await forEach(changes.keys(), 16, async (i) => {
        heads[i] = await store.head(changes[i].zone);
      });
      return heads;
    } catch (error) {
      if (!(error instanceof StoreError) || error.kind !== "lost" || left === 1) {
        const text = `${lost.message}; whether it was published is not known: do it again when the store is back, what is there already is skipped`;
        throw new StoreError("lost", text);
      }
      await sleep(BETWEEN_MS);
    }
  }
}

async function told(conflict: Conflict, store: Store, trust: Trust): Promise<Conflict> {
  const named = new Conflict(conflict.zones);
  named.message = await conflictText(conflict.zones, store, trust);
  return named;
}
