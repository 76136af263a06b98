/**
 * What a thread has counted: numbers in shared memory, written by that thread alone and read by others at any time.
 * Doubles, for 32 bits are full after some hours and 64-bit integers are allocated; whole up to 2^53.
 */

import { RrType } from "../wire/rrtype.ts";

/** Types counted one by one, and one more for all above. */
export const TYPES: number = RrType.CAA + 2;
/** Response codes 0 to 23, those of EDNS included (RFC 6891 §6.1.3), and one more for all above. */
export const RCODES = 25;

/** By what a query came; rows of counts that are told apart by it follow each other in this order. */
export const Way = { UDP4: 0, UDP6: 1, TCP4: 2, TCP6: 3, TLS4: 4, TLS6: 5 } as const;
const WAYS = 6;

/** Sizes of messages are counted in classes of 16 octets, as RSSAC002 has them; one more class is of 4,096 and above. */
export const SIZE_CLASS = 16;
export const SIZES: number = 4096 / SIZE_CLASS + 1;

/** Upper bounds of the classes of time, in milliseconds: three a decade, from 1 µs to 100 ms; one more class is above. */
export const TIMES: readonly number[] = [
  ...[0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5],
  ...[1, 2, 5, 10, 20, 50, 100],
];

/** Where rows begin; single counts come before. */
const ROWS = 64;

/** Where each count, or row of counts, stands. */
export const Count = {
  /** Queries taken, by transport and family of the client: see Way. */
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
  /** Cookies that came (RFC 7873 §5.2): without a server's part, with one that is ours and good, with any other. */
  COOKIE_CLIENT: 11,
  COOKIE_VALID: 12,
  COOKIE_INVALID: 13,
  /** TCP connections: open now, taken since the start, and those that gave way to a new one, of anybody or of the same client. */
  TCP_OPEN: 14,
  TCP_OPENED: 15,
  TCP_GAVE_WAY: 16,
  TCP_GAVE_WAY_CLIENT: 17,
  /** The time of all queries together, in milliseconds, and how many queries took how long, by TIMES. */
  TIME: 18,
  TIMES: 19,
  /** TCP connections that were ended: a message did not come to its end, replies were not read. */
  TCP_SLOW: 36,
  TCP_UNREAD: 37,
  /** Datagrams that were not answered as they had waited for too long behind others. */
  SHED: 38,
  /** Queries of whom the ACL denies, that were refused and that were dropped; and TCP connections closed for it. */
  DENIED_REFUSED: 39,
  DENIED_DROPPED: 40,
  DENIED_TCP: 41,
  /** Replies that were one too many for a prefix: not sent, sent short, answered by BADCOOKIE, and sent as only a log is wanted. */
  LIMIT_DROPPED: 42,
  LIMIT_SLIPPED: 43,
  LIMIT_COOKIES: 44,
  LIMIT_LOGGED: 45,
  /** The gate of a thread: shut or not; datagrams that were kept out while it was, or lost for lack of room. */
  GATE_SHUT: 46,
  GATE_KEPT_OUT: 47,
  /** Replies, by way and response code. */
  RCODE: ROWS,
  /** Well-formed questions, by way and type. */
  TYPE: ROWS + WAYS * RCODES,
  /** Sizes of queries that had a reply, and of the replies, over UDP, and of both over TCP: four rows of SIZES. */
  SIZE: ROWS + WAYS * RCODES + WAYS * TYPES,
} as const;

/** Behind all of these is what is counted of TLS. */
const TLS = Count.SIZE + 4 * SIZES;

