/** The owner names of a zone while it is being read: each once, numbered, found by hash. */

import { hashLabel, joinHash, LOWER, type Name, ROOT_HASH } from "../wire/name.ts";
import { grown } from "./column.ts";

/** So many owners are looked at before the table is: the one found last, and what follows it. */
const NEAR = 3;

/** Owner names, relative to the apex and in lower case; number 0 is the apex itself. */
export class Owners {
  readonly apex: Uint8Array;
  readonly apexHash: number;
  readonly #apexLabels: number;
  count = 0;
  /** Where a name's octets begin in `octets`, how many there are, and its hash. */
  at: Uint32Array;
  length: Uint8Array;
  hash: Int32Array;
  octets: Uint8Array;
  #used = 0;
  #table: Uint32Array;
  /** The owner found or added last. */
  #last = 0;
  /** The hash of the name one label up. */
  #above: Int32Array;
  #lastAbove = 0;
  readonly #labels: number[] = [];

  /** Makes room for so many names at first; more makes it grow. */
  constructor(apex: Uint8Array, names: number) {
    this.at = new Uint32Array(names);
    this.length = new Uint8Array(names);
    this.hash = new Int32Array(names);
    this.#above = new Int32Array(names);
    this.octets = new Uint8Array(names * 12);
    this.#table = new Uint32Array(2 ** Math.ceil(Math.log2(names * 2)));
    this.apex = apex.map((octet) => LOWER[octet]);
    const labels = labelHashes(this.apex);
    this.apexHash = labels.reduceRight(joinHash, ROOT_HASH);
    this.#apexLabels = labels.length;
    this.#insert(new Uint8Array(0), 0, 0, this.apexHash);
  }

  /** The number of an owner given in wire form, added when new; -1 when it is not at or below the apex. */
  number(wire: Uint8Array, length: number): number {
    const relative = length - this.apex.length;
    if (!this.#within(wire, 0, relative)) return -1;
    if (relative === 0) return 0;
    const hash = this.#hash(wire, 0, relative);
    const found = this.#find(wire, 0, relative, hash);
    return found >= 0 ? found : this.#insert(wire, 0, relative, hash);
  }

  /** The number of a name that has been added; -1 when it has not, or is outside the zone. */
  find(wire: Uint8Array, at: number, length: number): number {
    const relative = length - this.apex.length;
    if (!this.#within(wire, at, relative)) return -1;
    return relative === 0 ? 0 : this.#find(wire, at, relative, this.#hash(wire, at, relative));
  }

  /** True when the name is at or below the apex. */
  contains(wire: Uint8Array, at: number, length: number): boolean {
    return this.#within(wire, at, length - this.apex.length);
  }

  /** The first label of a name that is the apex's; -1 when the name is not at or below it. */
  labelOfApex(name: Name): number {
    const { apex } = this;
    const label = name.labels - this.#apexLabels;
    if (label < 0 || name.hash[label] !== this.apexHash) return -1;
    const from = name.offset[label];
    for (let i = 0; i < apex.length; i++) if (name.lower[from + i] !== apex[i]) return -1;
    return label;
  }

  /** The number of the suffix of a name that begins with `label`, when the apex begins with label `top`; -1 for none. */
  findSuffix(name: Name, label: number, top: number): number {
    if (label === top) return 0;
    const at = name.offset[label];
    return this.#find(name.lower, at, name.offset[top] - at, name.hash[label]);
  }

  /** The owner one label below another whose name is wire[at, at + length); -1 when the name is no such one. */
  child(owner: number, wire: Uint8Array, at: number, length: number): number {
    const { apex } = this;
    const relative = 1 + wire[at] + this.length[owner];
    if (relative + apex.length !== length) return -1;
    for (let i = 0; i < apex.length; i++) if (LOWER[wire[at + relative + i]] !== apex[i]) return -1;
    return this.#find(wire, at, relative, joinHash(this.hash[owner], hashLabel(wire, at + 1, wire[at])));
  }

  /** The owner one label up, added when new (an empty non-terminal); -1 for the apex. */
  parent(owner: number): number {
    if (owner === 0) return -1;
    const from = this.at[owner];
    const first = this.octets[from] + 1;
    const length = this.length[owner] - first;
    if (length === 0) return 0;
    const found = this.#find(this.octets, from + first, length, this.#above[owner]);
    if (found >= 0) return found;
    const hash = this.#hash(this.octets, from + first, length);
    return this.#insert(this.octets, from + first, length, hash);
  }

  /** The child "*" of an owner; -1 when there is none. */
  wildcard(owner: number): number {
    const wire = new Uint8Array(this.length[owner] + 2);
    wire.set([1, 42]);
    wire.set(this.octets.subarray(this.at[owner], this.at[owner] + this.length[owner]), 2);
    return this.#find(wire, 0, wire.length, this.#hash(wire, 0, wire.length));
  }

  /** An owner's full name in wire form. */
  wire(owner: number): Uint8Array {
    const full = new Uint8Array(this.length[owner] + this.apex.length);
    full.set(this.octets.subarray(this.at[owner], this.at[owner] + this.length[owner]));
    full.set(this.apex, this.length[owner]);
    return full;
  }

  /** True when the first `relative` octets at wire[at] are whole labels, and the apex follows. */
  #within(wire: Uint8Array, at: number, relative: number): boolean {
    if (relative < 0) return false;
    const end = at + relative;
    let label = at;
    while (label < end) label += wire[label] + 1;
    if (label !== end) return false;
    const apex = this.apex;
    for (let i = 0; i < apex.length; i++) if (LOWER[wire[end + i]] !== apex[i]) return false;
    return true;
  }

  /** The hash of a name of one label or more; the one above it is kept for `#insert`, which follows. */
  #hash(bytes: Uint8Array, at: number, length: number): number {
    const labels = this.#labels;
    let count = 0;
    for (let i = at; i < at + length; i += bytes[i] + 1) labels[count++] = hashLabel(bytes, i + 1, bytes[i]);
    let hash = this.apexHash;
    while (count > 1) hash = joinHash(hash, labels[--count]);
    this.#lastAbove = hash;
    return joinHash(hash, labels[0]);
  }

