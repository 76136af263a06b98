/** The counts of the answering threads, added up and named. */

import { Count, type Counters, RCODES, TYPES } from "../answer/counters.ts";
import { Rcode } from "../wire/header.ts";
import { typeToText } from "../wire/rrtype.ts";

const RCODE_NAMES = new Map<number, string>(Object.entries(Rcode).map(([name, rcode]) => [rcode, name]));

/** What all threads have counted since the start; of rows of counts, those that are not 0. */
export interface Counts {
  readonly queries: { readonly udp4: number; readonly udp6: number; readonly tcp4: number; readonly tcp6: number };
  readonly edns: number;
  readonly dnssecOk: number;
  readonly truncated: number;
  readonly dropped: {
    readonly forged: number;
    readonly notAQuery: number;
    readonly fault: number;
    readonly unsent: number;
  };
  /** By name; "RCODE23" where there is none, "OTHER" for all that are not counted one by one. */
  readonly rcodes: Readonly<Record<string, number>>;
  readonly types: Readonly<Record<string, number>>;
}

export function countsOf(threads: Iterable<Counters>): Counts {
  const sums = new Float64Array(Count.TYPE + TYPES);
  for (const { cells } of threads) for (let i = 0; i < sums.length; i++) sums[i] += cells[i];
  return {
    queries: { udp4: sums[Count.UDP4], udp6: sums[Count.UDP6], tcp4: sums[Count.TCP4], tcp6: sums[Count.TCP6] },
    edns: sums[Count.EDNS],
    dnssecOk: sums[Count.DNSSEC_OK],
    truncated: sums[Count.TRUNCATED],
    dropped: {
      forged: sums[Count.FORGED],
      notAQuery: sums[Count.NOT_A_QUERY],
      fault: sums[Count.FAULT],
      unsent: sums[Count.UNSENT],
    },
    rcodes: row(
      sums.subarray(Count.RCODE, Count.TYPE),
      RCODES - 1,
      (rcode) => RCODE_NAMES.get(rcode) ?? `RCODE${rcode}`,
    ),
    types: row(sums.subarray(Count.TYPE), TYPES - 1, typeToText),
  };
}

function row(counts: Float64Array, other: number, nameOf: (i: number) => string): Record<string, number> {
  const named: Record<string, number> = {};
  counts.forEach((count, i) => {
    if (count > 0) named[i === other ? "OTHER" : nameOf(i)] = count;
  });
  return named;
}
