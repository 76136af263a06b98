/** A small file of JSON that is written whole or not at all, for what must outlive a restart. */

import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { errorCode } from "../../text/systemerror.ts";

/** What is in it; undefined when there is none. Throws what the system says, and SyntaxError for what is no JSON. */
export function readJsonFile(file: string): unknown {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    if (errorCode(error) === "ENOENT") return undefined;
    throw error;
  }
  return JSON.parse(text);
}

/** Puts a value in the place of what was there. Throws what the system says. */
export function writeJsonFile(file: string, value: unknown): void {
  const fresh = `${file}.new`;
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(fresh, `${JSON.stringify(value)}\n`, { mode: 0o600, flush: true });
  renameSync(fresh, file);
}
