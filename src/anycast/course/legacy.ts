/**
 * A course that another process goes on with: its tickets and stages are the same. The place of a ticket that still waits is
 * not handed over with it: it is at the end of the queue until the new process has heard the others (fleet/view.ts).
 */

import type { Course } from "./course.ts";
import type { Going, Turn } from "./going.ts";
import type { Track } from "./track.ts";

/** Goes through JSON. Its times count from the moment at which it is left. */
export interface CourseLegacy {
  readonly going: Going;
  readonly tracks: readonly (readonly [prefix: string, track: Track])[];
  readonly soft?: Course["soft"];
}

/** `now`: monotonic, of the process that leaves it. */
export function courseLegacy({ going, tracks, soft }: Course, now: number): CourseLegacy {
  return moved({ going, tracks: [...tracks], soft }, -now);
}

/** `now`: monotonic, of the process that takes it on. */
export function inheritedCourse(legacy: CourseLegacy, now: number): Course {
  const { going, tracks, soft } = moved(legacy, now);
  return { going, tracks: new Map(tracks), soft };
}

function moved({ going, tracks, soft }: CourseLegacy, by: number): CourseLegacy {
  const at = (time: number | undefined) => (time === undefined ? undefined : time + by);
  const turn = (one: Turn | undefined) => one && { ...one, since: one.since + by };
  return {
    going: { ...going, held: turn(going.held), asked: turn(going.asked) },
    tracks: tracks.map(([prefix, track]) => {
      const { since, unheardSince, coveredSince } = track;
      return [prefix, { ...track, since: since + by, unheardSince: at(unheardSince), coveredSince: at(coveredSince) }];
    }),
    soft: soft && { ...soft, at: soft.at + by },
  };
}
