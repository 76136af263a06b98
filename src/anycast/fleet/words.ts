/** What stands in the way of a POP, for people. */

import type { Moment } from "../moment.ts";
import type { Member } from "./view.ts";

/** POPs that are named; of the rest the number is enough. */
const NAMED = 4;

/** "fra1 is draining since 12:00 by ops", "nrt1 was not heard for 40 s", "lhr1 has asked before". */
export function describe(member: Member): string {
  const { pop, live, quiet, standing } = member;
  if (!live) return `${pop} was not heard for ${ago(quiet)}`;
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

/** A time in milliseconds: "40 s", "12 min". */
export function ago(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000);
  if (!Number.isFinite(seconds)) return "long";
  return seconds < 120 ? `${seconds} s` : `${Math.round(seconds / 60)} min`;
}

/** HH:MM in UTC; `at` is another POP's word, and may be no time at all. */
function clock(at: number): string {
  const date = new Date(at);
  return Number.isNaN(date.getTime()) ? "an unknown time" : date.toISOString().slice(11, 16);
}

/** Milliseconds by the wall clock, as HH:MM in UTC. */
export function clockOf(now: Moment): string {
  return clock(now.date);
}
