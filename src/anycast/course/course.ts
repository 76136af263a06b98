/** What the course of a service remembers from one moment to the next. */

import type { Going } from "./going.ts";
import type { Track } from "./track.ts";

export interface Course {
  readonly going: Going;
  readonly tracks: ReadonlyMap<string, Track>;
  /** The last soft faults, in words, and when they were last there; monotonic. */
  readonly soft: { readonly why: string; readonly at: number } | undefined;
}

/** At the start of a process. `run`: random, and another one for each process and service of the fleet. */
export function initialCourse(run: string): Course {
  const going = { run, tickets: 0, held: undefined, asked: undefined, wait: undefined };
  return { going, tracks: new Map(), soft: undefined };
}
