/**
 * The folder of compiled zones: names, writing so that each file is whole, and clearing out. Another server may use the
 * same one.
 */

import { createHash, randomBytes } from "node:crypto";
import { closeSync, mkdirSync, openSync, readdirSync, renameSync, rmSync, writeSync } from "node:fs";
import { stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { errorCode } from "../text/systemerror.ts";
import type { FileJob, TextJob } from "./messages.ts";

const IMAGE = ".image";
/** "NAME.image.PID-RANDOM.new" is being written by that process, or was when it died. */
const UNFINISHED = /\.image\.(?<pid>\d+)-[0-9a-f]+\.new$/;
/** Nobody writes for this long: the number is another process's by now. */
const LONGEST_WRITE_MS = 3_600_000;
/** An image that no server has taken or written for a week is of a zone that is gone. Taking it for that too soon costs a parse. */
const UNUSED_MS = 7 * 86_400_000;

/** Whose image it is: a file's, as its job says, or that of a zone in the store. */
export type ImageOf = FileJob | Pick<TextJob, "zone">;

/** Everything of a job but the text: two jobs that differ in anything have two images. */
export function identityOf(of: ImageOf): string {
  if ("zone" in of) return JSON.stringify(["zone", of.zone]);
  return JSON.stringify([of.file, of.root, hex(of.apex), hex(of.origin)]);
}

/** The name of an image: what people recognize of the file's or the zone's, and what makes it the job's own. */
export function nameOf(of: ImageOf): string {
  const readable = ("zone" in of ? of.zone : basename(of.file)).replace(/[^A-Za-z0-9._-]/g, "_").slice(0, 100);
  return `${readable}-${createHash("sha256").update(identityOf(of)).digest("hex").slice(0, 16)}${IMAGE}`;
}

/** The images in a folder; none when it can't be read. */
export function imagesIn(folder: string): string[] {
  return namesIn(folder).filter((name) => name.endsWith(IMAGE));
}

/**
 * Writes a file under another name and renames it: whatever happens, the old one or the new one is there. Without
 * fsync, which takes as long as the disk likes: what a power cut leaves half written does not pass its checksum, and
 * costs one parse. Throws system errors.
 */
export function writeWhole(folder: string, name: string, parts: readonly Uint8Array[]): void {
  make(folder);
  const path = join(folder, name);
  const unfinished = `${path}.${process.pid}-${randomBytes(4).toString("hex")}.new`;
  try {
    writeNew(unfinished, parts);
    renameSync(unfinished, path);
  } catch (error) {
    throwAway(unfinished);
    throw error;
  }
}

/** Not mkdir's own way to make parents too: on a disk that is read-only it says that there is no such directory. */
function make(folder: string): void {
  try {
    mkdirSync(folder, 0o700);
  } catch (error) {
    const code = errorCode(error);
    if (code === "ENOENT" && dirname(folder) !== folder) {
      make(dirname(folder));
      // Another server may be making it, too.
      make(folder);
    } else if (code !== "EEXIST") throw error;
  }
}

function writeNew(path: string, parts: readonly Uint8Array[]): void {
  const fd = openSync(path, "wx", 0o600);
  try {
    // One write takes 2 GiB at most, and less when the disk is nearly full.
    for (const part of parts) for (let at = 0; at < part.length; ) at += writeSync(fd, part, at);
  } finally {
    closeSync(fd);
  }
}

/** Removes a file; if that can't be, the next image takes its place, or it stays and is refused again. */
export function throwAway(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // A folder that can't be written to is told of when an image is written.
  }
}

/** Removes what crashes have left, and what has not been used for a week. `now`: milliseconds since 1970. Never rejects. */
export async function clearOut(folder: string, now: number): Promise<void> {
  for (const name of namesIn(folder)) {
    const path = join(folder, name);
    const writer = UNFINISHED.exec(name)?.groups?.pid;
    if (writer === undefined && !name.endsWith(IMAGE)) continue;
    const age = now - (await lastModified(path, now));
    if (writer === undefined ? age > UNUSED_MS : isLeft(Number(writer), age)) throwAway(path);
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

async function lastModified(path: string, otherwise: number): Promise<number> {
  try {
    return (await stat(path)).mtimeMs;
  } catch {
    return otherwise;
  }
}

/** True when nobody is at work any more on a file that a process began to write, `age` milliseconds ago at most. */
function isLeft(pid: number, age: number): boolean {
  if (age > LONGEST_WRITE_MS) return true;
  // Older than this process: one before it had the same number. In a container all have number 1.
  if (pid === process.pid) return age > process.uptime() * 1000;
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return errorCode(error) !== "EPERM";
  }
}

function hex(name: Uint8Array | undefined): string | null {
  return name === undefined ? null : Buffer.from(name).toString("hex");
}
