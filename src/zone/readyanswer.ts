/**
 * The answer that an RRset makes, put together when the zone is compiled: its records and the addresses of its targets,
 * names compressed as in a message whose question is the RRset's own name.
 *
 * It serves questions for names below that one, too (a referral; the SOA of a negative answer): then the owner's name
 * stands further back in the question, everything after it as well, and each pointer is raised by as much. Only where a
 * name in the records shares more with the question than the owner's name would the answer be another; those are told
 * by the hash of the name's suffix that is one label longer than the owner's ("hazards").
 */

import { HEADER, readU16, writeU16 } from "../wire/header.ts";
import { MAX_NAME, Name, skipName } from "../wire/name.ts";
import { nameLayout } from "../wire/rdatanames.ts";
import { RrType } from "../wire/rrtype.ts";
import { RECORD_HEAD, Section, Writer } from "../wire/writer.ts";
import { aligned } from "./image.ts";
import { OwnerFlag } from "./ownerflag.ts";
import type { Owners } from "./owners.ts";
import { rowBytes, writeRows } from "./rows.ts";
import type { RrSets } from "./rrsets.ts";
import type { Target } from "./targets.ts";

/** Longer answers are put together when they are asked for. With this, pointers are far from their end at 0x3fff. */
const MOST_OCTETS = 4096;
/** Pointers, and hazards, are counted in an octet. */
const MOST = 255;

export class ReadyAnswer {
  /** The answer is in message[start, end). */
  readonly #message = new Uint8Array(HEADER + MAX_NAME + 4 + MOST_OCTETS);
  #start = 0;
  #end = 0;
  /** Where pointers stand, from `start` on. */
  readonly #pointers: number[] = [];
  readonly #hazards: number[] = [];
  readonly #writer = new Writer();
  readonly #owner = new Name();
  readonly #name = new Name();
  readonly #rows = new Uint8Array(MOST_OCTETS);
  readonly #addressRows = new Uint8Array(MOST_OCTETS);

  /** Puts the answer of an RRset together; false when it is not one that can be ready. */
  build(sets: RrSets, owner: number, set: number, targets: readonly Target[]): boolean {
    if (!servesAlone(sets, owner, set)) return false;
    const end = readRrset(sets, set, this.#rows);
    if (end < 0) return false;
    this.#question(sets.owners, owner);
    const writer = this.#writer;
    writer.begin(this.#message, this.#start, this.#start + MOST_OCTETS, this.#owner);
    const type = sets.type[set];
    if (!writer.records(Section.ANSWER, this.#owner, type, sets.ttl[set], this.#rows, 0, end)) return false;
    if (!targets.every((target) => this.#addAddresses(sets, target, end))) return false;
    this.#end = writer.length;
    this.#findPointers();
    this.#findHazards(type, end);
    return this.#pointers.length <= MOST && this.#hazards.length <= MOST;
  }

  /** What the answer takes in the links. */
  bytes(): number {
    return this.#hazards.length * 4 + aligned(this.#pointers.length * 2) + aligned(this.#end - this.#start);
  }

  /** Writes the answer into links that begin at words[links], its own part to words[at]; `bytes` are those of `words`. */
  write(words: Uint32Array, bytes: Uint8Array, links: number, at: number): void {
    const pointers = this.#pointers;
    const hazards = this.#hazards;
    words[links] = (this.#end - this.#start) | (pointers.length << 16) | (hazards.length << 24);
    words[links + 1] = this.#writer.counts[Section.ANSWER] | (this.#writer.counts[Section.ADDITIONAL] << 16);
    for (let i = 0; i < hazards.length; i++) words[at + i] = hazards[i];
    let to = (at + hazards.length) * 4;
    for (let i = 0; i < pointers.length; i++, to += 2) writeU16(bytes, to, pointers[i]);
    to = aligned(to);
    for (let i = this.#start; i < this.#end; i++) bytes[to++] = this.#message[i];
  }

  #question(owners: Owners, owner: number): void {
    const message = this.#message;
    let to = HEADER;
    const from = owners.at[owner];
    for (let i = 0; i < owners.length[owner]; i++) message[to++] = owners.octets[from + i];
    for (let i = 0; i < owners.apex.length; i++) message[to++] = owners.apex[i];
    this.#owner.read(message, HEADER, to);
    this.#start = to + 4;
  }

  #addAddresses(sets: RrSets, { at, owner }: Target, end: number): boolean {
    this.#name.read(this.#rows, at, end);
    for (const type of [RrType.A, RrType.AAAA]) {
      const set = sets.find(owner, type);
      if (set < 0) continue;
      const length = readRrset(sets, set, this.#addressRows);
      if (length < 0) return false;
      const ttl = sets.ttl[set];
      if (!this.#writer.records(Section.ADDITIONAL, this.#name, type, ttl, this.#addressRows, 0, length)) return false;
    }
    return true;
  }

  #findPointers(): void {
    const message = this.#message;
    const pointers = this.#pointers;
    pointers.length = 0;
    for (let at = this.#start; at < this.#end; ) {
      const fixed = this.#skipName(at);
      const rdata = fixed + 10;
      const layout = nameLayout(readU16(message, fixed));
      let name = rdata + (layout >>> 4);
      for (let names = layout & 0xf; names > 0; names--) name = this.#skipName(name);
      at = rdata + readU16(message, rdata - 2);
    }
  }

  /** The offset after a name of the message; its pointer, where it has one, is noted. */
  #skipName(from: number): number {
    let at = from;
    while (this.#message[at] !== 0 && this.#message[at] < 0xc0) at += this.#message[at] + 1;
    if (this.#message[at] === 0) return at + 1;
    this.#pointers.push(at - this.#start);
    return at + 2;
  }

  #findHazards(type: number, end: number): void {
    this.#hazards.length = 0;
    if (type !== RrType.NS && type !== RrType.SOA) return;
    const layout = nameLayout(type);
    for (let at = 0; at < end; at += RECORD_HEAD + readU16(this.#rows, at + 10)) {
      let name = at + RECORD_HEAD;
      for (let names = layout & 0xf; names > 0; names--) {
        name = this.#name.read(this.#rows, name, end);
        const below = this.#name.labels - this.#owner.labels;
        if (below <= 0 || this.#name.hash[below] !== this.#owner.hash[0]) continue;
        if (!this.#hazards.includes(this.#name.hash[below - 1])) this.#hazards.push(this.#name.hash[below - 1]);
      }
    }
  }
}

/**
 * Whether an RRset is ever the whole of an answer but for its targets' addresses. Not when it is occluded; not a CNAME
 * that leads on within the zone; and at a cut, only the NS RRset is.
 */
function servesAlone(sets: RrSets, owner: number, set: number): boolean {
  const flags = sets.flags[owner];
  const type = sets.type[set];
  if ((flags & OwnerFlag.OCCLUDED) !== 0 || ((flags & OwnerFlag.CUT) !== 0 && type !== RrType.NS)) return false;
  if (type !== RrType.CNAME) return true;
  const { rdata, at } = sets.records;
  const target = at[sets.order[sets.first[set]]];
  return !sets.owners.contains(rdata, target, skipName(rdata, target) - target);
}

/** Writes the records of an RRset to the front of `rows`; returns how many octets they have, -1 when there is no room. */
function readRrset(sets: RrSets, set: number, rows: Uint8Array): number {
  const from = sets.first[set];
  const to = from + sets.count[set];
  if ((to - from) * RECORD_HEAD > rows.length || rowBytes(sets, from, to) > rows.length) return -1;
  return writeRows(sets, from, to, sets.type[set], sets.ttl[set], rows, 0);
}
