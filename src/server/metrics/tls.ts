/** DNS over TLS, as metrics: connections, handshakes, and when the certificate ends. */

import { TlsCount } from "../../answer/counters.ts";
import { sumsOf } from "../counts.ts";
import type { AnswerThread } from "../threads.ts";
import { type Family, samples, single } from "./family.ts";

/** None of a server that has no TLS. */
export function tlsFamilies(threads: readonly Pick<AnswerThread, "setup" | "counters">[]): Family[] {
  const held = threads.find(({ setup }) => setup.tls !== undefined)?.setup.tls?.held;
  if (held === undefined) return [];
  const sums = sumsOf(threads.map(({ counters }) => counters));
  return [
    single("zonecast_tls_connections", "gauge", "Connections over TLS that are open.", sums[TlsCount.OPEN]),
    single("zonecast_tls_connections_total", "counter", "Connections for TLS that were taken.", sums[TlsCount.OPENED]),
    {
      name: "zonecast_tls_ended_total",
      type: "counter",
      help: "Connections for TLS that were ended before their time: as zonecast_tcp_ended_total, handshakes included.",
      values: samples("reason", {
        total: sums[TlsCount.GAVE_WAY],
        per_client: sums[TlsCount.GAVE_WAY_CLIENT],
        message: sums[TlsCount.SLOW],
        unread: sums[TlsCount.UNREAD],
      }),
    },
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
