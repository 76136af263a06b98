/**
 * The links (see links.ts) of the commonest RRset that has some: the NS RRset of a cut whose servers are each one label
 * below it, and in the zone. All of its answer is known without looking for what names share: each server is its label
 * and a pointer to the question's name, each address's owner a pointer to the server. The same octets as ReadyAnswer
 * would make, in a third of the time: a zone of 100,000 delegations loads a fifth sooner.
 */

import { HEADER, writeU16 } from "../wire/header.ts";
import { RrType } from "../wire/rrtype.ts";
import { RECORD_HEAD } from "../wire/writer.ts";
import { aligned, LINKS_HEADER, TargetFlag } from "./image.ts";
import { OwnerFlag } from "./ownerflag.ts";
import { writeHead, writeRow } from "./rows.ts";
import type { RrSets } from "./rrsets.ts";

/** More servers than this, or a longer answer, are left to ReadyAnswer. */
const MOST_SERVERS = 13;
const MOST_ADDRESSES = 64;
const MOST_OCTETS = 2048;

const POINTER = 0xc000;

/** Measures and writes such links; one serves a whole zone. */
export class CutLinks {
  #servers = 0;
  #targets = 0;
  #addresses = 0;
  /** Of the answer. */
  #octets = 0;
  /** Each server's owner, whether it has addresses, and where it stands in the message. */
  readonly #owner = new Uint32Array(MOST_SERVERS);
  readonly #hasAddress = new Uint8Array(MOST_SERVERS);
  readonly #place = new Uint16Array(MOST_SERVERS);

  /** Octets of the links of an RRset; 0 when it is of another shape. */
  measure(sets: RrSets, owner: number, set: number): number {
    const servers = sets.count[set];
    if (sets.type[set] !== RrType.NS || servers > MOST_SERVERS || !isCut(sets.flags[owner])) return 0;
    this.#servers = servers;
    this.#targets = 0;
    this.#addresses = 0;
    this.#octets = 0;
    for (let i = 0; i < servers; i++) if (!this.#server(sets, owner, sets.order[sets.first[set] + i], i)) return 0;
    if (this.#addresses > MOST_ADDRESSES || this.#octets > MOST_OCTETS) return 0;
    return LINKS_HEADER + this.#targets * 8 + servers * 4 + aligned(this.#pointers() * 2) + aligned(this.#octets);
  }

  /** Writes the links that were measured to words[at]; `bytes` are those of `words`. */
  write(sets: RrSets, owner: number, set: number, words: Uint32Array, bytes: Uint8Array, at: number): void {
    words[at] = this.#octets | (this.#pointers() << 16) | (this.#servers << 24);
    words[at + 1] = this.#servers | (this.#addresses << 16);
    words[at + 2] = this.#targets;
    const hazards = at + LINKS_HEADER / 4 + this.#targets * 2;
    for (let i = 0; i < this.#servers; i++) words[hazards + i] = sets.owners.hash[this.#owner[i]];
    this.#writeTargets(sets, set, words, at + LINKS_HEADER / 4);
    const pointers = (hazards + this.#servers) * 4;
    const answer = pointers + aligned(this.#pointers() * 2);
    const { apex, length } = sets.owners;
    const addresses = this.#writeServers(sets, set, bytes, pointers, answer, HEADER + length[owner] + apex.length + 4);
    this.#writeAddresses(sets, bytes, pointers + this.#servers * 4, answer, addresses);
  }

  /** Two for each server: the owner, and the end of its name. */
  #pointers(): number {
    return this.#servers * 2 + this.#addresses;
  }

  #server(sets: RrSets, cut: number, row: number, i: number): boolean {
    const { rdata, at, length } = sets.records;
    const owner = sets.owners.child(cut, rdata, at[row], length[row]);
    if (owner < 0 || (sets.flags[owner] & OwnerFlag.HASHED) !== 0) return false;
    for (let k = 0; k < i; k++) if (this.#owner[k] === owner) return false;
    this.#owner[i] = owner;
    this.#octets += RECORD_HEAD + rdata[at[row]] + 3;
    const before = this.#addresses;
    for (let set = sets.firstSet[owner]; set < sets.firstSet[owner + 1]; set++) {
      if (!isAddress(sets.type[set])) continue;
      this.#addresses += sets.count[set];
      this.#octets += sets.count[set] * (RECORD_HEAD + (sets.type[set] === RrType.A ? 4 : 16));
    }
    this.#hasAddress[i] = Number(this.#addresses > before);
    this.#targets += this.#hasAddress[i];
    return true;
  }

  #writeServers(sets: RrSets, set: number, bytes: Uint8Array, pointers: number, answer: number, start: number): number {
    const { rdata, at } = sets.records;
    let to = answer;
    for (let i = 0; i < this.#servers; i++) {
      const from = at[sets.order[sets.first[set] + i]];
      const label = rdata[from] + 1;
      writeU16(bytes, pointers + i * 4, to - answer);
      to = writeHead(bytes, to, POINTER | HEADER, RrType.NS, sets.ttl[set], label + 2);
      this.#place[i] = start + to - answer;
      for (let k = 0; k < label; k++) bytes[to++] = rdata[from + k];
      writeU16(bytes, pointers + i * 4 + 2, to - answer);
      writeU16(bytes, to, POINTER | HEADER);
      to += 2;
    }
    return to;
  }

  #writeTargets(sets: RrSets, set: number, words: Uint32Array, at: number): void {
    let to = at;
    let name = RECORD_HEAD;
    for (let i = 0; i < this.#servers; i++) {
      const owner = this.#owner[i];
      if (this.#hasAddress[i] !== 0) {
        words[to++] = name;
        words[to++] = owner * 4 + TargetFlag.REQUIRED + TargetFlag.GLUE;
      }
      name += RECORD_HEAD + sets.records.length[sets.order[sets.first[set] + i]];
    }
  }

  #writeAddresses(sets: RrSets, bytes: Uint8Array, pointers: number, answer: number, from: number): void {
    const { order, first, count, firstSet, ttl, type } = sets;
    let pointer = pointers;
    let to = from;
    for (let i = 0; i < this.#servers; i++) {
      for (let set = firstSet[this.#owner[i]]; set < firstSet[this.#owner[i] + 1]; set++) {
        if (!isAddress(type[set])) continue;
        for (let k = first[set]; k < first[set] + count[set]; k++) {
          writeU16(bytes, pointer, to - answer);
          pointer += 2;
          to = writeRow(sets.records, order[k], bytes, to, POINTER | this.#place[i], type[set], ttl[set]);
        }
      }
    }
  }
}

function isCut(flags: number): boolean {
  return (flags & (OwnerFlag.CUT | OwnerFlag.OCCLUDED)) === OwnerFlag.CUT;
}

function isAddress(type: number): boolean {
  return type === RrType.A || type === RrType.AAAA;
}
