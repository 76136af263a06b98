/** What /status says of routes: times as everywhere else in it, and what stands where. */

import type { Peer } from "../../anycast/announcer.ts";
import type { Standing } from "../../anycast/fleet/standing.ts";
import type { FleetView } from "../../anycast/fleet/view.ts";
import type { WatchedHealth } from "../../anycast/health/watch.ts";
import type { Level } from "../../anycast/level.ts";
import type { Moment } from "../../anycast/moment.ts";
import type { FleetSource } from "../zonesource.ts";

/** Each prefix: how it is announced, and what its checks say. */
export function prefixStatus(
  health: ReadonlyMap<string, WatchedHealth>,
  announced: ReadonlyMap<string, Level>,
): unknown[] {
  return [...health].map(([prefix, { since, until, checks, ...rest }]) => ({
    prefix,
    level: announced.get(prefix) ?? "off",
    ...rest,
    since: iso(since),
    until: until && iso(until),
    checks: checks.map(({ check, last }) => ({ check, at: last && iso(last.at), ...last?.outcome })),
  }));
}

/** Each router: whether it takes what it is told, and what it was told. */
export function peerStatus(peers: readonly Peer[]): unknown[] {
  return peers.map(({ announced, since, ...peer }) => ({
    ...peer,
    since: iso(since),
    announced: announced.map(({ prefix, level }) => ({ prefix: prefix.text, level })),
  }));
}

/** What was heard of the POPs, this one too: what it goes by when it asks the fleet. */
export function whatIsKnown(view: FleetView, now: Moment): object {
  const pops = view.services().flatMap((service) =>
    view.members(service, now).map(({ pop, live, quiet, standing }) => ({
      ...{ pop, service, live, heard: iso(now.date - quiet) },
      ...{ phase: standing.phase, prefixes: standing.prefixes, ask: standing.ask },
    })),
  );
  return { known: view.fresh(now), pops };
}

/** Why reports or orders do not come. */
export function missing({ unheard, unordered }: FleetSource): object {
  return { unheard, unordered };
}

function iso(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}

/** What others should hear of at once. Words in which seconds are counted down are another each second: they can wait. */
export function essenceOf(standings: readonly Standing[]): string {
  return JSON.stringify(standings, (key, value) =>
    key === "why" && typeof value === "string" ? value.replaceAll(/\d+/g, "") : value,
  );
}
