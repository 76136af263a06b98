/** When the course of a service moves by itself. */

import type { Moment } from "../moment.ts";
import type { Course } from "./course.ts";
import { DWELL } from "./dwell.ts";
import type { CourseInput } from "./input.ts";
import type { Need } from "./need.ts";
import type { Track } from "./track.ts";

/** What is known of a fleet ages without any event: while it matters, it is looked at so often. */
const LOOK = 1000;

/** Milliseconds until the next look; undefined when only an event can change anything. */
export function wakeAfter(course: Course, need: Need | undefined, input: CourseInput, now: Moment): number | undefined {
  const due: number[] = [];
  const { plan, fleet, notice } = input;
  if (plan?.until !== undefined && plan.until > now.date) due.push(plan.until - now.date);
  if (course.soft !== undefined && input.soft.length === 0) due.push(course.soft.at + DWELL.calm - now.monotonic);
  if (need !== undefined && fleet !== undefined) due.push(LOOK);
  for (const track of course.tracks.values()) due.push(...duesOf(track, notice, now));
  const next = due.filter((one) => one > 0);
  return next.length === 0 ? undefined : Math.min(...next);
}

function duesOf({ stage, since, unheardSince, coveredSince }: Track, notice: number, now: Moment): number[] {
  const due: number[] = [];
  if (stage === "draining") due.push(since + notice - now.monotonic);
  if (stage === "drained") due.push(since + DWELL.word - now.monotonic);
  if (unheardSince !== undefined) due.push(unheardSince + DWELL.unheard - now.monotonic);
  if (coveredSince !== undefined) due.push(coveredSince + DWELL.covered - now.monotonic);
  return due;
}
