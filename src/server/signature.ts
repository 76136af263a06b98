/** Tells whether a file has changed: without reading it, and also when an editor put another file in its place. */

import { type Stats, statSync } from "node:fs";
import { stat } from "node:fs/promises";

/** What a file that can't be seen has. */
export const GONE = "gone";

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
