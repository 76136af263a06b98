/** How the central store is followed, as metrics. */

import type { StoreFacts } from "../zonesource.ts";
import { type Family, single } from "./family.ts";

export function storeFamilies(facts: StoreFacts): Family[] {
  const { connected, heard, position, working, refusals, missing, lastServingMs } = facts;
  const gauge = (name: string, help: string, value: number | undefined) =>
    single(`zonecast_store_${name}`, "gauge", help, value);
  return [
    gauge("connected", "1 while the store can be reached.", connected ? 1 : 0),
    gauge(
      "heard_timestamp_seconds",
      "When the store last said anything, or took a report.",
      heard === undefined ? undefined : heard / 1000,
    ),
    gauge("position", "All changes of the store up to this one are served, or refused.", position),
    gauge("zones_working", "Zones that are on their way: fetched or compiled.", working),
    gauge("refusals", "Zones whose newest version in the store is refused.", refusals),
    gauge("missing", "Zones that are served although the store has them no more, without a signed removal.", missing),
    gauge(
      "last_change_seconds",
      "Of the last version that was taken: how long it took from its manifest until it was served.",
      lastServingMs === undefined ? undefined : lastServingMs / 1000,
    ),
  ];
}
