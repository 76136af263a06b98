/** What zonecast drain, undrain and reserve ask of a running POP, as it comes through the control socket. */

import type { Goal } from "../../anycast/plan.ts";
import { isGoal } from "../../sync/standing.ts";

export interface PlanRequest {
  /** One service; without it, all of them when `all` says so, or the only one. */
  readonly service: string | undefined;
  readonly all: boolean;
  readonly to: Goal;
  readonly by: string;
  readonly why: string | undefined;
  /** Seconds. */
  readonly for: number | undefined;
  readonly both: boolean;
  readonly force: boolean;
}

/** Characters of who and why. */
const WORDS_MOST = 400;
/** A year. */
const FOR_MOST = 366 * 86_400;

/** Reads a request. Throws RangeError that says what is wrong with it. */
export function readPlanRequest(json: unknown): PlanRequest {
  if (typeof json !== "object" || json === null) throw new RangeError("expected an object");
  const { service, all, to, by, why, for: seconds, both, force } = json as Readonly<Record<string, unknown>>;
  if (!isGoal(to)) throw new RangeError("to: expected serve, drain or reserve");
  if (
    seconds !== undefined &&
    !(Number.isFinite(seconds) && (seconds as number) > 0 && (seconds as number) <= FOR_MOST)
  ) {
    throw new RangeError("for: expected seconds, a year at most");
  }
  return {
    service: words("service", service),
    all: flag("all", all),
    to,
    by: words("by", by) ?? "somebody",
    why: words("why", why),
    for: seconds as number | undefined,
    both: flag("both", both),
    force: flag("force", force),
  };
}

function words(name: string, value: unknown): string | undefined {
  if (value === undefined) return undefined;
  if (typeof value === "string" && value !== "" && value.length <= WORDS_MOST) return value;
  throw new RangeError(`${name}: expected words, ${WORDS_MOST} characters at most`);
}

function flag(name: string, value: unknown): boolean {
  if (value === undefined || typeof value === "boolean") return value === true;
  throw new RangeError(`${name}: expected true or false`);
}
