/**
 * Takes away blobs that no manifest leads to any more. What is live or in a zone's history is never taken, nor what was
 * put within the grace period: its manifest may be on its way. So the grace must be longer than any push takes, and
 * than any two clocks are apart.
 */

import { hash } from "node:crypto";
import { readIndex } from "../blob/index.ts";
import type { Trust } from "../manifest/keys.ts";
import { ManifestError, openManifest } from "../manifest/message.ts";
import type { Entry, Store } from "./store.ts";

/** What an engine has written beside the manifests is kept so long at least, in milliseconds: longer than any swap takes. */
const DAY = 86_400_000;
/** Blobs that are dropped at the same time. */
const AT_ONCE = 16;
/** Sentences about what can't be read; the rest is only counted. */
const TOLD_MOST = 20;

export interface CollectPlan {
  /** Milliseconds since 1970, and how old a blob is that goes. */
  readonly now: number;
  readonly grace: number;
  /** Say what would go. */
  readonly dryRun: boolean;
  readonly trust: Trust;
}

export interface Collected {
  /** Manifests that were read, and blobs in the store. */
  readonly manifests: number;
  readonly blobs: number;
  /** Blobs that no manifest leads to: within the grace, and those that were dropped, or would be. */
  readonly young: number;
  readonly dropped: number;
  /** Records of the engine's own that were dropped. */
  readonly records: number;
  /**
   * Manifests and lists of chunks that can't be read: how many, and what is to be done about the first of them. One is
   * enough, and nothing is dropped.
   */
  readonly unread: number;
  readonly told: readonly string[];
}

/** Collects. Rejects with StoreError when the store can't be read, or does not let go of a blob. */
export async function collect(store: Store, { now, grace, dryRun, trust }: CollectPlan): Promise<Collected> {
  const marks = new Marks(store, trust);
  for await (const entry of store.manifests()) await marks.mark(entry);
  const { manifests, unread, told } = marks;

  const putBefore = now - grace;
  const old: string[] = [];
  let blobs = 0;
  let young = 0;
  for await (const { sha256, at } of store.blobs()) {
    blobs++;
    if (marks.has(sha256)) continue;
    if (at < putBefore) old.push(sha256);
    else young++;
  }

  if (unread > 0) return { manifests, blobs, young, dropped: 0, records: 0, unread, told };
  for (let i = 0; i < old.length && !dryRun; i += AT_ONCE) {
    await Promise.all(old.slice(i, i + AT_ONCE).map((sha256) => store.dropBlob(sha256, putBefore)));
  }
  const records = dryRun ? 0 : ((await store.tidy?.(Math.min(putBefore, now - DAY))) ?? 0);
  return { manifests, blobs, young, dropped: old.length, records, unread, told };
}

/** The blobs that manifests lead to. */
class Marks {
  readonly #store: Store;
  readonly #trust: Trust;
  readonly #marked = new Set<string>();
  readonly #indexes = new Set<string>();
  readonly told: string[] = [];
  manifests = 0;
  unread = 0;

  constructor(store: Store, trust: Trust) {
    this.#store = store;
    this.#trust = trust;
  }

  has(sha256: string): boolean {
    return this.#marked.has(sha256);
  }

  /** Marks what a manifest leads to. */
  async mark({ zone, octets }: Entry): Promise<void> {
    this.manifests++;
    try {
      const { manifest } = openManifest(zone, octets, this.#trust);
      for (const { version, body } of manifest.versions) {
        if (body.at === "blobs") await this.#markIndex(`version ${version} of ${zone}`, body.index);
      }
    } catch (error) {
      if (!(error instanceof ManifestError)) throw error;
      this.#tell(error.message);
    }
  }

  /** Most versions of a zone have been met in the manifest before: each index is read once. */
  async #markIndex(what: string, index: string): Promise<void> {
    if (this.#indexes.has(index)) return;
    this.#indexes.add(index);
    this.#marked.add(index);
    const octets = await this.#store.getBlob(index);
    const chunks = octets === undefined ? "it is not in the store: push the zone again" : verified(index, octets);
    if (typeof chunks === "string") {
      this.#tell(`blob ${index}, which lists the parts of ${what}, can't be read: ${chunks}`);
      return;
    }
    for (const { sha256 } of chunks) this.#marked.add(sha256);
  }

  #tell(why: string): void {
    this.unread++;
    if (this.told.length < TOLD_MOST) this.told.push(why);
  }
}

function verified(sha256: string, octets: Uint8Array): ReturnType<typeof readIndex> {
  if (hash("sha256", octets, "hex") !== sha256) return "its octets have another digest: push the zone again";
  return readIndex(octets);
}
