/** What a service has gone to here, what it asks for beyond that, and how the one becomes the other. */

import type { Moment } from "../moment.ts";
import { DWELL } from "./dwell.ts";
import type { CourseInput } from "./input.ts";
import { type Need, rankOf } from "./need.ts";

/** An ask, or what has come of one. */
export interface Turn {
  readonly to: "drain" | "reserve";
  readonly planned: boolean;
  readonly both: boolean;
  /** New for each time that it asks, in the whole fleet. */
  readonly ticket: string;
  /** Monotonic. */
  readonly since: number;
}

export interface Going {
  /** Chosen at random for each process, so that tickets are new after a restart. */
  readonly run: string;
  readonly tickets: number;
  /** It may be as little as this. Kept until nothing needs it any more. */
  readonly held: Turn | undefined;
  /** It wants to be less than that. */
  readonly asked: Turn | undefined;
  /** Why what is asked for has to wait. */
  readonly wait: string | undefined;
}

/** The going after a look at what is needed. `announced`: prefixes that are announced now. */
export function go(
  going: Going,
  need: Need | undefined,
  announced: readonly string[],
  input: CourseInput,
  now: Moment,
): Going {
  const idle = { ...going, asked: undefined, wait: undefined };
  if (need === undefined) return { ...idle, held: undefined };
  if (isFree(going, need, announced, input)) return hold(idle, need, now);
  if (input.fleet === undefined) return { ...idle, wait: "there is no store, and so no fleet that could be asked" };
  const asking = ask(going, need, now);
  const prefixes = need.to === "drain" ? announced.filter((prefix) => need.drains.has(prefix)) : announced;
  const answer = input.fleet.mayGo({ ...asking.asked, prefixes });
  if (answer.say === "grant") return { ...asking, held: asking.asked, asked: undefined, wait: undefined };
  const wait = answer.why ?? going.wait ?? "the fleet was asked just now";
  const passed = answer.pass && now.monotonic - asking.asked.since >= DWELL.pass;
  // A new ticket has its place at the end.
  return passed ? { ...ask({ ...asking, asked: undefined }, need, now), wait } : { ...asking, wait };
}

/** Nobody has to be asked when nothing is taken away, when the one who planned it said so, or when there is nobody. */
function isFree(going: Going, need: Need, announced: readonly string[], { fleet }: CourseInput): boolean {
  const less = going.held !== undefined && rankOf(need) <= rankOf(going.held);
  return need.force || less || announced.length === 0 || (fleet === undefined && need.planned);
}

function hold(going: Going, need: Need, now: Moment): Going {
  const { held } = going;
  if (held?.to === need.to && held.planned === need.planned) return { ...going, held: { ...held, both: need.both } };
  const { turn, tickets } = draw(going, need, now);
  return { ...going, tickets, held: turn };
}

function ask(going: Going, need: Need, now: Moment): Going & { readonly asked: Turn } {
  const { asked } = going;
  if (asked?.to === need.to && asked.planned === need.planned) {
    return { ...going, asked: { ...asked, both: need.both } };
  }
  const { turn, tickets } = draw(going, need, now);
  return { ...going, tickets, asked: turn };
}

function draw({ run, tickets }: Going, { to, planned, both }: Need, now: Moment) {
  const turn: Turn = { to, planned, both, ticket: `${run}-${tickets + 1}`, since: now.monotonic };
  return { turn, tickets: tickets + 1 };
}
