/** Figures that were set for a drill. */

import type { Measured } from "./measure.ts";

export interface Goal {
  /** Milliseconds, at most. */
  readonly routeGone?: number;
  readonly answered?: number;
  /** Queries of one client to one address, at most. */
  readonly lost?: number;
  readonly transitions?: number;
  /** POPs that announce, at least. */
  readonly announcers?: number;
}

/** What was not reached, as text; undefined when all was. */
export function missed(goal: Goal, measured: Pick<Measured, keyof Goal>): string | undefined {
  const over = (["routeGone", "answered", "lost", "transitions"] as const).filter(
    (name) => goal[name] !== undefined && !((measured[name] ?? Number.POSITIVE_INFINITY) <= goal[name]),
  );
  const texts = over.map((name) => `${WORDS[name]} at most ${goal[name]}`);
  if (goal.announcers !== undefined && measured.announcers < goal.announcers) {
    texts.push(`announcers at least ${goal.announcers}, was ${measured.announcers}`);
  }
  return texts.length === 0 ? undefined : texts.join(", ");
}

const WORDS = { routeGone: "route gone", answered: "answered", lost: "lost", transitions: "transitions" } as const;
