/** Zones as metrics: a bounded number of series, however many zones there are. */

import { type Family, type Sample, samples, single } from "./family.ts";
import type { Row } from "./top.ts";
import type { OwnSeries, ZoneTally } from "./zones.ts";

/** The label of all zones without series of their own: no name, as those end in a dot. */
const OTHER = "other";

export function zoneFamilies({ own, others, states, troubled, firstExpiry, longestUnconfirmed }: ZoneTally): Family[] {
  const rows: readonly [string, Row][] = [
    ...own.map(({ zone, counts }) => [zone, counts] as [string, Row]),
    [OTHER, others],
  ];
  const each = (name: string, help: string, read: (zone: OwnSeries) => number | undefined): Family => ({
    ...{ name, help, type: "gauge" },
    values: own.flatMap((one) => valued({ zone: one.zone }, read(one))),
  });
  return [
    {
      name: "zonecast_zones",
      type: "gauge",
      help: "Zones: served as their newest version is (serving), as an older one (stale), or not at all (failed).",
      values: samples("state", states),
    },
    {
      name: "zonecast_zone_queries_total",
      type: "counter",
      help: 'Queries to the busiest zones that had a response; "other" is all other zones.',
      values: rows.map(([zone, [queries]]) => ({ labels: { zone }, value: queries })),
    },
    {
      name: "zonecast_zone_responses_total",
      type: "counter",
      help: "Responses for the busiest zones, by response code; NOERROR has all that are not told apart.",
      values: rows.flatMap(([zone, row]) => samples("rcode", rcodes(row), { zone })),
    },
    each("zonecast_zone_serial", "The SOA serial that is served.", ({ serial }) => serial),
    each(
      "zonecast_zone_confirmed_timestamp_seconds",
      "When it was last known that what is served is the newest that the source has.",
      ({ confirmed }) => seconds(confirmed),
    ),
    each(
      "zonecast_zone_rrsig_expiry_timestamp_seconds",
      "When the first signature of a signed zone expires.",
      ({ expires }) => expires,
    ),
    each("zonecast_zone_load_seconds", "How long it took to compile what is served.", ({ milliseconds }) =>
      seconds(milliseconds),
    ),
    each(
      "zonecast_zone_rollout",
      "1 for zones of which a rollout is under way: POPs may serve different versions.",
      ({ rollout }) => (rollout ? 1 : undefined),
    ),
    {
      name: "zonecast_zone_stale",
      type: "gauge",
      help: "1 for zones that are stale or have failed; the first ones, if there are many.",
      values: troubled.map((zone) => ({ labels: { zone }, value: 1 })),
    },
    single(
      "zonecast_nearest_rrsig_expiry_timestamp_seconds",
      "gauge",
      "When the first signature of all zones expires.",
      firstExpiry,
    ),
    single(
      "zonecast_oldest_zone_confirmed_timestamp_seconds",
      "gauge",
      "When the zone was last confirmed to be the newest that was not for the longest time.",
      seconds(longestUnconfirmed),
    ),
  ];
}

function rcodes([queries, NXDOMAIN, SERVFAIL, REFUSED]: Row): Record<string, number> {
  // A thread may be between two of these.
  return { NOERROR: Math.max(0, queries - NXDOMAIN - SERVFAIL - REFUSED), NXDOMAIN, SERVFAIL, REFUSED };
}

function valued(labels: Sample["labels"], value: number | undefined): Sample[] {
  return value === undefined ? [] : [{ labels, value }];
}

function seconds(milliseconds: number | undefined): number | undefined {
  return milliseconds === undefined ? undefined : milliseconds / 1000;
}
