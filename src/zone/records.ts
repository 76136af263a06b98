/**
 * The records of one zone while it is being read: flat columns, no object for each record, so that a million of them
 * cost megabytes and the garbage collector sees none.
 */

import { grown } from "./column.ts";
import { Owners } from "./owners.ts";
import type { Source } from "./problem.ts";

/** The most octets of RDATA in one zone; offsets in an image are numbers of 31 bits. */
const MOST_RDATA = 2 ** 30;

/**
 * Rows at first, when nothing is known of the zone: most are small, and there may be ten thousand of them. V8 keeps typed
 * arrays of 64 octets in its own heap; larger ones cost a microsecond each, and there are a dozen.
 */
const FEWEST = 16;

/** One row for each record of the zone. */
export class Records {
  readonly owners: Owners;
  readonly sources: Source[] = [];
  count = 0;
  owner: Uint32Array;
  type: Uint16Array;
  ttl: Uint32Array;
  /** Where the record's RDATA begins in `rdata`, and its length. */
  at: Uint32Array;
  length: Uint16Array;
  rdata: Uint8Array;
  /** Where the record stands: byte offset in a source. */
  offset: Uint32Array;
  source: Uint16Array;
  #used = 0;

  /** Makes room for so many rows at first; more makes it grow. */
  constructor(apex: Uint8Array, rows: number = FEWEST) {
    const room = Math.max(rows, FEWEST);
    this.owners = new Owners(apex, room);
    this.owner = new Uint32Array(room);
    this.type = new Uint16Array(room);
    this.ttl = new Uint32Array(room);
    this.at = new Uint32Array(room);
    this.length = new Uint16Array(room);
    this.rdata = new Uint8Array(room * 16);
    this.offset = new Uint32Array(room);
    this.source = new Uint16Array(room);
  }

  /** The number of a source, added when new. */
  sourceNumber(source: Source): number {
    const known = this.sources.indexOf(source);
    return known >= 0 ? known : this.sources.push(source) - 1;
  }

  /** Adds a record; its RDATA is copied. Throws RangeError when the zone grows too large to compile. */
  add(
    owner: number,
    type: number,
    ttl: number,
    rdata: Uint8Array,
    length: number,
    source: number,
    offset: number,
  ): void {
    while (this.#used + length > this.rdata.length) {
      if (this.rdata.length >= MOST_RDATA) throw new RangeError(`the zone has more than ${MOST_RDATA} octets of RDATA`);
      this.rdata = grown(this.rdata, Uint8Array);
    }
    const row = this.count++;
    if (row >= this.owner.length) this.#grow();
    this.owner[row] = owner;
    this.type[row] = type;
    this.ttl[row] = ttl;
    this.at[row] = this.#used;
    this.length[row] = length;
    this.offset[row] = offset;
    this.source[row] = source;
    const target = this.rdata;
    if (length > 64) target.set(rdata.subarray(0, length), this.#used);
    else for (let i = 0; i < length; i++) target[this.#used + i] = rdata[i];
    this.#used += length;
  }

  #grow(): void {
    this.owner = grown(this.owner, Uint32Array);
    this.type = grown(this.type, Uint16Array);
    this.ttl = grown(this.ttl, Uint32Array);
    this.at = grown(this.at, Uint32Array);
    this.length = grown(this.length, Uint16Array);
    this.offset = grown(this.offset, Uint32Array);
    this.source = grown(this.source, Uint16Array);
  }
}
