/** The fleet as the page gets it: a snapshot made smaller, with the places of POPs on the map. */

import type { Cell, FleetSnapshot, PopSnapshot, PushSnapshot, ZoneSnapshot } from "../sync/fleetview/snapshot.ts";
import { placeOnMap } from "./worldmap.ts";

/** Zones that are sent unasked, and pushes; a search gives others. */
export const ZONES_SHOWN = 100;
const PUSHES_SHOWN = 12;
/** POPs of a push or a zone that are named, in a fleet of a thousand. */
const CELLS_SHOWN = 40;

export type PopView = PopSnapshot & { readonly spot: readonly [number, number] | undefined };

export interface ZoneView extends Omit<ZoneSnapshot, "cells"> {
  /** How many POPs stand how with it. */
  readonly counts: Readonly<Record<Cell["state"], number>>;
  /** Those that do not serve it as they should. */
  readonly cells: readonly Cell[];
}

export interface FleetView extends Omit<FleetSnapshot, "pops" | "zones"> {
  /** The name of the POP whose page it is; none at the centre. */
  readonly here: string | undefined;
  readonly pops: readonly PopView[];
  readonly zones: readonly ZoneView[];
}

/** What has changed since a view; what is absent has not. */
export interface FleetUpdate {
  readonly at: string;
  readonly store?: FleetView["store"];
  readonly pops?: readonly PopView[];
  readonly gone?: readonly string[];
  readonly zoneCount?: number;
  readonly zones?: readonly ZoneView[];
  readonly pushes?: readonly PushSnapshot[];
}

/** The page's view of a snapshot. */
export function viewOf(snapshot: FleetSnapshot, here?: string): FleetView {
  return {
    ...snapshot,
    here,
    pops: snapshot.pops.map(popView),
    zones: snapshot.zones.map(zoneView),
    pushes: snapshot.pushes.slice(0, PUSHES_SHOWN).map(pushView),
  };
}

function popView(pop: PopSnapshot): PopView {
  const place = pop.vitals?.place;
  return { ...pop, spot: place && placeOnMap(place.latitude, place.longitude) };
}

function zoneView({ cells, ...zone }: ZoneSnapshot): ZoneView {
  const counts = { serves: 0, behind: 0, refuses: 0, away: 0, none: 0 };
  for (const { state } of cells) counts[state] += 1;
  const wrong = cells.filter(({ state }) => state === "behind" || state === "refuses");
  return { ...zone, counts, cells: wrong.slice(0, CELLS_SHOWN) };
}

/** The slowest say when a push is through. */
function pushView(push: PushSnapshot): PushSnapshot {
  const pops = [...push.pops].sort((a, b) => b.servingMs - a.servingMs).slice(0, CELLS_SHOWN);
  return { ...push, pops, missing: push.missing.slice(0, CELLS_SHOWN) };
}

/** What makes `to` of `from`. A thousand POPs that report each 10 s are a hundred changes in a second, not a thousand. */
export function updateOf(from: FleetView, to: FleetView): FleetUpdate {
  const before = new Map(from.pops.map((pop) => [pop.pop, JSON.stringify(pop)]));
  const now = new Set(to.pops.map(({ pop }) => pop));
  const pops = to.pops.filter((pop) => before.get(pop.pop) !== JSON.stringify(pop));
  const gone = [...before.keys()].filter((pop) => !now.has(pop));
  return {
    at: to.at,
    ...(pops.length > 0 ? { pops } : {}),
    ...(gone.length > 0 ? { gone } : {}),
    ...changed("store", from, to),
    ...changed("zoneCount", from, to),
    ...changed("zones", from, to),
    ...changed("pushes", from, to),
  };
}

function changed<K extends keyof FleetView>(key: K, from: FleetView, to: FleetView): Partial<Pick<FleetView, K>> {
  const same = JSON.stringify(from[key]) === JSON.stringify(to[key]);
  return same ? {} : ({ [key]: to[key] } as Pick<FleetView, K>);
}
