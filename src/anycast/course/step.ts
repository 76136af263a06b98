/**
 * The course of one service at one POP, as a pure machine: what health, plan, faults and fleet say, moment by moment, makes
 * a level for each prefix.
 *
 *   up ──► asking ──► draining ──► drained ⇄ last resort        any ──► up, when nothing needs it any more
 *                └──► reserve                                   a prefix that is dead or unproven is off, whatever else
 *
 * A service goes as one (going.ts); what is wrong or dead concerns single prefixes of it (track.ts).
 */

import type { StandingAsk } from "../fleet/standing.ts";
import type { Level } from "../level.ts";
import type { Moment } from "../moment.ts";
import type { Course } from "./course.ts";
import { DWELL } from "./dwell.ts";
import { type Going, go } from "./going.ts";
import type { CourseInput } from "./input.ts";
import { granted, type Need, needOf } from "./need.ts";
import { type Phase, phaseOf, whyOf } from "./phase.ts";
import { initialTrack, steer, type Track } from "./track.ts";
import { wakeAfter } from "./wake.ts";

export interface Step {
  readonly state: Course;
  readonly levels: ReadonlyMap<string, Level>;
  /** What the POP's standing is to say of it: others count on it. Report it at once when it is another one. */
  readonly ask: StandingAsk | undefined;
  readonly phase: Phase;
  /** Why it is not up, or may not go; undefined when all is well. */
  readonly why: string | undefined;
  /** Milliseconds after which to step again, even when nothing happens; undefined when nothing is due. */
  readonly wake: number | undefined;
}

/** The course a moment later. To be called when anything of the input has changed, when reports were heard, and at `wake`. */
export function step(state: Course, input: CourseInput, now: Moment): Step {
  const soft = softAt(state, input, now);
  const need = needOf(input, soft?.why, now.date);
  const announced = [...state.tracks].filter(([, { level }]) => level !== "off").map(([prefix]) => prefix);
  const going = go(state.going, need, announced, input, now);
  const tracks = steered(state, going, need, input, now);
  const next: Course = { going, tracks, soft };
  return {
    state: next,
    levels: new Map([...tracks].map(([prefix, { level }]) => [prefix, level])),
    ask: askOf(going, input),
    phase: phaseOf(next, input),
    why: whyOf(next, need, input),
    wake: wakeAfter(next, need, input, now),
  };
}

/** Soft faults that there are, and, once they have made it drain, those that were until a moment ago. */
function softAt({ soft, going }: Course, input: CourseInput, now: Moment): Course["soft"] {
  if (input.soft.length > 0) return { why: input.soft.map(({ why }) => why).join("; "), at: now.monotonic };
  const drained = going.held !== undefined && !going.held.planned && going.held.to === "drain";
  return drained && soft !== undefined && now.monotonic - soft.at < DWELL.calm ? soft : undefined;
}

function steered(
  state: Course,
  going: Going,
  need: Need | undefined,
  input: CourseInput,
  now: Moment,
): Course["tracks"] {
  const { held } = going;
  const share = need && held && granted(need, held);
  const tracks = new Map<string, Track>();
  for (const prefix of input.health.keys()) {
    const track = state.tracks.get(prefix) ?? initialTrack(now);
    tracks.set(prefix, steer(track, { prefix, need: share, held, input }, now));
  }
  return tracks;
}

function askOf({ asked, held }: Going, { fleet }: CourseInput): StandingAsk | undefined {
  const turn = asked ?? held;
  if (turn === undefined) return undefined;
  const { ticket, to, planned, both } = turn;
  const place = fleet?.place(ticket);
  return place === undefined ? { ticket, to, planned, both } : { ticket, to, planned, both, place };
}
