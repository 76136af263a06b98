/** What a POP has counted of zones in a rollout: with the version that it serves, and with the one before. */

import type { RolloutCounts, ZoneCounts } from "../report.ts";
import type { Followed } from "./followed.ts";
import type { CountsNow } from "./following.ts";

interface Mark {
  /** When the version began to be served, in milliseconds since 1970, and the counters at that time. */
  readonly at: number;
  readonly start: CountsNow;
  readonly before: ZoneCounts | undefined;
}

const NONE: CountsNow = { queries: 0, nxdomain: 0, servfail: 0, refused: 0 };

export class VersionCounts {
  readonly #counts: (zone: string) => CountsNow | undefined;
  readonly #now: () => number;
  /** Of zones whose version has changed since the start. */
  readonly #marks = new Map<string, Mark>();

  constructor(counts: (zone: string) => CountsNow | undefined, now: () => number) {
    this.#counts = counts;
    this.#now = now;
  }

  /** Another version is served from now on in the place of the one that `followed` has yet. */
  swapped(followed: Followed): void {
    if (!followed.image) return;
    const start = this.#counts(followed.zone) ?? NONE;
    this.#marks.set(followed.zone, { at: this.#now(), start, before: this.#since(followed) });
  }

  gone(zone: string): void {
    this.#marks.delete(zone);
  }

  of(followed: Followed): RolloutCounts {
    return {
      zone: followed.zone,
      version: followed.version?.version ?? 0,
      now: this.#since(followed),
      before: this.#marks.get(followed.zone)?.before,
    };
  }

  #since({ zone, at }: Followed): ZoneCounts {
    const from = this.#marks.get(zone) ?? { at, start: NONE };
    const now = this.#counts(zone) ?? NONE;
    // Counters that went back have begun anew.
    const start = now.queries < from.start.queries ? NONE : from.start;
    return {
      seconds: Math.max(0, Math.round((this.#now() - from.at) / 1000)),
      queries: now.queries - start.queries,
      nxdomain: Math.max(0, now.nxdomain - start.nxdomain),
      servfail: Math.max(0, now.servfail - start.servfail),
      refused: Math.max(0, now.refused - start.refused),
    };
  }
}
