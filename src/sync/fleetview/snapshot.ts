/** The fleet at one moment, as data: what zonecast status and the dashboard show. Times are as Date.toISOString. */

import type { Refused } from "../report.ts";
import type { ServiceStanding } from "../standing.ts";
import type { Vitals } from "../vitals.ts";

/**
 * What to say of a POP in one word, the worst first:
 *
 *   silent      not heard for three of its reports
 *   stopped     it has said that it ends, and has not been heard since
 *   starting    heard, and not ready yet
 *   withdrawn   ready, and announces nothing
 *   draining    some prefix is on its way out, or is out while others are announced
 *   stale       announces, and does not serve all that the store has had for it for a while, or refuses some of it
 *   reserve     some prefix is held back for where nobody else is near
 *   announcing  all is well
 */
export type PopState =
  | "silent"
  | "stopped"
  | "starting"
  | "withdrawn"
  | "draining"
  | "stale"
  | "reserve"
  | "announcing";

export interface PopSnapshot {
  readonly pop: string;
  readonly state: PopState;
  /** Why it is not announcing, as a sentence; undefined when it is. */
  readonly why: string | undefined;
  readonly groups: readonly string[];
  readonly release: string;
  /** When its last report came. */
  readonly heard: string;
  readonly services: readonly ServiceStanding[];
  /** Zones that it serves, and its digest of them; `agrees`: it is the one that the store's content gives. */
  readonly zones: number;
  readonly digest: string;
  readonly agrees: boolean;
  /** Zones of which it does not serve what it should, by now; and since when it has been so, if any. */
  readonly behind: number;
  readonly since: string | undefined;
  readonly refusals: number;
  readonly refused: readonly Refused[];
  /** Absent from a POP of an older release. */
  readonly vitals: Vitals | undefined;
}

/** How a POP stands with a zone. */
export interface Cell {
  readonly pop: string;
  /** "away": its word is too old to go by; "none": the zone is not for it. */
  readonly state: "serves" | "behind" | "refuses" | "away" | "none";
  /** What it serves, where that is known. */
  readonly serial: number | undefined;
  readonly why: string | undefined;
}

export interface ZoneSnapshot {
  readonly zone: string;
  /** The version that a rollout is bringing, or that all have. */
  readonly version: number;
  readonly serial: number;
  readonly records: number;
  /** SHA-256 of its text, in hex. */
  readonly digest: string;
  /** When it was published, by whom, and by what action. */
  readonly at: string;
  readonly by: string;
  readonly action: string;
  /** A rollout is under way: its wave, from 0, of so many. */
  readonly rollout: { readonly wave: number; readonly waves: number; readonly state: string } | undefined;
  /** One for each POP, in the order of the POPs. */
  readonly cells: readonly Cell[];
}

/** How a manifest came to the POPs. */
export interface PushSnapshot {
  readonly zone: string;
  readonly id: number;
  readonly version: number;
  readonly serial: number;
  readonly at: string;
  readonly action: string;
  /** Those that have said so: from when the manifest came there, the milliseconds until each step was done. */
  readonly pops: readonly {
    readonly pop: string;
    readonly received: string;
    readonly fetchedMs: number;
    readonly compiledMs: number;
    readonly servingMs: number;
  }[];
  /** POPs that it is for and that have not said so. */
  readonly missing: readonly string[];
}

export interface FleetSnapshot {
  readonly at: string;
  /** The store, without secrets; why it is not reached, if so: then all else is as of when it was. */
  readonly store: { readonly where: string; readonly why: string | undefined };
  /** By name. */
  readonly pops: readonly PopSnapshot[];
  /** How many there are; `zones` may be fewer: those that are behind somewhere first, then by name. */
  readonly zoneCount: number;
  readonly zones: readonly ZoneSnapshot[];
  /** The last ones, the newest first. */
  readonly pushes: readonly PushSnapshot[];
}
