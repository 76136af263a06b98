/** The way of a zone file: text → records → RRsets → checks → image. A file with an error never becomes an image. */

import { nameToText, ROOT } from "../text/name.ts";
import { RrType } from "../wire/rrtype.ts";
import { check } from "./checks/check.ts";
import type { Window } from "./checks/signature.ts";
import { compile } from "./compile.ts";
import type { LinkMaker } from "./linkmaker.ts";
import { type Include, readMaster } from "./master.ts";
import { type Problem, Problems, type Source } from "./problem.ts";
import { Records } from "./records.ts";
import { RrSets } from "./rrsets.ts";

export interface LoadOptions {
  /** The zone's name where it is known for certain (the configuration says it). */
  readonly apex?: Uint8Array | undefined;
  /** The name to complete relative names with until an $ORIGIN says otherwise: the one in the file's name. */
  readonly origin?: Uint8Array | undefined;
  readonly include: Include;
  /** Seconds since 1970, to judge signatures by. */
  readonly now: number;
  /** Who loads many zones keeps one for them all. */
  readonly maker?: LinkMaker | undefined;
}

export interface Loaded {
  /** The zone's name; undefined when the file does not even tell that. */
  readonly apex: Uint8Array | undefined;
  /** Undefined when there are errors. */
  readonly image: SharedArrayBuffer | undefined;
  readonly problems: readonly Problem[];
  readonly errors: number;
  /** When the same text gives the same image and problems: signatures expire. Undefined when there is no image. */
  readonly holds: Window | undefined;
}

/** What a record takes in large zone files, more or less. Room made once is cheaper than room that grows. */
const OCTETS_A_RECORD = 32;

/** Reads, checks and compiles a zone file. Never throws for what the file contains. */
export function loadZone(source: Source, options: LoadOptions): Loaded {
  const problems = new Problems();
  const origin = options.apex ?? options.origin ?? ROOT;
  const apex = options.apex ?? findApex(source, origin, options.include);
  if (apex === undefined) return withoutApex(source, origin, options, problems);
  const records = new Records(apex, Math.ceil(source.bytes.length / OCTETS_A_RECORD));
  fill(records, source, origin, options.include, problems);
  if (records.count === 0) problems.addFile("error", source.file, "no records in this file");
  const sets = new RrSets(records);
  const window = check(sets, problems, options.now);
  const image = problems.errors === 0 ? compiled(sets, source, problems, options.maker) : undefined;
  const holds = image && window;
  return { apex, image, problems: problems.sorted(), errors: problems.errors, holds };
}

function compiled(
  sets: RrSets,
  source: Source,
  problems: Problems,
  maker: LinkMaker | undefined,
): SharedArrayBuffer | undefined {
  try {
    return compile(sets, maker);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    problems.addFile("error", source.file, error.message);
    return undefined;
  }
}

/** The owner of the first SOA: the zone's name, as far as the file itself can tell. */
export function findApex(source: Source, origin: Uint8Array, include: Include): Uint8Array | undefined {
  let apex: Uint8Array | undefined;
  readMaster(source, origin, include, new Problems(), (owner, length, type) => {
    if (type === RrType.SOA) apex = owner.slice(0, length);
    return apex === undefined;
  });
  return apex;
}

function withoutApex(source: Source, origin: Uint8Array, options: LoadOptions, problems: Problems): Loaded {
  readMaster(source, origin, options.include, problems, () => true);
  if (problems.errors === 0) problems.addFile("error", source.file, "no SOA record: a zone begins with one");
  return {
    apex: options.origin,
    image: undefined,
    problems: problems.sorted(),
    errors: problems.errors,
    holds: undefined,
  };
}

/** Reads all records in; those outside the zone are left out, and told (RFC 1034 §4.2.1: they are no data of it). */
function fill(records: Records, source: Source, origin: Uint8Array, include: Include, problems: Problems): void {
  let last: Source | undefined;
  let number = -1;
  const notBelow = `the owner is not at or below ${nameToText(records.owners.apex)}`;
  readMaster(source, origin, include, problems, (owner, ownerLength, type, ttl, rdata, rdataLength, from, offset) => {
    if (from !== last) {
      last = from;
      number = records.sourceNumber(from);
    }
    const row = records.owners.number(owner, ownerLength);
    if (row < 0) problems.add("warning", from, offset, `out of zone, ignored: ${notBelow}`);
    else records.add(row, type, ttl, rdata, rdataLength, number, offset);
    return true;
  });
}
