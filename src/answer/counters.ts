/**
 * What a thread has counted: numbers in shared memory, written by that thread alone and read by others at any time.
 * Doubles, for 32 bits are full after some hours and 64-bit integers are allocated; whole up to 2^53.
 */

import { RrType } from "../wire/rrtype.ts";

/** Types counted one by one, and one more for all above. */
export const TYPES: number = RrType.CAA + 2;
/** Response codes 0 to 23, those of EDNS included (RFC 6891 §6.1.3), and one more for all above. */
export const RCODES = 25;

/** Where each count, or row of counts, stands. */
export const Count = {
  /** Queries taken, by transport and family of the client. */
  UDP4: 0,
  UDP6: 1,
  TCP4: 2,
  TCP6: 3,
  /** Queries with EDNS, and those of them with DO. */
  EDNS: 4,
  DNSSEC_OK: 5,
  /** Replies with TC. */
  TRUNCATED: 6,
  /** Datagrams and messages without a reply: forged sources, no queries at all, faults of ours, and replies the kernel did not take. */
  FORGED: 7,
  NOT_A_QUERY: 8,
  FAULT: 9,
  UNSENT: 10,
  /** Replies, by response code. */
  RCODE: 16,
  /** Well-formed questions, by their type. */
  TYPE: 16 + RCODES,
} as const;

const CELLS = Count.TYPE + TYPES;

/** Octets of shared memory that a thread's counts take. */
export const COUNTS_BYTES: number = CELLS * 8;

export class Counters {
  readonly cells: Float64Array;

  constructor(shared: SharedArrayBuffer | ArrayBuffer = new ArrayBuffer(COUNTS_BYTES)) {
    this.cells = new Float64Array(shared);
  }

  /** Counts a well-formed question by its type. */
  question(type: number): void {
    this.cells[Count.TYPE + (type < TYPES ? type : TYPES - 1)]++;
  }

  /** Counts a reply by its response code, the whole one of EDNS. */
  reply(rcode: number): void {
    this.cells[Count.RCODE + (rcode < RCODES ? rcode : RCODES - 1)]++;
  }
}
