/** DNS over TLS, as metrics: connections, handshakes, and when the certificate ends. */

import { Count } from "../../answer/counters.ts";
import { sumsOf } from "../counts.ts";
import type { AnswerThread } from "../threads.ts";
import { type Family, samples, single } from "./family.ts";

/** None of a server that has no TLS. */
export function tlsFamilies(threads: readonly Pick<AnswerThread, "setup" | "counters">[]): Family[] {
  const held = threads.find(({ setup }) => setup.tls !== undefined)?.setup.tls?.held;
  if (held === undefined) return [];
  const sums = sumsOf(threads.map(({ counters }) => counters));
  return [
    single("zonecast_tls_connections", "gauge", "Connections over TLS that are open.", sums[Count.TLS_OPEN]),
    single("zonecast_tls_connections_total", "counter", "Connections for TLS that were taken.", sums[Count.TLS_OPENED]),
    {
      name: "zonecast_tls_refused_total",
      type: "counter",
      help: "Connections for TLS that were closed at once: one too many in all (total), or of one client (per_client).",
      values: samples("reason", { total: sums[Count.TLS_REFUSED], per_client: sums[Count.TLS_REFUSED_CLIENT] }),
    },
    {
      name: "zonecast_tls_handshakes_total",
      type: "counter",
      help:
        "Handshakes of TLS: whole ones (full), by a ticket (resumed); and those that came to nothing: no TLS, or the client " +
        "went (failed), over their time (late), cut for newer ones as there were too many (displaced).",
      values: samples("result", {
        full: sums[Count.TLS_FULL],
        resumed: sums[Count.TLS_RESUMED],
        failed: sums[Count.TLS_FAILED],
        late: sums[Count.TLS_LATE],
        displaced: sums[Count.TLS_DISPLACED],
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
