/** What a POP that announces leaves to the process that takes its place, so that nothing of it is seen by anybody. */

import type { CourseLegacy } from "../../anycast/course/legacy.ts";
import type { PrefixHealth } from "../../anycast/health/verdict.ts";
import type { Inheritance, Legacy } from "../../anycast/legacy.ts";
import type { Routes } from "./open.ts";
import type { Book } from "./planbook.ts";

/** How an estate is written; who writes it otherwise is not understood. */
export const ESTATE_FORM = 1;

/** Goes through JSON. */
export interface Estate {
  readonly form: typeof ESTATE_FORM;
  readonly announcer: Legacy;
  /** By service. */
  readonly courses: Readonly<Record<string, CourseLegacy>>;
  /** By prefix: it holds until the new process has a verdict of its own. */
  readonly health: Readonly<Record<string, PrefixHealth>>;
  /** Not only as on disk: a disk may be full. */
  readonly book: Book;
}

/** Routes that stand still: nothing is decided, and routers see no difference. */
export interface RoutesBequest {
  readonly estate: Estate;
  readonly descriptors: readonly number[];
  /** Another process has these peers. */
  left(taken: readonly string[]): Promise<void>;
  /** Nobody has: goes on as before. */
  kept(): void;
}

/** What can be taken on of an estate. */
export interface RoutesInheritance extends Omit<Inheritance, "accept"> {
  /** It is ours now: routes that are announced, and that decide for themselves. */
  accept(): Routes;
}

/** Health here, or as the process before had it where there is no verdict yet: what is announced stays until there is one. */
export function withVerdicts(
  own: ReadonlyMap<string, PrefixHealth>,
  before: ReadonlyMap<string, PrefixHealth>,
): ReadonlyMap<string, PrefixHealth> {
  if (before.size === 0) return own;
  return new Map(
    [...own].map(([prefix, health]) => {
      const earlier = before.get(prefix);
      const held = health.verdict === "unproven" && (earlier?.verdict === "good" || earlier?.verdict === "wrong");
      return [prefix, held ? earlier : health];
    }),
  );
}
