/** Makes the view of a fleet at one moment from what was heard: pure. */

import type { Heads } from "./heads.ts";
import { type Known, type Moment, type PopView, viewOf } from "./popstate.ts";
import type { FleetSnapshot } from "./snapshot.ts";
import { pushViews, zonesToShow, zoneView } from "./zoneview.ts";

/** Zones that are shown when it is not said how many: each has a cell for every POP. */
export const ZONES_SHOWN = 50;

export interface FleetFacts {
  readonly store: FleetSnapshot["store"];
  readonly epoch: string | undefined;
  readonly heads: Heads;
  /** By name. */
  readonly pops: readonly Known[];
  readonly moment: Moment;
}

export interface SnapshotOptions {
  /** How many zones. */
  readonly zones?: number;
  /** Only zones with this text in their names. */
  readonly search?: string;
}

export function fleetSnapshot(facts: FleetFacts, options: SnapshotOptions = {}): FleetSnapshot {
  const { store, epoch, heads, pops, moment } = facts;
  const views = pops.map((known) => viewOf(known, heads, epoch, moment));
  return {
    at: new Date(moment.date).toISOString(),
    store,
    pops: views.map(({ snapshot }) => snapshot),
    zoneCount: heads.count,
    zones: chosen(heads, views, options).map((head) => zoneView(head, views)),
    pushes: pushViews(heads, views),
  };
}

function chosen(heads: Heads, views: readonly PopView[], { zones = ZONES_SHOWN, search }: SnapshotOptions) {
  if (search === undefined || search === "") return zonesToShow(heads, views, zones);
  return heads.matching(search, zones).flatMap((name) => heads.get(name) ?? []);
}
