/** A zone's tree and the walk of RFC 1034 §4.3.2 step 3, told as plainly as can be: the model for find.ts. */

import { RrType } from "../../src/wire/rrtype.ts";
import { compile } from "../../src/zone/compile.ts";
import { Match } from "../../src/zone/find.ts";
import { Zone } from "../../src/zone/image.ts";
import type { LinkMaker } from "../../src/zone/linkmaker.ts";
import { readMaster } from "../../src/zone/master.ts";
import { Problems } from "../../src/zone/problem.ts";
import { Records } from "../../src/zone/records.ts";
import { RrSets } from "../../src/zone/rrsets.ts";
import { EXAMPLE, HEAD, sourceOf } from "./loading.ts";

/** One RRset: labels below the apex, from the left, and its type. */
export interface Entry {
  readonly owner: readonly string[];
  readonly type: number;
}

export interface Found {
  readonly match: number;
  /** The labels of the node found. */
  readonly node: readonly string[];
}

const key = (labels: readonly string[]) => labels.join(".").toLowerCase();

/** Looks names up in a list of RRsets. */
export class Model {
  readonly #entries: readonly Entry[];
  readonly #existing: ReadonlySet<string>;

  constructor(entries: readonly Entry[]) {
    this.#entries = entries;
    // RFC 4592 §2.2.2: a name exists when there is data at it or below it; NSEC3's owners are no names of the tree.
    const inTree = entries.filter(({ owner, type }) => type !== RrType.NSEC3 || owner.length !== 1);
    this.#existing = new Set(["", ...inTree.flatMap(({ owner }) => owner.map((_, i) => key(owner.slice(i))))]);
  }

  exists(labels: readonly string[]): boolean {
    return this.#existing.has(key(labels));
  }

  has(labels: readonly string[], type: number): boolean {
    return this.#entries.some((entry) => entry.type === type && key(entry.owner) === key(labels));
  }

  /** From the apex downwards: the first thing on the way that decides. */
  find(labels: readonly string[]): Found {
    for (let depth = 0; depth <= labels.length; depth++) {
      const node = labels.slice(labels.length - depth);
      if (!this.exists(node)) return { match: Match.ABSENT, node: labels.slice(labels.length - depth + 1) };
      if (depth > 0 && this.has(node, RrType.NS)) return { match: Match.CUT, node };
      if (depth < labels.length && this.has(node, RrType.DNAME)) return { match: Match.DNAME, node };
    }
    return { match: Match.EXACT, node: labels };
  }
}

/** Lines after HEAD as an image, without any check, so that what no zone may have can be looked up as well. */
export function compiled(lines: readonly string[], maker?: LinkMaker): Zone {
  return new Zone(compile(gathered(lines), maker));
}

/** Lines after HEAD as RRsets. */
export function gathered(lines: readonly string[]): RrSets {
  const records = new Records(EXAMPLE);
  const source = sourceOf("zone", HEAD + lines.join("\n"));
  const problems = new Problems();
  readMaster(
    source,
    EXAMPLE,
    () => "no files",
    problems,
    (owner, ownerLength, type, ttl, rdata, length, from, at) => {
      records.add(records.owners.number(owner, ownerLength), type, ttl, rdata, length, records.sourceNumber(from), at);
      return true;
    },
  );
  if (problems.errors > 0) throw new Error(problems.sorted()[0].message);
  return new RrSets(records);
}
