/**
 * What an RRset with names in its RDATA carries in the image, so that nothing is looked up when it is asked for:
 *
 *   octets of the ready answer (0 for none), number of pointers << 16, number of hazards << 24
 *   records of the RRset in it, addresses << 16
 *   number of targets
 *   targets     two words each: where the name begins in the records; the node that has its addresses, and TargetFlag
 *   hazards     a word each
 *   pointers    two octets each, padded to words
 *   answer      padded to words
 */

import { LOWER } from "../wire/name.ts";
import { NO_NAMES, nameLayout, octetsBeforeTarget } from "../wire/rdatanames.ts";
import { RrType } from "../wire/rrtype.ts";
import { grown } from "./column.ts";
import { LINKS_HEADER, TargetFlag } from "./image.ts";
import { ReadyAnswer } from "./readyanswer.ts";
import type { RrSets } from "./rrsets.ts";
import { targetsOf } from "./targets.ts";

/** Words of the fixed part. */
const FIXED = LINKS_HEADER / 4;

/** True when an RRset carries links. */
export function isLinked(sets: RrSets, set: number): boolean {
  const type = sets.type[set];
  if ((nameLayout(type) === NO_NAMES && octetsBeforeTarget(type) < 0) || sets.count[set] === 0) return false;
  return !standsAlone(sets, set);
}

/** Just a name, and nothing but the name. */
const ONE_NAME = 1;

/**
 * One PTR, CNAME or the like to a name that shares no label with any name of the zone: as it stands, it is as short as it
 * can be, and no answer differs. So are all PTRs of reverse zones; with links, a million of them took twice the memory.
 */
function standsAlone(sets: RrSets, set: number): boolean {
  const type = sets.type[set];
  if (nameLayout(type) !== ONE_NAME || type === RrType.NS || sets.count[set] !== 1) return false;
  const { rdata, at } = sets.records;
  const { apex } = sets.owners;
  const own = topLabel(apex, 0);
  const top = topLabel(rdata, at[sets.order[sets.first[set]]]);
  if (apex[own] === 0) return false;
  for (let i = 0; i <= apex[own]; i++) if (LOWER[rdata[top + i]] !== apex[own + i]) return true;
  return false;
}

/** The offset of the last label but the root of the name at wire[at]; of the root where there is no other. */
function topLabel(wire: Uint8Array, at: number): number {
  let label = at;
  for (let next = at; wire[next] !== 0; next += wire[next] + 1) label = next;
  return label;
}

/** The links of all linked RRsets of a zone: made in their order, and taken in that order. */
export class Links {
  readonly #ready = new ReadyAnswer();
  /** Links, each with its length in front; nodes are owners' numbers still. */
  #words = new Uint32Array(64);
  #bytes = new Uint8Array(this.#words.buffer);
  #used = 0;
  #taken = 0;

  /** Makes the links of an RRset; returns how many octets they take in the image, with their length. */
  add(sets: RrSets, setOwner: number, set: number): number {
    const targets = targetsOf(sets, setOwner, set);
    const ready = this.#ready.build(sets, setOwner, set, targets);
    const octets = LINKS_HEADER + targets.length * 8 + (ready ? this.#ready.bytes() : 0);
    const at = this.#used + 1;
    this.#used = at + octets / 4;
    while (this.#used > this.#words.length) this.#grow();
    const words = this.#words;
    words[at - 1] = octets;
    words[at + 2] = targets.length;
    for (let i = 0; i < targets.length; i++) {
      const { at: name, owner, required, glue } = targets[i];
      words[at + FIXED + i * 2] = name;
      words[at + FIXED + i * 2 + 1] = owner * 4 + (required ? TargetFlag.REQUIRED : 0) + (glue ? TargetFlag.GLUE : 0);
    }
    if (ready) this.#ready.write(words, this.#bytes, at, at + FIXED + targets.length * 2);
    return 4 + octets;
  }

  /** Moves the next links to `bytes` in words, with their length, their owners' nodes put in; returns the offset after them. */
  take(words: Uint32Array, bytes: number, node: Uint32Array): number {
    const from = this.#words;
    const length = 1 + from[this.#taken] / 4;
    const to = bytes / 4;
    for (let i = 0; i < length; i++) words[to + i] = from[this.#taken + i];
    this.#taken += length;
    const targets = to + 1 + FIXED;
    for (let at = targets + 1; at < targets + words[to + 3] * 2; at += 2) {
      words[at] = node[words[at] >>> 2] | (words[at] & 3);
    }
    return bytes + length * 4;
  }

  #grow(): void {
    this.#words = grown(this.#words, Uint32Array);
    this.#bytes = new Uint8Array(this.#words.buffer);
  }
}