export const TlsCount = {
  /** Queries taken, by the client's family. */
  QUERIES4: TLS,
  QUERIES6: TLS + 1,
  /** Connections, as those over TCP are counted. */
  OPEN: TLS + 2,
  OPENED: TLS + 3,
  GAVE_WAY: TLS + 4,
  GAVE_WAY_CLIENT: TLS + 5,
  SLOW: TLS + 6,
  UNREAD: TLS + 7,
  /** What became of handshakes: whole ones, those by a ticket, and those that came to nothing (transport/handshakes.ts). */
  FULL: TLS + 8,
  RESUMED: TLS + 9,
  FAILED: TLS + 10,
  LATE: TLS + 11,
  DISPLACED: TLS + 12,
} as const;

/** Where the queries of each way are counted. */
export const QUERIES: readonly number[] = [
  ...[Count.UDP4, Count.UDP6, Count.TCP4, Count.TCP6],
  ...[TlsCount.QUERIES4, TlsCount.QUERIES6],
];

/** Where connections of a kind are counted: those of TCP, and those that talk TLS over it. */
export interface ConnectionCounts {
  readonly open: number;
  readonly opened: number;
  readonly gaveWay: number;
  readonly gaveWayClient: number;
  readonly slow: number;
  readonly unread: number;
}

export const TCP_COUNTS: ConnectionCounts = {
  ...{ open: Count.TCP_OPEN, opened: Count.TCP_OPENED },
  ...{ gaveWay: Count.TCP_GAVE_WAY, gaveWayClient: Count.TCP_GAVE_WAY_CLIENT },
  ...{ slow: Count.TCP_SLOW, unread: Count.TCP_UNREAD },
};

export const TLS_COUNTS: ConnectionCounts = {
  ...{ open: TlsCount.OPEN, opened: TlsCount.OPENED },
  ...{ gaveWay: TlsCount.GAVE_WAY, gaveWayClient: TlsCount.GAVE_WAY_CLIENT },
  ...{ slow: TlsCount.SLOW, unread: TlsCount.UNREAD },
};

const CELLS = TlsCount.DISPLACED + 1;

/** Octets of shared memory that a thread's counts take. */
export const COUNTS_BYTES: number = CELLS * 8;

export class Counters {
  readonly cells: Float64Array;
  /** Where the rows of the way that queries come by at the moment begin. */
  #rcodes: number = Count.RCODE;
  #types: number = Count.TYPE;
  #sizes: number = Count.SIZE;

  constructor(shared: SharedArrayBuffer | ArrayBuffer = new ArrayBuffer(COUNTS_BYTES)) {
    this.cells = new Float64Array(shared);
  }

  /** Counts queries that have come by a way; what is answered next has come by it, too. */
  take(way: number, queries: number): void {
    this.cells[QUERIES[way]] += queries;
    this.#rcodes = Count.RCODE + way * RCODES;
    this.#types = Count.TYPE + way * TYPES;
    this.#sizes = way < Way.TCP4 ? Count.SIZE : Count.SIZE + 2 * SIZES;
  }

  /** Counts a well-formed question by its type. */
  question(type: number): void {
    this.cells[this.#types + (type < TYPES ? type : TYPES - 1)]++;
  }

  /** Counts a reply by its response code, the whole one of EDNS. */
  reply(rcode: number): void {
    this.cells[this.#rcodes + (rcode < RCODES ? rcode : RCODES - 1)]++;
  }

  /** Counts a query and its reply by their octets. */
  sizes(query: number, reply: number): void {
    const { cells } = this;
    cells[this.#sizes + (query < 4096 ? query >>> 4 : SIZES - 1)]++;
    cells[this.#sizes + SIZES + (reply < 4096 ? reply >>> 4 : SIZES - 1)]++;
  }

  /**
   * Counts the time of queries that were taken together, each with an even share of it: from when they had been read
   * until the replies to all of them were the kernel's. A clock is taken twice for all of them, not for each.
   */
  time(queries: number, milliseconds: number): void {
    const { cells } = this;
    const share = milliseconds / queries;
    let at = 0;
    while (at < TIMES.length && share > TIMES[at]) at++;
    cells[Count.TIMES + at] += queries;
    cells[Count.TIME] += milliseconds;
  }
}
