/**
 * What a thread has counted of each zone: a row of four numbers for each, in shared memory as in counters.ts. The main
 * thread says which row is whose.
 */

import { Rcode } from "../wire/header.ts";

/** Where each count of a row stands. Queries are all that were replied to. */
export const ZoneCount = { QUERIES: 0, NXDOMAIN: 1, SERVFAIL: 2, REFUSED: 3 } as const;

/** Numbers in a row. */
export const ROW_CELLS = 4;
/** Zones with a row of their own, and one. */
const ROWS = 1 << 20;
/** The row of replies that are no zone's, and of zones past the last row: nobody reads it. */
export const NO_ROW = 0;
/** Octets of shared memory for all rows. The system gives only what is written to, a page of 128 rows at a time. */
export const ZONE_COUNTS_BYTES: number = ROWS * ROW_CELLS * 8;

export class ZoneCounts {
  readonly cells: Float64Array;

  /** Without memory to share, there is one row. */
  constructor(shared: SharedArrayBuffer | ArrayBuffer = new ArrayBuffer(ROW_CELLS * 8)) {
    this.cells = new Float64Array(shared);
  }

  /** Counts a reply by its row and response code. */
  reply(row: number, rcode: number): void {
    const { cells } = this;
    const at = row * ROW_CELLS;
    cells[at]++;
    if (rcode === Rcode.NOERROR) return;
    if (rcode === Rcode.NXDOMAIN) cells[at + ZoneCount.NXDOMAIN]++;
    else if (rcode === Rcode.SERVFAIL) cells[at + ZoneCount.SERVFAIL]++;
    else if (rcode === Rcode.REFUSED) cells[at + ZoneCount.REFUSED]++;
  }
}

/** The first row that is free, from 1 on; the rows of zones that are gone are given again. */
export class ZoneRows {
  readonly #free: number[] = [];
  #next = NO_ROW + 1;

  /** NO_ROW when there are none left. */
  take(): number {
    const row = this.#free.pop();
    if (row !== undefined) return row;
    return this.#next < ROWS ? this.#next++ : NO_ROW;
  }

  /** Gives a row back once no thread writes to it any more. */
  free(row: number): void {
    if (row !== NO_ROW) this.#free.push(row);
  }
}
