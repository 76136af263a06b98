/** Connections of a kind, as metrics: over TCP, and those that talk TLS. */

import type { ConnectionCounts } from "../../answer/counters.ts";
import { type Family, samples, single } from "./family.ts";

/** Names of metrics, whole, so that they are found where they are looked for. */
export interface ConnectionNames {
  readonly open: string;
  readonly opened: string;
  readonly ended: string;
}

/** `title`: as it is in sentences. */
export function connectionFamilies(
  names: ConnectionNames,
  title: string,
  counts: ConnectionCounts,
  sums: Float64Array,
): Family[] {
  return [
    single(names.open, "gauge", `${title} that are open.`, sums[counts.open]),
    single(names.opened, "counter", `${title} that were taken.`, sums[counts.opened]),
    {
      name: names.ended,
      type: "counter",
      help:
        `${title} that were ended before their time: to make room for a new one (total), or for one of the same client ` +
        "(per_client); a message took too long (message); replies were not read (unread).",
      values: samples("reason", {
        total: sums[counts.gaveWay],
        per_client: sums[counts.gaveWayClient],
        message: sums[counts.slow],
        unread: sums[counts.unread],
      }),
    },
  ];
}
