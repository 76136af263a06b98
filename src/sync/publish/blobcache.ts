/** A folder of blobs that a publisher has seen: what was pushed from here need not be fetched to be compared with. */

import { createHash, randomUUID } from "node:crypto";
import { mkdir, readFile, rename, rm, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { GetBlob } from "./live.ts";
import { trimFolder } from "./trim.ts";

/** A file is in a folder of the first two digits of its name: a million in one folder is slow to list. */
const PREFIX = 2;

/** Octets that the folder keeps; the blobs that were used longest ago go first. */
const MOST: number = 2 ** 30;

export class BlobCache {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** A blob that is here and whole. Never rejects: a cache that can't be read is an empty one. */
  async get(sha256: string): Promise<Uint8Array | undefined> {
    try {
      const file = this.#file(sha256);
      const octets = await readFile(file);
      if (createHash("sha256").update(octets).digest("hex") !== sha256) return undefined;
      const now = new Date();
      await utimes(file, now, now);
      return octets;
    } catch {
      return undefined;
    }
  }

  /** Keeps a blob. Never rejects: a full disk only costs the next push some traffic. */
  async put(sha256: string, octets: Uint8Array): Promise<void> {
    const file = this.#file(sha256);
    const made = `${file}.${randomUUID()}`;
    try {
      await mkdir(join(this.#directory, sha256.slice(0, PREFIX)), { recursive: true, mode: 0o700 });
      await writeFile(made, octets, { mode: 0o600 });
      await rename(made, file);
    } catch {
      await rm(made, { force: true }).catch(() => {});
    }
  }

  /** Gets blobs from here, else from the store, and keeps those. */
  through(getBlob: GetBlob): GetBlob {
    return async (sha256) => {
      const kept = await this.get(sha256);
      if (kept) return kept;
      const octets = await getBlob(sha256);
      if (octets) await this.put(sha256, octets);
      return octets;
    };
  }

  /** Drops what was used longest ago, down to the most that is kept. Never rejects. */
  async trim(most: number = MOST): Promise<void> {
    await trimFolder(this.#directory, most);
  }

  #file(sha256: string): string {
    return join(this.#directory, sha256.slice(0, PREFIX), sha256);
  }
}
