/** What the fleet says to the course of one service at this POP: the view, as it is at a moment, behind four questions. */

import type { Moment } from "../moment.ts";
import { type Answer, type Asking, mayGo } from "./budget.ts";
import { announcedBy, isCovered } from "./cover.ts";
import type { FleetLimits } from "./standing.ts";
import type { FleetView } from "./view.ts";

export interface Counsel {
  /** Own reports come back, and all that lay in the store has been read: what the others say is known. */
  readonly known: boolean;
  /** It is known for so long that everybody who lives was heard: who says nothing is not there. */
  readonly listened: boolean;
  /** The place of a ticket in the queue. */
  place(ticket: string): number | undefined;
  mayGo(ask: Omit<Asking, "service">): Answer;
  /** Another POP is up for the prefix and will stay so, seen from the place of a ticket that stands. */
  covered(prefix: string, ticket: string, reserve: boolean): boolean;
  /** Whether another POP announces the prefix, however it does so: see cover.ts. */
  announced(prefix: string): "others" | "silent" | "nobody";
}

/** The counsel of a fleet for one service. Good for this moment only. */
export function counselOf(view: FleetView, service: string, limits: FleetLimits, now: Moment): Counsel {
  const place = (ticket: string) => view.place(service, ticket);
  return {
    known: view.fresh(now) && view.caughtUp,
    listened: view.listened(now) && view.caughtUp,
    place,
    mayGo: (ask) => mayGo(view, { ...ask, service }, limits, now),
    covered(prefix, ticket, reserve) {
      const at = place(ticket);
      return at !== undefined && isCovered(view, { service, prefix, place: at, reserve }, now);
    },
    announced: (prefix) => announcedBy(view, service, prefix, now),
  };
}
