/** The blobs of large zones at a POP: from its own folder, else from the store, and then kept. */

import { join } from "node:path";
import { BlobFolder } from "../blob/blobfolder.ts";
import { readIndex } from "../blob/index.ts";
import type { Version } from "../manifest/manifest.ts";
import type { Store } from "../store/store.ts";

/** Blobs that nobody has used for so long, and that nothing served is made of, go. */
const UNUSED_MS = 3_600_000;

export class Shelf {
  readonly #folder: BlobFolder;
  readonly #store: Store;
  readonly #told: (why: string | undefined) => void;
  #why: string | undefined;
  /** Blobs that are being written: the next version of a zone may come before they are there. */
  readonly #writing = new Map<string, Uint8Array>();
  readonly #writes = new Set<Promise<void>>();
  #closed = false;

  /** `told`: blobs can't be kept, for this reason; or they can again. */
  constructor(directory: string, store: Store, told: (why: string | undefined) => void) {
    this.#folder = new BlobFolder(join(directory, "blobs"));
    this.#store = store;
    this.#told = told;
  }

  /** Why blobs can't be kept. */
  get why(): string | undefined {
    return this.#why;
  }

  /** A blob. One from the store is being kept in `keeping`, which never rejects. Rejects as the store does. */
  async get(sha256: string, keeping: Promise<void>[]): Promise<Uint8Array | undefined> {
    const kept = this.#writing.get(sha256)?.slice() ?? (await this.#folder.get(sha256));
    if (kept) return kept;
    const octets = await this.#store.getBlob(sha256);
    // A copy: the octets go to another thread while they are written.
    if (octets && !this.#closed) keeping.push(this.#begin(sha256, octets.slice()));
    return octets;
  }

  #begin(sha256: string, octets: Uint8Array): Promise<void> {
    const write = this.#keep(sha256, octets).finally(() => this.#writes.delete(write));
    this.#writes.add(write);
    return write;
  }

  async #keep(sha256: string, octets: Uint8Array): Promise<void> {
    this.#writing.set(sha256, octets);
    try {
      await this.#folder.put(sha256, octets, true);
      if (this.#why !== undefined) this.#told(undefined);
      this.#why = undefined;
    } catch (error) {
      // What has another digest is told of by whoever wanted it.
      if (error instanceof RangeError) return;
      const why = error instanceof Error ? error.message : String(error);
      if (this.#why === undefined) this.#told(why);
      this.#why = why;
    } finally {
      this.#writing.delete(sha256);
    }
  }

  /** Resolves when nothing is being written any more, nor will be. Never rejects. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all(this.#writes);
  }

  /** Removes what none of these versions is made of, and nobody has used lately. `now`: milliseconds since 1970. Never rejects. */
  async sweep(versions: Iterable<Version>, now: number): Promise<number> {
    const live = new Set<string>();
    for (const { body } of versions) {
      if (body.at === "inline" || live.has(body.index)) continue;
      live.add(body.index);
      const index = await this.#folder.get(body.index);
      const chunks = index ? readIndex(index) : [];
      if (typeof chunks !== "string") for (const { sha256 } of chunks) live.add(sha256);
    }
    return this.#folder.keepOnly(live, now - UNUSED_MS);
  }
}
