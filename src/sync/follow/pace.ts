/**
 * When to ask the store: delays from chance, so that a thousand POPs that were started, or lost the store, at the same
 * moment do not ask it at the same moment.
 *
 * What a store must bear, with the default options (test/sync/follow/pace.test.ts counts it in virtual time):
 *   1,000 POPs at rest    1,000 reports in 7.5 s: 133 a second, whatever the number of zones
 *   all POPs restarted    within 1 s each opens its watch (4 requests) and reports once: 5,000 in that second
 *   the store restarted   each POP tries again after 7.5 to 15 s at most, on average 11: 90 connections a second while it
 *                         is away; when it is back, 1,000 of them within 15 s, at most 134 a second with 4 requests each
 *   1,000,000 zones       a look at all heads is 60 MB for each POP; every 10 minutes that were 100 MB a second for the
 *                         fleet, so the interval grows with the zones: every 100 minutes, 10 MB a second
 */

import { hash } from "node:crypto";

/** Zones that a look at all heads every interval is meant for. */
const RECONCILE_ZONES = 100_000;

/**
 * The delay before something is tried again, in milliseconds: doubles with each attempt (from 0) up to `most`, and is
 * somewhere in its upper half. The lower half is left out: a lost store is not asked at once by anybody.
 */
export function againAfter(attempt: number, random: number, first: number, most: number): number {
  const ceiling = Math.min(most, first * 2 ** Math.min(attempt, 30));
  return ceiling * (0.5 + 0.5 * random);
}

/** A delay of at most `spread` milliseconds. */
export function spreadOver(spread: number, random: number): number {
  return spread * random;
}

/** From 0 to 1: where in an interval a POP's reports begin. It goes by the name, so that it is another for each POP. */
export function phaseOf(pop: string): number {
  return Number.parseInt(hash("sha256", pop, "hex").slice(0, 8), 16) / 2 ** 32;
}

/** Until the next report: the mean, a third more or less. 7.5 s gives 5 to 10. */
export function reportAfter(mean: number, random: number): number {
  return mean * (2 / 3 + (2 / 3) * random);
}

/** Until the next look at all heads: the mean, a fifth more or less, and longer for very many zones. */
export function reconcileAfter(mean: number, zones: number, random: number): number {
  return mean * Math.max(1, zones / RECONCILE_ZONES) * (0.8 + 0.4 * random);
}
