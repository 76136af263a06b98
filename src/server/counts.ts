/** The counts of the answering threads, added up and named. */

import { Count, Counters, QUERIES, RCODES, TlsCount, TYPES, Way } from "../answer/counters.ts";
import { Rcode } from "../wire/header.ts";
import { typeToText } from "../wire/rrtype.ts";

const RCODE_NAMES = new Map<number, string>(Object.entries(Rcode).map(([name, rcode]) => [rcode, name]));

/** What all threads have counted since the start; of rows of counts, those that are not 0. */
export interface Counts {
  readonly queries: Readonly<Record<"udp4" | "udp6" | "tcp4" | "tcp6" | "tls4" | "tls6", number>>;
  readonly edns: number;
  readonly dnssecOk: number;
  readonly truncated: number;
  readonly dropped: {
    readonly forged: number;
    readonly notAQuery: number;
    readonly fault: number;
    readonly unsent: number;
    readonly shed: number;
    /** Denied by the ACL. */
    readonly denied: number;
  };
  /** Whom the ACL denies: queries that were refused, and TCP connections that were closed at once. */
  readonly denied: { readonly refused: number; readonly connections: number };
  /** Threads whose gate is shut now, and the datagrams that were dropped while gates were. */
  readonly gate: { readonly shut: number; readonly keptOut: number };
  /** Replies that were one too many for a prefix: not sent, sent short with TC or as errors are, answered by BADCOOKIE; and
   * sent as log-only says. */
  readonly limited: {
    readonly dropped: number;
    readonly slipped: number;
    readonly badcookie: number;
    readonly logged: number;
  };
  /** By name; "RCODE23" where there is none, "OTHER" for all that are not counted one by one. */
  readonly rcodes: Readonly<Record<string, number>>;
  readonly types: Readonly<Record<string, number>>;
}

export function countsOf(threads: Iterable<Counters>): Counts {
  const sums = sumsOf(threads);
  return {
    queries: {
      ...{ udp4: sums[Count.UDP4], udp6: sums[Count.UDP6] },
      ...{ tcp4: sums[Count.TCP4], tcp6: sums[Count.TCP6] },
      ...{ tls4: sums[TlsCount.QUERIES4], tls6: sums[TlsCount.QUERIES6] },
    },
    edns: sums[Count.EDNS],
    dnssecOk: sums[Count.DNSSEC_OK],
    truncated: sums[Count.TRUNCATED],
    dropped: {
      forged: sums[Count.FORGED],
      notAQuery: sums[Count.NOT_A_QUERY],
      fault: sums[Count.FAULT],
      unsent: sums[Count.UNSENT],
      shed: sums[Count.SHED],
      denied: sums[Count.DENIED_DROPPED],
    },
    denied: { refused: sums[Count.DENIED_REFUSED], connections: sums[Count.DENIED_TCP] },
    gate: { shut: sums[Count.GATE_SHUT], keptOut: sums[Count.GATE_KEPT_OUT] },
    limited: limitedOf(sums),
    rcodes: added(WAYS.map((way) => rcodesOf(sums, way))),
    types: added(WAYS.map((way) => typesOf(sums, way))),
  };
}

/** What became of replies that were one too many, as Counts.limited. */
export function limitedOf(sums: Float64Array): Counts["limited"] {
  return {
    dropped: sums[Count.LIMIT_DROPPED],
    slipped: sums[Count.LIMIT_SLIPPED],
    badcookie: sums[Count.LIMIT_COOKIES],
    logged: sums[Count.LIMIT_LOGGED],
  };
}

const WAYS: readonly number[] = Object.values(Way);

/** Queries that threads have taken so far, by these ways: for who samples them, a few cells and no names. */
export function takenBy(threads: Iterable<{ readonly counters: Counters }>, ways: readonly number[] = WAYS): number {
  let sum = 0;
  for (const { counters } of threads) for (const way of ways) sum += counters.cells[QUERIES[way]];
  return sum;
}

/** The cells of all threads, added up. */
export function sumsOf(threads: Iterable<Counters>): Float64Array {
  const sums = new Counters().cells;
  for (const { cells } of threads) for (let i = 0; i < sums.length; i++) sums[i] += cells[i];
  return sums;
}

/** Replies to queries that came by a way: by response code, as Counts.rcodes. */
export function rcodesOf(sums: Float64Array, way: number): Record<string, number> {
  const from = Count.RCODE + way * RCODES;
  const nameOf = (rcode: number) => RCODE_NAMES.get(rcode) ?? `RCODE${rcode}`;
  return row(sums.subarray(from, from + RCODES), nameOf);
}

/** Well-formed questions that came by a way: by type, as Counts.types. */
export function typesOf(sums: Float64Array, way: number): Record<string, number> {
  const from = Count.TYPE + way * TYPES;
  return row(sums.subarray(from, from + TYPES), typeToText);
}

/** The last one is of all that are not counted one by one. */
function row(counts: Float64Array, nameOf: (i: number) => string): Record<string, number> {
  const named: Record<string, number> = {};
  counts.forEach((count, i) => {
    if (count > 0) named[i === counts.length - 1 ? "OTHER" : nameOf(i)] = count;
  });
  return named;
}

function added(rows: readonly Record<string, number>[]): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const one of rows) for (const [name, count] of Object.entries(one)) sums[name] = (sums[name] ?? 0) + count;
  return sums;
}
