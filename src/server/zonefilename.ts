/** Which files are zones, and what their names tell. */

import { basename } from "node:path";
import { TextError } from "../text/error.ts";
import { absoluteName } from "../text/name.ts";

/** File names that are zones: "example.com.zone", "example.com.db", "db.example.com". */
const ZONE_FILE = /^(?:(?<zone>.+)\.zone|(?<db>.+)\.db|db\.(?<prefixed>.+))$/;

/** What editors, package managers and other servers leave beside a zone file: "db.example.com~", "db.example.com.jnl". */
const LEAVINGS = /^[.#]|~$|\.(?:bak|orig|old|tmp|new|jnl|jbk|rej|save|sw[a-z]|rpm[a-z]+|dpkg-[a-z]+|ucf-[a-z]+)$/;

/** True for a name that a zone directory serves; hidden files and what is left beside zone files are none. */
export function isZoneFile(name: string): boolean {
  return ZONE_FILE.test(name) && !LEAVINGS.test(name);
}

/** The zone's name that a file's name tells, in wire form; undefined when it tells none. */
export function originFromFile(file: string): Uint8Array | undefined {
  const groups = ZONE_FILE.exec(basename(file))?.groups;
  const text = groups?.zone ?? groups?.db ?? groups?.prefixed;
  if (text === undefined) return undefined;
  try {
    return absoluteName(text === "root" ? "." : text);
  } catch (error) {
    if (error instanceof TextError) return undefined;
    throw error;
  }
}
