/**
 * Records gathered into RRsets (RFC 2181 §5), owner by owner, each with the RRSIGs that cover it (RFC 4035 §2.2), and
 * the tree of owners: parents, zone cuts, what is occluded.
 *
 * Still flat columns; this is what the checks read and the image is compiled from.
 */

import { readU16 } from "../wire/header.ts";
import { RrType } from "../wire/rrtype.ts";
import { grown } from "./column.ts";
import { OwnerFlag } from "./ownerflag.ts";
import type { Owners } from "./owners.ts";
import type { Records } from "./records.ts";

/** Up to this many rows are sorted and compared without further ado. */
const FEW = 16;

export class RrSets {
  readonly records: Records;
  readonly owners: Owners;
  /** Records' rows in the order: owner by owner, RRset by RRset, each RRset's RRSIGs after it; duplicates left out. */
  order: Uint32Array;
  /** Owner n's RRsets are firstSet[n] … firstSet[n + 1] - 1. */
  firstSet: Uint32Array;
  /** RRset s: its type, TTL, and its rows order[first[s]] …, `count` of data and then `signatures` of RRSIGs. */
  setCount = 0;
  type: Uint16Array;
  ttl: Uint32Array;
  first: Uint32Array;
  count: Uint32Array;
  signatures: Uint32Array;
  /** Owner n's parent, and its flags. */
  parent: Uint32Array;
  flags: Uint8Array;
  /** Rows that repeat a record, and rows whose TTL is not their RRset's: told by the checks. */
  readonly duplicates: number[] = [];
  readonly oddTtls: number[] = [];

  constructor(records: Records) {
    this.records = records;
    this.owners = records.owners;
    this.order = new Uint32Array(records.count);
    this.type = new Uint16Array(records.count);
    this.ttl = new Uint32Array(records.count);
    this.first = new Uint32Array(records.count);
    this.count = new Uint32Array(records.count);
    this.signatures = new Uint32Array(records.count);
    const byOwner = gather(records);
    this.firstSet = new Uint32Array(records.owners.count + 1);
    this.#group(byOwner);
    this.parent = new Uint32Array(0);
    this.flags = new Uint8Array(0);
    this.#link();
  }

  /** The RRset of a type at an owner; -1 when there is none, or only signatures of it. */
  find(owner: number, type: number): number {
    for (let set = this.firstSet[owner]; set < this.firstSet[owner + 1]; set++) {
      if (this.type[set] === type) return this.count[set] > 0 ? set : -1;
    }
    return -1;
  }

  has(owner: number, type: number): boolean {
    return this.find(owner, type) >= 0;
  }

  /** True for an owner with an A or AAAA RRset; there is none of a negative number. */
  hasAddress(owner: number): boolean {
    return owner >= 0 && (this.has(owner, RrType.A) || this.has(owner, RrType.AAAA));
  }

