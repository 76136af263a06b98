/** What stands in the way of a POP, for people. */

import type { Moment } from "../moment.ts";
import type { Member } from "./view.ts";

/** POPs that are named; of the rest the number is enough. */
const NAMED = 4;

/**
 * "fra1 is draining since 12:00 by ops", "nrt1 was not heard since 12:00", "lhr1 has asked before". Times are of the clock, and
 * not how long ago: whatever is said is told on, and must not be another thing each second.
 */
export function describe(member: Member, now: Moment): string {
  const { pop, live, quiet, standing } = member;
  if (!live) return `${pop} was not heard since ${clock(now.date - quiet)}`;
  if (standing.prefixes.every(({ level }) => level === "up" || level === "reserve")) return `${pop} has asked before`;
  const { plan } = standing;
  if (plan === undefined || plan.to === "serve") return `${pop} is ${standing.phase}`;
  return `${pop} is ${standing.phase} since ${clock(plan.at)} by ${plan.by}`;
}

/** Several of them. */
export function listed(words: readonly string[]): string {
  const named = words.slice(0, NAMED).join(", ");
  return words.length > NAMED ? `${named}, and ${words.length - NAMED} more` : named;
}

/** HH:MM in UTC; another POP's word may be no time at all. */
export function clock(date: number): string {
  const time = new Date(date);
  return Number.isNaN(time.getTime()) ? "an unknown time" : `${time.toISOString().slice(11, 16)} UTC`;
}