  #find(bytes: Uint8Array, at: number, length: number, hash: number): number {
    // Files go name by name, and RDATA leads to names that follow: this spares a miss of the cache for each probe.
    for (let near = this.#last; near < this.#last + NEAR && near < this.count; near++) {
      if (!this.#is(near, bytes, at, length, hash)) continue;
      this.#last = near;
      return near;
    }
    const table = this.#table;
    const mask = table.length - 1;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const entry = table[slot];
      if (entry === 0) return -1;
      if (this.#is(entry, bytes, at, length, hash)) {
        this.#last = entry;
        return entry;
      }
    }
  }

  #is(owner: number, bytes: Uint8Array, at: number, length: number, hash: number): boolean {
    if (this.hash[owner] !== hash || this.length[owner] !== length) return false;
    const octets = this.octets;
    const from = this.at[owner];
    for (let i = 0; i < length; i++) if (octets[from + i] !== LOWER[bytes[at + i]]) return false;
    return true;
  }

  #insert(bytes: Uint8Array, at: number, length: number, hash: number): number {
    const owner = this.count++;
    if (owner >= this.at.length) {
      this.at = grown(this.at, Uint32Array);
      this.length = grown(this.length, Uint8Array);
      this.hash = grown(this.hash, Int32Array);
      this.#above = grown(this.#above, Int32Array);
    }
    while (this.#used + length > this.octets.length) this.octets = grown(this.octets, Uint8Array);
    for (let i = 0; i < length; i++) this.octets[this.#used + i] = LOWER[bytes[at + i]];
    this.at[owner] = this.#used;
    this.length[owner] = length;
    this.hash[owner] = hash;
    this.#above[owner] = this.#lastAbove;
    this.#used += length;
    this.#last = owner;
    if (this.count * 2 > this.#table.length) this.#rehash();
    else if (owner > 0) this.#place(owner);
    return owner;
  }

  #place(owner: number): void {
    const table = this.#table;
    const mask = table.length - 1;
    let slot = this.hash[owner] & mask;
    while (table[slot] !== 0) slot = (slot + 1) & mask;
    table[slot] = owner;
  }

  #rehash(): void {
    this.#table = new Uint32Array(this.#table.length * 4);
    for (let owner = 1; owner < this.count; owner++) this.#place(owner);
  }
}

function labelHashes(name: Uint8Array): number[] {
  const hashes: number[] = [];
  for (let at = 0; name[at] !== 0; at += name[at] + 1) hashes.push(hashLabel(name, at + 1, name[at]));
  return hashes;
}