  #group(byOwner: { readonly start: Uint32Array; readonly rows: Uint32Array }): void {
    const { start, rows } = byOwner;
    let at = 0;
    const few: number[] = [];
    for (let owner = 0; owner < this.owners.count; owner++) {
      this.firstSet[owner] = this.setCount;
      const from = start[owner];
      const to = start[owner + 1];
      if (to - from === 1) at = this.#single(rows[from], at);
      else if (to > from) {
        few.length = 0;
        for (let i = from; i < to; i++) few.push(rows[i]);
        at = this.#several(few, at);
      }
    }
    this.firstSet[this.owners.count] = this.setCount;
  }

  /** The usual owner: one record. */
  #single(row: number, at: number): number {
    const set = this.setCount++;
    const signs = this.records.type[row] === RrType.RRSIG;
    this.order[at] = row;
    this.type[set] = this.#setType(row);
    this.ttl[set] = this.records.ttl[row];
    this.first[set] = at;
    this.count[set] = signs ? 0 : 1;
    this.signatures[set] = signs ? 1 : 0;
    return at + 1;
  }

  #several(rows: number[], at: number): number {
    this.#sort(rows);
    let to = at;
    for (let i = 0; i < rows.length; ) {
      const type = this.#setType(rows[i]);
      let next = i + 1;
      while (next < rows.length && this.#setType(rows[next]) === type) next++;
      to = this.#set(rows, i, next, type, to);
      i = next;
    }
    return to;
  }

  /** RRsets by type, data before signatures, else in the order of the file: so that a dump reads back the same. */
  #sort(rows: number[]): void {
    if (rows.length > FEW) {
      rows.sort((a, b) => this.#rank(a) - this.#rank(b) || a - b);
      return;
    }
    // Two or three rows are the rule; a call of sort costs several times as much.
    for (let i = 1; i < rows.length; i++) {
      const row = rows[i];
      const rank = this.#rank(row);
      let to = i;
      for (; to > 0 && this.#rank(rows[to - 1]) > rank; to--) rows[to] = rows[to - 1];
      rows[to] = row;
    }
  }

  #rank(row: number): number {
    return this.#setType(row) * 2 + Number(this.records.type[row] === RrType.RRSIG);
  }

  #set(rows: readonly number[], from: number, to: number, type: number, at: number): number {
    const { records } = this;
    const set = this.setCount++;
    const seen = to - from > FEW ? new Set<string>() : undefined;
    let next = at;
    let count = 0;
    for (let i = from; i < to; i++) {
      const row = rows[i];
      if (seen ? this.#seen(seen, row) : this.#repeats(row, at, next)) {
        this.duplicates.push(row);
        continue;
      }
      if (records.type[row] !== RrType.RRSIG) count++;
      if (records.ttl[row] !== records.ttl[rows[from]]) this.oddTtls.push(row);
      this.order[next++] = row;
    }
    this.type[set] = type;
    this.ttl[set] = records.ttl[rows[from]];
    this.first[set] = at;
    this.count[set] = count;
    this.signatures[set] = next - at - count;
    return next;
  }

  /** True when a row is the same record as one of order[from, to). */
  #repeats(row: number, from: number, to: number): boolean {
    for (let i = from; i < to; i++) if (this.#same(row, this.order[i])) return true;
    return false;
  }

  #same(a: number, b: number): boolean {
    const { type, rdata, at, length } = this.records;
    if (type[a] !== type[b] || length[a] !== length[b]) return false;
    for (let i = 0; i < length[a]; i++) if (rdata[at[a] + i] !== rdata[at[b] + i]) return false;
    return true;
  }

  /** The same question for large RRsets, in which each record can't be held against each other. */
  #seen(seen: Set<string>, row: number): boolean {
    const key = this.#key(row);
    if (seen.has(key)) return true;
    seen.add(key);
    return false;
  }

  /** A record belongs to the RRset of its type; an RRSIG to the one it covers. */
  #setType(row: number): number {
    const { type, rdata, at } = this.records;
    return type[row] === RrType.RRSIG ? readU16(rdata, at[row]) : type[row];
  }

  #key(row: number): string {
    const { type, rdata, at, length } = this.records;
    return `${type[row] === RrType.RRSIG}${Buffer.from(rdata.buffer, rdata.byteOffset + at[row], length[row]).toString("latin1")}`;
  }

  /** Finds every owner's parent, makes the empty non-terminals, and flags the tree. */
  #link(): void {
    const { owners } = this;
    const filled = owners.count;
    let flags = new Uint8Array(filled);
    let parents = new Uint32Array(filled);
    for (let owner = 0; owner < filled; owner++) flags[owner] = this.#ownFlags(owner);
    for (let owner = 1; owner < owners.count; owner++) {
      if (owner >= parents.length) {
        parents = grown(parents, Uint32Array);
        flags = grown(flags, Uint8Array);
      }
      const hashed = owner < filled && (flags[owner] & OwnerFlag.HASHED) !== 0;
      // A hashed owner makes no empty non-terminal: its parent is always the apex.
      const parent = hashed ? 0 : owners.parent(owner);
      parents[owner] = parent;
      if (owner >= filled) flags[owner] = OwnerFlag.EMPTY;
      // A name below it makes it a name of the tree after all.
      if (parent < filled) flags[parent] &= ~OwnerFlag.HASHED;
    }
    this.parent = parents.subarray(0, owners.count);
    this.flags = flags.subarray(0, owners.count);
    if (owners.count > filled) {
      const firstSet = new Uint32Array(owners.count + 1).fill(this.setCount);
      firstSet.set(this.firstSet);
      this.firstSet = firstSet;
    }
    this.#inherit();
  }

  #ownFlags(owner: number): number {
    let flags = 0;
    let others = false;
    let hashed = false;
    for (let set = this.firstSet[owner]; set < this.firstSet[owner + 1]; set++) {
      const type = this.type[set];
      if (type === RrType.NSEC3) hashed = true;
      else others = true;
      // Signatures without the data they cover make no cut and no alias.
      if (this.count[set] === 0) continue;
      if (type === RrType.NS && owner !== 0) flags |= OwnerFlag.CUT;
      else if (type === RrType.DNAME) flags |= OwnerFlag.DNAME;
      else if (type === RrType.CNAME) flags |= OwnerFlag.CNAME;
    }
    const { octets, at, length } = this.owners;
    // RFC 5155 §3: NSEC3's owner is one label, the hash, in front of the zone's name.
    if (hashed && !others && octets[at[owner]] + 1 === length[owner]) flags |= OwnerFlag.HASHED;
    return flags;
  }

  /** Hands the cuts down the tree, and wildcards up to their parents. */
  #inherit(): void {
    const { parent, flags, owners } = this;
    const known = new Uint8Array(owners.count);
    known[0] = 1;
    const path: number[] = [];
    for (let owner = 1; owner < owners.count; owner++) {
      const at = owners.at[owner];
      const wildcard = owners.octets[at] === 1 && owners.octets[at + 1] === 42;
      if (wildcard && (flags[owner] & OwnerFlag.HASHED) === 0) flags[parent[owner]] |= OwnerFlag.WILDCARD_BELOW;
      for (let up = owner; known[up] === 0; up = parent[up]) path.push(up);
      for (let down = path.pop(); down !== undefined; down = path.pop()) {
        // NSEC3 beside a DNAME at the apex is no data below it (RFC 5155 §7.1).
        const hidden = (flags[parent[down]] & BELOW) !== 0 && (flags[down] & OwnerFlag.HASHED) === 0;
        if (hidden) flags[down] |= OwnerFlag.OCCLUDED;
        known[down] = 1;
      }
    }
  }
}

const BELOW = OwnerFlag.CUT | OwnerFlag.DNAME | OwnerFlag.OCCLUDED;

/** Rows sorted by owner, in the order of the file within each (a counting sort). */
function gather(records: Records): { start: Uint32Array; rows: Uint32Array } {
  const start = new Uint32Array(records.owners.count + 1);
  for (let row = 0; row < records.count; row++) start[records.owner[row] + 1]++;
  for (let owner = 0; owner < records.owners.count; owner++) start[owner + 1] += start[owner];
  const next = start.slice(0, records.owners.count);
  const rows = new Uint32Array(records.count);
  for (let row = 0; row < records.count; row++) rows[next[records.owner[row]]++] = row;
  return { start, rows };
}
