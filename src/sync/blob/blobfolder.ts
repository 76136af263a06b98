/**
 * A folder of blobs by their digest: a POP's copy of its large zones, and what a publisher need not fetch again. Several
 * processes may use one. A file that was damaged is as one that is not there: its digest tells.
 */

import { hash } from "node:crypto";
import { access, open } from "node:fs/promises";
import { errorCode, whyNot } from "../../text/systemerror.ts";
import { BLOB_MOST } from "../store/store.ts";
import { type BlobFile, blobFiles, blobPath, readBlob, throwAway, writeBlob } from "./blobfiles.ts";

/** Nobody writes a blob for this long: what is still unfinished is of a process that died. */
const LONGEST_WRITE_MS = 3_600_000;

/** Gets a blob, from wherever it is; undefined when it is not there. */
export type GetBlob = (sha256: string) => Promise<Uint8Array | undefined>;

/** A blob that can't be kept, as a sentence that says what to do. */
export class BlobFolderError extends Error {
  /** There is no room on the disk. */
  readonly full: boolean;

  constructor(folder: string, error: unknown) {
    const full = ["ENOSPC", "EDQUOT"].includes(errorCode(error));
    const advice = full ? ": make room there" : "";
    super(`can't keep blobs in ${folder}: ${whyNot("write", error)}${advice}`);
    this.name = "BlobFolderError";
    this.full = full;
  }
}

export class BlobFolder {
  readonly path: string;

  /** The folder is made when the first blob is put. */
  constructor(path: string) {
    this.path = path;
  }

  /**
   * A blob, verified; undefined when it is not there, or can't be read. A damaged one is thrown away. Never rejects: what
   * can't be had here is got from the store.
   */
  async get(sha256: string): Promise<Uint8Array | undefined> {
    const path = blobPath(this.path, sha256);
    if (path === undefined) return undefined;
    try {
      const file = await open(path, "r");
      try {
        const octets = await readBlob(file, BLOB_MOST);
        if (octets !== undefined && hash("sha256", octets, "hex") === sha256) return octets;
      } finally {
        await file.close();
      }
    } catch {
      return undefined;
    }
    await throwAway(path);
    return undefined;
  }

  /**
   * Keeps a blob; with `durable`, through a power cut from when this has resolved. Rejects with BlobFolderError, and with
   * RangeError for octets of another digest.
   */
  async put(sha256: string, octets: Uint8Array, durable = false): Promise<void> {
    const path = blobPath(this.path, sha256);
    if (path === undefined || hash("sha256", octets, "hex") !== sha256) {
      throw new RangeError(`these ${octets.length} octets are not blob ${sha256}`);
    }
    try {
      await writeBlob(path, octets, durable);
    } catch (error) {
      throw new BlobFolderError(this.path, error);
    }
  }

  /** True when there is such a file, damaged or not. */
  async has(sha256: string): Promise<boolean> {
    const path = blobPath(this.path, sha256);
    if (path === undefined) return false;
    try {
      await access(path);
      return true;
    } catch {
      return false;
    }
  }

  /**
   * Blobs from here, and else by `getBlob`, which are then kept. One that can't be kept makes it reject with
   * BlobFolderError, or is told to `notKept` and used all the same. One of another digest is passed on and not kept.
   */
  through(getBlob: GetBlob, durable = false, notKept?: (error: unknown) => void): GetBlob {
    return async (sha256) => {
      const kept = await this.get(sha256);
      if (kept !== undefined) return kept;
      const octets = await getBlob(sha256);
      if (octets === undefined || hash("sha256", octets, "hex") !== sha256) return octets;
      try {
        await this.put(sha256, octets, durable);
      } catch (error) {
        if (notKept === undefined) throw error;
        notKept(error);
      }
      return octets;
    };
  }

  /**
   * Removes all other blobs that were neither put nor read since `before` (milliseconds since 1970): a younger one may be
   * of a version that is just coming in, here or in another process. Resolves to how many blobs went. Never rejects.
   */
  async keepOnly(digests: ReadonlySet<string>, before: number): Promise<number> {
    let gone = 0;
    for await (const { path, sha256, used } of blobFiles(this.path)) {
      const stays = sha256 === undefined ? used >= before - LONGEST_WRITE_MS : used >= before || digests.has(sha256);
      if (stays) continue;
      await throwAway(path);
      if (sha256 !== undefined) gone++;
    }
    return gone;
  }

  /** Removes those that were used longest ago until at most so many octets are left. Never rejects. */
  async trim(octets: number): Promise<void> {
    const files: BlobFile[] = [];
    for await (const file of blobFiles(this.path)) files.push(file);
    let left = files.reduce((sum, file) => sum + file.octets, 0);
    for (const file of files.toSorted((a, b) => a.used - b.used)) {
      if (left <= octets) return;
      await throwAway(file.path);
      left -= file.octets;
    }
  }
}
