/** DNS over TLS, as metrics: connections, handshakes, and when the certificate ends. */

import { TLS_COUNTS, TlsCount } from "../../answer/counters.ts";
import { sumsOf } from "../counts.ts";
import type { AnswerThread } from "../threads.ts";
import { connectionFamilies } from "./connections.ts";
import { type Family, samples, single } from "./family.ts";

const CONNECTIONS = {
  open: "zonecast_tls_connections",
  opened: "zonecast_tls_connections_total",
  ended: "zonecast_tls_ended_total",
};

/** None of a server that has no TLS. */
export function tlsFamilies(threads: readonly Pick<AnswerThread, "setup" | "counters">[]): Family[] {
  const held = threads.find(({ setup }) => setup.tls !== undefined)?.setup.tls?.held;
  if (held === undefined) return [];
  const sums = sumsOf(threads.map(({ counters }) => counters));
  return [
    ...connectionFamilies(CONNECTIONS, "Connections for TLS, in handshakes or through them,", TLS_COUNTS, sums),
    {
      name: "zonecast_tls_handshakes_total",
      type: "counter",
      help:
        "Handshakes of TLS: whole ones (full), by a ticket (resumed); and those that came to nothing: no TLS, or the client " +
        "went (failed), over their time (late), cut for newer ones as there were too many (displaced).",
      values: samples("result", {
        full: sums[TlsCount.FULL],
        resumed: sums[TlsCount.RESUMED],
        failed: sums[TlsCount.FAILED],
        late: sums[TlsCount.LATE],
        displaced: sums[TlsCount.DISPLACED],
      }),
    },
    single(
      "zonecast_tls_certificate_expiry_timestamp_seconds",
      "gauge",
      "When the certificate for TLS that is shown to clients ends, in seconds since 1970.",
      held.now.ends / 1000,
    ),
  ];
}
