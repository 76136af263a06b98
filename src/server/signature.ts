/** Tells whether a file has changed: without reading it, and also when an editor put another file in its place. */

import { type Stats, statSync } from "node:fs";
import { stat } from "node:fs/promises";
import { errorCode } from "../text/systemerror.ts";
import { NoRoom } from "./memoryroom.ts";

/** What a file that can't be seen has. */
export const GONE = "gone";

/** No file ever has it. What could not be read, and yet may be as it is a moment later, is looked at again for it. */
const UNREAD = "unread";
/** What the system lacks for a moment, and a disk or file server that does not answer: by no fault of the file's. */
const PASSING: ReadonlySet<string> = new Set(["EMFILE", "ENFILE", "ENOMEM", "EAGAIN", "EIO", "ESTALE", "ETIMEDOUT"]);

/** The state of a file that has been looked at. */
export function signatureOf(stats: Stats): string {
  return `${stats.ino}:${stats.size}:${stats.mtimeMs}:${stats.ctimeMs}`;
}

export async function fileSignature(file: string): Promise<string> {
  try {
    return signatureOf(await stat(file));
  } catch {
    return GONE;
  }
}

export function fileSignatureSync(file: string): string {
  try {
    return signatureOf(statSync(file));
  } catch {
    return GONE;
  }
}

/** The state of a file that could not be read, for this reason. */
export function unreadSignature(file: string, error: unknown): string {
  return error instanceof NoRoom || PASSING.has(errorCode(error)) ? UNREAD : fileSignatureSync(file);
}
