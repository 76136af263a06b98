/** Which RRsets have links, and what is in them (links.ts has their layout). */

import { LOWER } from "../wire/name.ts";
import { NO_NAMES, nameLayout, octetsBeforeTarget } from "../wire/rdatanames.ts";
import { RrType } from "../wire/rrtype.ts";
import { CutLinks } from "./cutlinks.ts";
import { LINKS_HEADER } from "./image.ts";
import { ReadyAnswer } from "./readyanswer.ts";
import type { RrSets } from "./rrsets.ts";
import { SetNames } from "./setnames.ts";
import { Targets } from "./targets.ts";

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

/** Makes links. It keeps nothing of a zone: one serves any number, and small ones load in 15 µs less without their own. */
export class LinkMaker {
  readonly #cut = new CutLinks();
  readonly #any = new AnyLinks();
  #made: CutLinks | AnyLinks = this.#any;

  /** Makes the links of an RRset; returns how many octets they take. */
  make(sets: RrSets, owner: number, set: number): number {
    const octets = this.#cut.measure(sets, owner, set);
    this.#made = octets > 0 ? this.#cut : this.#any;
    return octets > 0 ? octets : this.#any.measure(sets, owner, set);
  }

  /** Writes the links that were made last to words[at], with owners' numbers for nodes; `bytes` are those of `words`. */
  write(sets: RrSets, owner: number, set: number, words: Uint32Array, bytes: Uint8Array, at: number): void {
    this.#made.write(sets, owner, set, words, bytes, at);
  }
}

/** The links of any RRset that has some. */
export class AnyLinks {
  readonly #names = new SetNames();
  readonly #targets = new Targets();
  readonly #ready = new ReadyAnswer();
  #isReady = false;

  /** Octets of the links of an RRset. */
  measure(sets: RrSets, owner: number, set: number): number {
    this.#names.read(sets, set);
    this.#targets.find(sets, owner, set, this.#names);
    this.#isReady = this.#ready.build(sets, owner, set, this.#names, this.#targets);
    return LINKS_HEADER + this.#targets.count * 8 + (this.#isReady ? this.#ready.bytes() : 0);
  }

  /** Writes the links that were measured to words[at]; `bytes` are those of `words`. */
  write(_sets: RrSets, _owner: number, _set: number, words: Uint32Array, bytes: Uint8Array, at: number): void {
    const targets = this.#targets;
    words[at + 2] = targets.count;
    let to = at + LINKS_HEADER / 4;
    for (let i = 0; i < targets.count; i++) {
      words[to++] = targets.at[i];
      words[to++] = targets.owner[i];
    }
    if (this.#isReady) this.#ready.write(words, bytes, at, to);
  }
}
