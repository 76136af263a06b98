/**
 * What POPs tell each other of their routes, in their reports: the form that anycast/ has, so that it fits what is read
 * here. Any POP may write what it likes: what is no standing is left out.
 */

/** How a POP stands with a service. */
export interface ServiceStanding {
  readonly service: string;
  readonly prefixes: readonly { readonly prefix: string; readonly level: StandingLevel }[];
  /** Where its course is: "up", "asking", "draining", "drained" and so on, for people. */
  readonly phase: string;
  readonly why: string | undefined;
  /** What was planned last; milliseconds since 1970 by that POP's clock. */
  readonly plan: StandingPlan | undefined;
  readonly ask: StandingAsk | undefined;
}

const LEVELS = ["up", "reserve", "draining", "off"] as const;
type StandingLevel = (typeof LEVELS)[number];

export const GOALS = ["serve", "drain", "reserve"] as const;
export type Goal = (typeof GOALS)[number];

export interface StandingPlan {
  readonly to: Goal;
  readonly by: string;
  readonly why?: string;
  readonly at: number;
  readonly until?: number;
}

export interface StandingAsk {
  readonly ticket: string;
  readonly to: Goal;
  readonly planned: boolean;
  readonly both: boolean;
  /** Its place in the queue, once the POP knows it. */
  readonly place?: number;
}

/** More are not believed: a POP announces a handful. */
const SERVICES_MOST = 32;
const PREFIXES_MOST = 64;

/** The standings in what was read from JSON; one that is none is left out. */
export function readStandings(read: unknown): readonly ServiceStanding[] {
  return Array.isArray(read) ? read.slice(0, SERVICES_MOST).flatMap(standingOf) : [];
}

/** True for a goal. */
export function isGoal(value: unknown): value is Goal {
  return GOALS.some((goal) => goal === value);
}

type Read<T> = { readonly [K in keyof T]?: unknown };

function standingOf(read: Read<ServiceStanding> | null): ServiceStanding[] {
  const { service, prefixes, phase, why, plan, ask } = read ?? {};
  if (typeof service !== "string" || typeof phase !== "string" || !Array.isArray(prefixes)) return [];
  if (prefixes.length > PREFIXES_MOST || !prefixes.every(isPrefix)) return [];
  return [{ service, prefixes, phase, why: isText(why) ? why : undefined, plan: planOf(plan), ask: askOf(ask) }];
}

function isPrefix(read: { readonly prefix?: unknown; readonly level?: unknown } | null): boolean {
  return isText(read?.prefix) && LEVELS.some((level) => level === read?.level);
}

function planOf(read: unknown): StandingPlan | undefined {
  const { to, by, why, at, until } = (read ?? {}) as Read<StandingPlan>;
  if (!isGoal(to) || !isText(by) || !isNumber(at)) return undefined;
  return { to, by, at, ...(isText(why) ? { why } : {}), ...(isNumber(until) ? { until } : {}) };
}

function askOf(read: unknown): StandingAsk | undefined {
  const { ticket, to, planned, both, place } = (read ?? {}) as Read<StandingAsk>;
  if (!isText(ticket) || !isGoal(to) || typeof planned !== "boolean" || typeof both !== "boolean") return undefined;
  return { ticket, to, planned, both, ...(isNumber(place) ? { place } : {}) };
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

function isNumber(value: unknown): value is number {
  return Number.isFinite(value);
}
