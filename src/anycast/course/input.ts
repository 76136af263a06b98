/** What the course of a service goes by. */

import type { Counsel } from "../fleet/counsel.ts";
import type { PrefixHealth } from "../health/verdict.ts";
import type { Plan } from "../plan.ts";

/** A fault that leaves answers as good as before, or nearly: it drains at most. */
export interface SoftFault {
  readonly kind: "stale" | "overload";
  /** "nothing was heard of the store for 2 hours". */
  readonly why: string;
}

export interface CourseInput {
  /** By prefix, as its text: all prefixes of the service. */
  readonly health: ReadonlyMap<string, PrefixHealth>;
  readonly plan: Plan | undefined;
  readonly soft: readonly SoftFault[];
  /** Undefined when there is no store, and so no fleet. A store that is not reached is a counsel that knows nothing. */
  readonly fleet: Counsel | undefined;
  /** Announcer.heard. */
  heard(prefix: string): boolean | undefined;
  /** Milliseconds that a prefix is announced as draining before it is withdrawn. */
  readonly notice: number;
}
