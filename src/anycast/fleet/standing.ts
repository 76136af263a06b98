/**
 * What POPs tell each other of their routes, once for each service, in their reports. The store puts all reports into one
 * order, which every POP sees: it decides who asked first.
 */

import type { Level } from "../level.ts";
import type { Goal } from "../plan.ts";

/** How a POP stands with a service. */
export interface Standing {
  readonly service: string;
  readonly prefixes: readonly { readonly prefix: string; readonly level: Level }[];
  /** Where its course is: "up", "asking", "draining", "drained" and so on, for people. */
  readonly phase: string;
  /** Why it is not up, for people. */
  readonly why: string | undefined;
  /** What was planned last; the time is milliseconds since 1970 by that POP's clock. */
  readonly plan:
    | { readonly to: Goal; readonly by: string; readonly why?: string; readonly at: number; readonly until?: number }
    | undefined;
  /**
   * It wants to go from "up" to something less by a soft decision, or has done so and is not back: a new ticket for each
   * time that it asks, in the order of the tickets' first appearance.
   */
  readonly ask: StandingAsk | undefined;
}

export interface StandingAsk {
  readonly ticket: string;
  readonly to: Goal;
  readonly planned: boolean;
  readonly both: boolean;
  /**
   * The order of the report by which the POP itself has seen that the ticket is in the store: its place in the queue. A
   * store keeps a POP's last report only, so others may never see the first one with this ticket. Undefined until then.
   */
  readonly place?: number;
}

/** A report as the fleet's view takes it: from the store, in its order. */
export interface Heard {
  readonly pop: string;
  /** It rises with every report of any POP, in one store. */
  readonly order: number;
  /** Seconds between two reports of this POP. */
  readonly every: number;
  readonly standings: readonly Standing[];
  /** When it was written by that POP's clock, milliseconds since 1970: tells what lies in the store since days ago. */
  readonly at?: number;
  /** More reports lie in the store behind it already: nothing is decided before they have come. */
  readonly behind?: boolean;
}

/** Bounds of what a fleet does softly. */
export interface FleetLimits {
  /** POPs of a service that may be less than up at once, by number or by percent of those that there are; at least 1. */
  readonly most: number | { readonly percent: number };
  /** Milliseconds in which planned changes may concern one service only. */
  readonly window: number;
}
