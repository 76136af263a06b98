/** Reads zone files and what they include, from disk. */

import { readFileSync, realpathSync, statSync } from "node:fs";
import { basename, dirname, relative, resolve, sep } from "node:path";
import { TextError } from "../text/error.ts";
import { absoluteName } from "../text/name.ts";
import { type Loaded, loadZone } from "../zone/load.ts";
import type { Include } from "../zone/master.ts";
import type { Problem } from "../zone/problem.ts";
import type { Job, JobResult } from "./messages.ts";
import { fileSignatureSync } from "./signature.ts";
import { whyNot } from "./systemerror.ts";

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

/** Loads a zone file for serving or checking. `now`: seconds since 1970. Never throws for what is on the disk. */
export function loadFile(job: Job, now: number): JobResult {
  const started = performance.now();
  const signatures = new Map([[job.file, fileSignatureSync(job.file)]]);
  const loaded = read(job, now, signatures);
  return {
    file: job.file,
    apex: loaded.apex,
    image: loaded.image,
    problems: loaded.problems,
    errors: loaded.errors,
    signatures,
    milliseconds: performance.now() - started,
  };
}

function read(job: Job, now: number, signatures: Map<string, string>): Omit<Loaded, "files"> {
  let bytes: Uint8Array;
  try {
    bytes = readRegular(job.file);
  } catch (error) {
    const problem: Problem = { severity: "error", file: job.file, line: 0, column: 0, message: whyNot("read", error) };
    return { apex: job.apex ?? job.origin, image: undefined, problems: [problem], errors: 1 };
  }
  const include = includeFrom(job.root, signatures);
  return loadZone({ file: job.file, bytes }, { apex: job.apex, origin: job.origin, include, now });
}

/** Reads a file, and nothing that only looks like one: a FIFO would hold the compile thread for ever. */
function readRegular(file: string): Uint8Array {
  const stats = statSync(file);
  if (!stats.isFile() && !stats.isDirectory()) throw new Error("it is no regular file");
  return readFileSync(file);
}

/** $INCLUDE finds files beside the one that includes them, and never outside the zone directory. */
function includeFrom(root: string, signatures: Map<string, string>): Include {
  return (path, from) => {
    const file = resolve(dirname(from.file), path);
    try {
      signatures.set(file, fileSignatureSync(file));
      const way = relative(realpathSync(root), realpathSync(file));
      if (way.startsWith(`..${sep}`) || way === "..") {
        return `$INCLUDE ${path}: outside the zone directory ${root}`;
      }
      return { file, bytes: readRegular(file) };
    } catch (error) {
      return `$INCLUDE ${path}: ${whyNot("read", error)}`;
    }
  };
}
