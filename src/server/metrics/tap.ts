/** What became of tapped queries, as metrics. */

import type { TapCounts } from "../tap/open.ts";
import type { Family } from "./family.ts";

export function tapFamilies(counts: readonly TapCounts[]): Family[] {
  return [
    {
      name: "zonecast_tap_lines_total",
      type: "counter",
      help: "Lines of the query log, and messages for dnstap, that were written.",
      values: counts.map(({ output, lines }) => ({ labels: { output }, value: lines })),
    },
    {
      name: "zonecast_tap_dropped_total",
      type: "counter",
      help: "Those that were not: the writer was late (ring), too much waited (full), or the reader went (lost).",
      values: counts.flatMap(({ output, dropped }) =>
        Object.entries(dropped).map(([reason, value]) => ({ labels: { output, reason }, value })),
      ),
    },
  ];
}
