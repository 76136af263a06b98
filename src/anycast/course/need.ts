/** Why a service should be less than up here, and how far that goes: the plan, soft faults, wrong answers, put together. */

import type { Plan } from "../plan.ts";
import type { CourseInput } from "./input.ts";

export interface Need {
  readonly to: "drain" | "reserve";
  readonly planned: boolean;
  readonly both: boolean;
  readonly force: boolean;
  /** Prefixes that are to be drained, and those of them that are to be withdrawn then. */
  readonly drains: ReadonlySet<string>;
  readonly withdraws: ReadonlySet<string>;
  /** Prefixes whose answers are wrong. */
  readonly wrong: ReadonlySet<string>;
  /** How prefixes are announced that are not drained. */
  readonly rest: "up" | "reserve";
  /** For people. */
  readonly why: string;
}

/** What is needed now. `soft`: the soft faults that count, in words: those that there are, or were until a moment ago. */
export function needOf(input: CourseInput, soft: string | undefined, date: number): Need | undefined {
  const plan = planAt(input.plan, date);
  const all = new Set(input.health.keys());
  const whys = [...input.health].filter(([, { verdict }]) => verdict === "wrong");
  const wrong = new Set(whys.map(([prefix]) => prefix));
  const rest = plan?.to === "reserve" ? "reserve" : "up";
  if (plan?.to === "drain") return { ...planned(plan), to: "drain", drains: all, withdraws: all, wrong, rest };
  if (soft !== undefined || wrong.size > 0) {
    const unplanned = { to: "drain", planned: false, both: false, force: false } as const;
    const words = whys.map(([prefix, { why }]) => `${prefix}: ${why ?? "answers are wrong"}`);
    const why = (soft === undefined ? words : [soft, ...words]).join("; ");
    return { ...unplanned, drains: soft === undefined ? wrong : all, withdraws: wrong, wrong, rest, why };
  }
  return plan && { ...planned(plan), to: "reserve", drains: NONE, withdraws: NONE, wrong, rest };
}

/** As much of a need as was granted: until the rest is, it goes no further than that. */
export function granted(need: Need, held: Pick<Need, "to" | "planned">): Need {
  if (rankOf(need) <= rankOf(held)) return need;
  return held.to === "reserve"
    ? { ...need, drains: NONE, withdraws: NONE, rest: "reserve" }
    : { ...need, planned: false, withdraws: need.wrong };
}

const NONE: ReadonlySet<string> = new Set();

/** The plan that is in force, if it is for anything less than serving. */
export function planAt(plan: Plan | undefined, date: number): Plan | undefined {
  if (plan === undefined || plan.to === "serve") return undefined;
  return plan.until !== undefined && date >= plan.until ? undefined : plan;
}

function planned({ by, why, both, force }: Plan) {
  return { planned: true, both, force, why: why === undefined ? `planned by ${by}` : `planned by ${by}: ${why}` };
}

/** How far a need goes: what is less than what was granted already needs no asking. */
export function rankOf({ to, planned }: Pick<Need, "to" | "planned">): number {
  if (to === "reserve") return 1;
  return planned ? 3 : 2;
}
