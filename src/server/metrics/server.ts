/** The process and its threads, as metrics. */

import type { Serving } from "../status.ts";
import { type Family, single } from "./family.ts";

export function serverFamilies({ version, started, ready, threads }: Serving): Family[] {
  const labels = threads.map(({ setup, number }) => ({ worker: `${number}`, kind: setup.kind }));
  return [
    { name: "zonecast_info", type: "gauge", help: "Always 1.", values: [{ labels: { version }, value: 1 }] },
    single("zonecast_start_time_seconds", "gauge", "When the server was started.", started / 1000),
    single("zonecast_ready", "gauge", "1 once all zones are loaded and all addresses answer.", ready ? 1 : 0),
    {
      name: "zonecast_worker_up",
      type: "gauge",
      help: "1 while the thread answers; 0 while it starts, hangs, or is dead.",
      values: threads.map(({ standing }, i) => ({ labels: labels[i], value: standing === "answering" ? 1 : 0 })),
    },
    {
      name: "zonecast_worker_restarts_total",
      type: "counter",
      help: "How often another thread had to take the place of one that died or hung.",
      values: threads.map(({ restarts }, i) => ({ labels: labels[i], value: restarts })),
    },
  ];
}
