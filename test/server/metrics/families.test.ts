/** Routes and the store as metrics: from facts as their keepers have them. */

import { expect, test } from "vitest";
import type { Family } from "../../../src/server/metrics/family.ts";
import { routeFamilies } from "../../../src/server/metrics/routes.ts";
import { storeFamilies } from "../../../src/server/metrics/store.ts";

const linesOf = (families: readonly Family[]) =>
  families.flatMap(({ name, values }) =>
    values.map(({ labels, value }) => `${name} ${Object.values(labels).join(" ")} ${value}`.replace("  ", " ")),
  );

const prefix = "198.51.100.0/24";
const standing = {
  ...{ service: "ns1", prefixes: [{ prefix, level: "draining" as const }], phase: "draining" },
  ...{ why: undefined, ask: undefined, plan: { to: "drain" as const, by: "anna", at: 0 } },
};

test("a prefix has a series for each state it may be in, and is in one", () => {
  const families = routeFamilies({
    standings: [standing],
    health: new Map([[prefix, { verdict: "good" as const }]]),
    peers: [{ name: "192.0.2.1@179", state: "up", since: 0, why: undefined, tries: 0, announced: [] }],
    transitions: new Map([
      [`${prefix} up`, 2],
      [`${prefix} draining`, 1],
    ]),
  });
  expect(linesOf(families)).toEqual([
    `zonecast_prefix_health ${prefix} ns1 good 1`,
    `zonecast_prefix_health ${prefix} ns1 wrong 0`,
    `zonecast_prefix_health ${prefix} ns1 dead 0`,
    `zonecast_prefix_announced ${prefix} ns1 up 0`,
    `zonecast_prefix_announced ${prefix} ns1 reserve 0`,
    `zonecast_prefix_announced ${prefix} ns1 draining 1`,
    `zonecast_prefix_announced ${prefix} ns1 off 0`,
    `zonecast_route_transitions_total ${prefix} ns1 up 2`,
    `zonecast_route_transitions_total ${prefix} ns1 reserve 0`,
    `zonecast_route_transitions_total ${prefix} ns1 draining 1`,
    `zonecast_route_transitions_total ${prefix} ns1 off 0`,
    "zonecast_plan ns1 serve 0",
    "zonecast_plan ns1 drain 1",
    "zonecast_plan ns1 reserve 0",
    "zonecast_bgp_peer_up 192.0.2.1@179 1",
  ]);
});

test("the store, in seconds; what is not known has no series", () => {
  const facts = { connected: true, position: 42, working: 1, refusals: 2, missing: 3 };
  expect(linesOf(storeFamilies({ ...facts, heard: 1_700_000_000_500, lastServingMs: 250 }))).toEqual([
    "zonecast_store_connected 1",
    "zonecast_store_heard_timestamp_seconds 1700000000.5",
    "zonecast_store_position 42",
    "zonecast_store_zones_working 1",
    "zonecast_store_refusals 2",
    "zonecast_store_missing 3",
    "zonecast_store_last_change_seconds 0.25",
  ]);
  const unknown = { connected: false, heard: undefined, position: undefined, lastServingMs: undefined };
  expect(linesOf(storeFamilies({ ...facts, ...unknown }))).toEqual([
    "zonecast_store_connected 0",
    "zonecast_store_zones_working 1",
    "zonecast_store_refusals 2",
    "zonecast_store_missing 3",
  ]);
});
