/** Changes of RRsets: all counted, and the first of them kept in full. */

import { nameToText } from "../text/name.ts";
import { rdataToText } from "../text/rdata.ts";
import { canonicalKey, keyScratch, MAX_KEY } from "../wire/canonical.ts";
import { MAX_NAME } from "../wire/name.ts";
import { RrType, typeToText } from "../wire/rrtype.ts";
import { rdataKey } from "./diffrdata.ts";
import type { Changes, RrsetChange, RrsetState } from "./diffresult.ts";
import { eachRdata, rdataKeys, type Span } from "./diffrrsets.ts";
import type { Zone } from "./image.ts";

/** Octets of records that are kept at most, whatever the limit in RRsets: their texts take up to ten times as much. */
const MOST_OCTETS = 16 * 1024 * 1024;

/** An RRset in an image, or the signatures over it. */
export interface Place {
  readonly zone: Zone;
  readonly node: number;
  readonly rrset: number;
  readonly records: Span;
}

interface Entry {
  readonly key: string;
  readonly type: number;
  readonly change: RrsetChange;
}

/** Takes changes as they are met. */
export class Kept {
  #added = 0;
  #removed = 0;
  #changed = 0;
  #octets = 0;
  readonly #limit: number;
  readonly #entries: Entry[] = [];
  /** Made when something is kept. */
  #names: OwnerNames | undefined;

  /** Keeps so many RRsets in full. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** An RRset before and after; one of both may be missing. */
  add(before: Place | undefined, after: Place | undefined): void {
    if (!before) this.#added++;
    else if (!after) this.#removed++;
    else this.#changed++;
    if (this.#entries.length >= this.#limit || this.#octets >= MOST_OCTETS) return;
    this.#octets += octetsOf(before) + octetsOf(after);
    this.#names ??= new OwnerNames();
    this.#entries.push(entry(before, after, this.#names));
  }

  changes(): Changes {
    const sorted = this.#entries.sort((a, b) => compareText(a.key, b.key) || rank(a.type) - rank(b.type));
    const list = sorted.map(({ change }) => change);
    return { added: this.#added, removed: this.#removed, changed: this.#changed, list };
  }
}

function octetsOf(place: Place | undefined): number {
  return place ? place.records.end - place.records.from : 0;
}

/** The SOA first, as in a transfer (RFC 5936 §2.2). */
function rank(type: number): number {
  return type === RrType.SOA ? 0 : type;
}

function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function entry(before: Place | undefined, after: Place | undefined, names: OwnerNames): Entry {
  const { zone, node, rrset } = (after ?? before)!;
  const type = zone.type(rrset);
  const { owner, key } = names.of(zone, node);
  const change: RrsetChange = {
    owner,
    type: typeToText(type),
    ...(before && { before: stateOf(before) }),
    ...(after && { after: stateOf(after) }),
    lost: only(before, after),
    gained: only(after, before),
  };
  return { key, type, change };
}

function stateOf({ zone, rrset, records }: Place): RrsetState {
  const texts: string[] = [];
  eachRdata(records, (at, end) => texts.push(rdataToText(records.type, records.bytes, at, end)));
  return { ttl: zone.ttl(rrset), records: texts };
}

/** The RDATA of one that the other does not have. */
function only(one: Place | undefined, other: Place | undefined): string[] {
  if (!one) return [];
  const { records } = one;
  const keys = other ? rdataKeys(other.records) : new Set<string>();
  const texts: string[] = [];
  eachRdata(records, (at, end) => {
    if (keys.has(rdataKey(records.type, records.bytes, at, end))) return;
    texts.push(rdataToText(records.type, records.bytes, at, end));
  });
  return texts;
}

/** Names of owners, one after the other in the same octets: to allocate them anew took three quarters of a new zone's diff. */
class OwnerNames {
  readonly #wire = new Uint8Array(MAX_NAME);
  readonly #key = Buffer.alloc(MAX_KEY);
  readonly #starts = keyScratch();

  /** As text, and its place in the canonical order as a string with a character for each octet. */
  of(zone: Zone, node: number): { readonly owner: string; readonly key: string } {
    const length = zone.nameOf(node, this.#wire, 0);
    const key = canonicalKey(this.#wire, 0, length, this.#key, 0, this.#starts);
    return { owner: nameToText(this.#wire.subarray(0, length)), key: this.#key.toString("latin1", 0, key) };
  }
}
