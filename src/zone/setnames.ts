/** The names in the RDATA of one RRset, read once: owners are found by them, and the ready answer is compressed by them. */

import { Name } from "../wire/name.ts";
import { NO_NAMES, nameLayout, octetsBeforeTarget } from "../wire/rdatanames.ts";
import type { RrSets } from "./rrsets.ts";

/** So many are kept: more than a ready answer has (readyanswer.ts). */
const KEPT = 256;

/** One serves a whole zone, RRset by RRset, and allocates next to nothing. */
export class SetNames {
  /** Names in each record, octets in front of the first, and whether they are compressed. */
  each = 0;
  before = 0;
  compressed = false;
  readonly #kept: Name[] = [];
  readonly #other = new Name();

  /** Reads the names of an RRset whose type has some. */
  read(sets: RrSets, set: number): void {
    const layout = nameLayout(sets.type[set]);
    this.compressed = layout !== NO_NAMES;
    this.each = this.compressed ? layout & 0xf : 1;
    this.before = this.compressed ? layout >>> 4 : octetsBeforeTarget(sets.type[set]);
    const { rdata, at, length } = sets.records;
    const records = Math.min(sets.count[set], Math.floor(KEPT / this.each));
    for (let i = 0, k = 0; i < records; i++) {
      const row = sets.order[sets.first[set] + i];
      let from = at[row] + this.before;
      for (const last = k + this.each; k < last; k++) {
        if (k === this.#kept.length) this.#kept.push(new Name());
        from = this.#kept[k].read(rdata, from, at[row] + length[row]);
      }
    }
  }

  /** One of the names that are kept: as many as `each` of each record. */
  get(i: number): Name {
    return this.#kept[i];
  }

  /** The target of the RRset's i-th record; valid until the next call. */
  target(sets: RrSets, set: number, i: number): Name {
    if (i < KEPT) return this.#kept[i];
    const { rdata, at, length } = sets.records;
    const row = sets.order[sets.first[set] + i];
    this.#other.read(rdata, at[row] + this.before, at[row] + length[row]);
    return this.#other;
  }
}
