/**
 * The answer that an RRset makes, put together when the zone is compiled: its records and the addresses of its targets,
 * names compressed as in a message whose question is the RRset's own name.
 *
 * It serves questions for names below that one, too (a referral; the SOA of a negative answer): then the owner's name
 * stands further back in the question, everything after it as well, and each pointer is raised by as much. Only where a
 * name in the records shares more with the question than the owner's name would the answer be another; those are told
 * by the hash of the name's suffix that is one label longer than the owner's ("hazards").
 */

import { HEADER, writeU16, writeU32 } from "../wire/header.ts";
import { MAX_NAME, Name } from "../wire/name.ts";
import { RrClass, RrType } from "../wire/rrtype.ts";
import { Writer } from "../wire/writer.ts";
import { aligned } from "./image.ts";
import { OwnerFlag } from "./ownerflag.ts";
import type { Owners } from "./owners.ts";
import type { RrSets } from "./rrsets.ts";
import type { SetNames } from "./setnames.ts";
import type { Targets } from "./targets.ts";

/** Longer answers are put together when they are asked for. With this, pointers are far from their end at 0x3fff. */
const MOST_OCTETS = 4096;
/** Pointers, hazards and records are counted in an octet. */
const MOST = 255;

export class ReadyAnswer {
  /** The answer is in message[start, end). */
  readonly #message = new Uint8Array(HEADER + MAX_NAME + 4 + MOST_OCTETS);
  #start = 0;
  #end = 0;
  #limit = 0;
  #records = 0;
  #addresses = 0;
  /** Where pointers stand, from `start` on. */
  readonly #pointers: number[] = [];
  readonly #hazards: number[] = [];
  readonly #writer = new Writer();
  readonly #owner = new Name();

  /** Puts the answer of an RRset together, whose names and targets are given; false when it is not one that can be ready. */
  build(sets: RrSets, owner: number, set: number, names: SetNames, targets: Targets): boolean {
    if (sets.count[set] > MOST || !servesAlone(sets, owner, set, names)) return false;
    this.#question(sets.owners, owner);
    this.#pointers.length = 0;
    this.#limit = this.#start + MOST_OCTETS;
    this.#writer.begin(this.#message, this.#start, this.#limit, this.#owner);
    this.#records = sets.count[set];
    this.#addresses = 0;
    if (!this.#addRecords(sets, set, names) || !this.#addTargets(sets, names, targets)) return false;
    this.#end = this.#writer.length;
    this.#findHazards(sets.type[set], names);
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
    const message = this.#message;
    words[links] = (this.#end - this.#start) | (pointers.length << 16) | (hazards.length << 24);
    words[links + 1] = this.#records | (this.#addresses << 16);
    for (let i = 0; i < hazards.length; i++) words[at + i] = hazards[i];
    let to = (at + hazards.length) * 4;
    for (let i = 0; i < pointers.length; i++, to += 2) writeU16(bytes, to, pointers[i]);
    to = aligned(to);
    for (let i = this.#start, end = this.#end; i < end; ) bytes[to++] = message[i++];
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

  #addRecords(sets: RrSets, set: number, names: SetNames): boolean {
    const from = sets.first[set];
    for (let i = 0; i < sets.count[set]; i++) {
      const row = sets.order[from + i];
      if (!this.#head(sets, set, row, this.#owner)) return false;
      if (!names.compressed) this.#copy(sets, row);
      else if (!this.#rdataWithNames(sets, row, names, i)) return false;
    }
    return true;
  }

  #addTargets(sets: RrSets, names: SetNames, targets: Targets): boolean {
    for (let i = 0; i < targets.count; i++) {
      const owner = targets.owner[i] >>> 2;
      const name = names.get(targets.record[i]);
      for (let set = sets.firstSet[owner]; set < sets.firstSet[owner + 1]; set++) {
        const type = sets.type[set];
        if ((type === RrType.A || type === RrType.AAAA) && !this.#addAddresses(sets, set, name)) return false;
      }
    }
    return true;
  }

  #addAddresses(sets: RrSets, set: number, name: Name): boolean {
    const from = sets.first[set];
    const to = from + sets.count[set];
    for (let i = from; i < to; i++) {
      const row = sets.order[i];
      if (!this.#head(sets, set, row, name)) return false;
      this.#copy(sets, row);
    }
    this.#addresses += to - from;
    return true;
  }

  /** All that is in front of RDATA, whose length may yet change. False when there is no room for the record. */
  #head(sets: RrSets, set: number, row: number, owner: Name): boolean {
    if (!this.#name(owner)) return false;
    const writer = this.#writer;
    const message = this.#message;
    const at = writer.length;
    const length = sets.records.length[row];
    if (at + 10 + length > this.#limit) return false;
    writeU16(message, at, sets.type[set]);
    writeU16(message, at + 2, RrClass.IN);
    writeU32(message, at + 4, sets.ttl[set]);
    writeU16(message, at + 8, length);
    writer.length = at + 10;
    return true;
  }

  #copy({ records }: RrSets, row: number): void {
    this.#octets(records.rdata, records.at[row], records.length[row]);
  }

  #octets(from: Uint8Array, at: number, length: number): void {
    const message = this.#message;
    const writer = this.#writer;
    let to = writer.length;
    for (let i = at; i < at + length; ) message[to++] = from[i++];
    writer.length = to;
  }

  #rdataWithNames({ records }: RrSets, row: number, names: SetNames, record: number): boolean {
    const { rdata } = records;
    const writer = this.#writer;
    const start = writer.length;
    let at = records.at[row];
    const end = at + records.length[row];
    if (names.before > 0) this.#octets(rdata, at, names.before);
    at += names.before;
    for (let i = record * names.each, last = i + names.each; i < last; i++) {
      const name = names.get(i);
      if (!this.#name(name)) return false;
      at += name.length;
    }
    if (at < end) this.#octets(rdata, at, end - at);
    writeU16(this.#message, start - 2, writer.length - start);
    return true;
  }

  /** Writes a name; the pointer that it ends in, where it does, is noted. */
  #name(name: Name): boolean {
    const writer = this.#writer;
    const start = writer.length;
    if (!writer.name(name)) return false;
    if (writer.length - start < name.length) this.#pointers.push(writer.length - 2 - this.#start);
    return true;
  }

  #findHazards(type: number, names: SetNames): void {
    const hazards = this.#hazards;
    hazards.length = 0;
    if (type !== RrType.NS && type !== RrType.SOA) return;
    const owner = this.#owner;
    for (let i = 0; i < this.#records * names.each; i++) {
      const name = names.get(i);
      const below = name.labels - owner.labels;
      if (below <= 0 || name.hash[below] !== owner.hash[0]) continue;
      const hash = name.hash[below - 1];
      if (!hazards.includes(hash)) hazards.push(hash);
    }
  }
}

/**
 * Whether an RRset is ever the whole of an answer but for its targets' addresses. Not when it is occluded; not a CNAME
 * that leads on within the zone; and at a cut, only the NS RRset is.
 */
function servesAlone(sets: RrSets, owner: number, set: number, names: SetNames): boolean {
  const flags = sets.flags[owner];
  const type = sets.type[set];
  if ((flags & OwnerFlag.OCCLUDED) !== 0 || ((flags & OwnerFlag.CUT) !== 0 && type !== RrType.NS)) return false;
  return type !== RrType.CNAME || sets.owners.labelOfApex(names.get(0)) < 0;
}
