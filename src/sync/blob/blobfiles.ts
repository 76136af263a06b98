/** The files of a folder of blobs: their names, writing each so that it is whole, and listing them. */

import { randomBytes } from "node:crypto";
import type { Dirent } from "node:fs";
import { type FileHandle, mkdir, open, readdir, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { errorCode } from "../../text/systemerror.ts";

const DIGEST = /^[0-9a-f]{64}$/;
/** "DIGEST.PID-RANDOM.new" is being written by that process, or was when it died. */
const UNFINISHED = /^[0-9a-f]{64}\.\d+-[0-9a-f]+\.new$/;

export interface BlobFile {
  readonly path: string;
  /** Undefined for one that is being written. */
  readonly sha256: string | undefined;
  readonly octets: number;
  /** When it was written or read last, in milliseconds since 1970. */
  readonly used: number;
}

/**
 * Where a blob's file is; undefined for what is no SHA-256 in hex. Two levels: a folder of the first two digits has a
 * few hundred files where one for all would have a hundred thousand.
 */
export function blobPath(folder: string, sha256: string): string | undefined {
  return DIGEST.test(sha256) ? join(folder, sha256.slice(0, 2), sha256) : undefined;
}

/**
 * Writes a file under another name and renames it: whatever happens, it is whole or not there. With `durable` it is
 * there after a power cut, too, when this has resolved. Rejects with system errors.
 */
export async function writeBlob(path: string, octets: Uint8Array, durable: boolean): Promise<void> {
  const unfinished = `${path}.${process.pid}-${randomBytes(6).toString("hex")}.new`;
  try {
    const made = await writeNew(unfinished, octets, durable);
    await rename(unfinished, path);
    if (durable) for (const folder of [dirname(path), ...made]) await syncFolder(folder);
  } catch (error) {
    await throwAway(unfinished);
    throw error;
  }
}

/** Resolves to the folders that have a new folder in them. */
async function writeNew(path: string, octets: Uint8Array, durable: boolean): Promise<readonly string[]> {
  let made: readonly string[] = [];
  const file = await open(path, "wx", 0o600).catch(async (error: unknown) => {
    if (errorCode(error) !== "ENOENT") throw error;
    made = await makeFolder(dirname(path));
    return open(path, "wx", 0o600);
  });
  try {
    await file.writeFile(octets);
    if (durable) await file.sync();
  } finally {
    await file.close();
  }
  return made;
}

/** Not mkdir's own way to make parents too: on a disk that is read-only it says that there is no such directory. */
async function makeFolder(folder: string): Promise<readonly string[]> {
  const parent = dirname(folder);
  try {
    await mkdir(folder, 0o700);
    return [parent];
  } catch (error) {
    const code = errorCode(error);
    if (code === "EEXIST") return [parent];
    if (code !== "ENOENT" || parent === folder) throw error;
    const above = await makeFolder(parent);
    return [...(await makeFolder(folder)), ...above];
  }
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** What is there of an open file, up to `most` octets; undefined when it is longer. Marks it as used now. */
export async function readBlob(file: FileHandle, most: number): Promise<Uint8Array | undefined> {
  const { size } = await file.stat();
  if (size > most) return undefined;
  const octets = await file.readFile();
  // On a disk that is read-only nothing is cleared out by age either.
  const now = new Date();
  await file.utimes(now, now).catch(() => {});
  return octets;
}

/** Removes a file, if that can be. */
export async function throwAway(path: string): Promise<void> {
  await rm(path, { force: true }).catch(() => {});
}

/** Every file of the folder that is a blob or was to become one. A folder that can't be read has none. */
export async function* blobFiles(folder: string): AsyncGenerator<BlobFile> {
  for (const level of await entriesOf(folder)) {
    if (!level.isDirectory() || !/^[0-9a-f]{2}$/.test(level.name)) continue;
    for (const { name } of await entriesOf(join(folder, level.name))) {
      const sha256 = DIGEST.test(name) ? name : undefined;
      if (sha256 === undefined && !UNFINISHED.test(name)) continue;
      const path = join(folder, level.name, name);
      // Another process may have removed it meanwhile.
      const found = await stat(path).catch(() => undefined);
      if (found?.isFile()) yield { path, sha256, octets: found.size, used: found.mtimeMs };
    }
  }
}

async function entriesOf(folder: string): Promise<Dirent[]> {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}
