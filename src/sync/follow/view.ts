/** What a follower shows of itself: for /status and for people. */

import type { Problem } from "../../zone/problem.ts";
import type { Version } from "../manifest/manifest.ts";
import type { Cursor } from "../store/store.ts";

/** How following goes. Times are milliseconds since 1970. */
export interface FollowView {
  /** The store, without secrets. */
  readonly where: string;
  readonly connection: "connecting" | "connected" | "lost";
  /** Why it is not connected. */
  readonly why: string | undefined;
  /** Since when the connection is in that state. */
  readonly since: number;
  /** When the store last said anything, or took a report. */
  readonly heard: number | undefined;
  /** All that the store had when it was last connected is served, or refused. */
  readonly synced: boolean;
  /** All at or before it is served or refused. */
  readonly cursor: Cursor | undefined;
  readonly zones: number;
  readonly refusals: number;
  /** Zones that are on their way: fetched or compiled. */
  readonly working: number;
  /** Removals that wait for their confirmation. */
  readonly removals: number;
  /** Zones that are served although the store has them no more, without a signed removal. */
  readonly missing: number;
  /** As PopReport.digest. */
  readonly digest: string;
  /** Of the last version that came from the store in this run: milliseconds from its manifest until it was served. */
  readonly lastServingMs: number | undefined;
  /** Why the copy on disk is not up to date; undefined when it is. */
  readonly unkept: string | undefined;
}

/** A zone as it is followed. */
export interface ZoneView {
  readonly zone: string;
  /** The manifest that was taken last, and its revision in the store; 0 for none. */
  readonly id: number;
  readonly revision: number;
  /** What is served; undefined when nothing is. */
  readonly version: Version | undefined;
  readonly image: SharedArrayBuffer | undefined;
  /** When it began to be served, in milliseconds since 1970. */
  readonly at: number;
  /** What the last compiling said. */
  readonly problems: readonly Problem[];
  /** A manifest that is not taken, and why. */
  readonly refused: { readonly id: number; readonly why: string } | undefined;
  /** A signed removal that is not yet confirmed. */
  readonly removal: boolean;
  readonly missing: boolean;
  /** A rollout is under way: other POPs may serve another version for good reason. */
  readonly rollout: boolean;
}
