/**
 * When to ask the store: delays from chance, so that a thousand POPs that were started, or lost the store, at the same
 * moment do not ask it at the same moment.
 *
 * What a store must bear from 1,000 POPs, as test/sync/follow/pace.test.ts counts it in virtual time (the most requests
 * in one second; the test's bound in brackets). A watch takes 4 requests to open. NATS takes 28,000 writes a second on a
 * small machine, measured.
 *   at rest                              175 (250): one report in 5 to 10 s, whatever the number of zones
 *   all POPs restarted at once         5,085 (6,000): within a second each opens its watch and reports; 172 after that
 *   the store away for a minute        1,418 (2,000): each POP tries again 7.5 to 15 s after the last time, so they come
 *                                      back within 15 s; with eight blobs each that had been waited for
 *   the store away for a second       10,532 (12,000): all are back within a second, with as many blobs
 *   a push to all                      1,000 reports within what the push takes, 50 ms after each has applied it
 * And with 1,000,000 zones of 300 octets, on paper:
 *   a look at all heads                60 MB for each POP. Every 10 minutes that were 100 MB a second for the fleet, so the
 *                                      interval grows with the zones: every 100 minutes, 10 MB a second
 *   a first sync                       300 MB, and no more than a POP compiles meanwhile is read ahead. All 1,000 with
 *                                      nothing on disk read 300 GB: behind 20 leaf nodes the hub sends 6 GB
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

/** The first look comes sooner by so much: a store that was emptied while a POP was down is noticed by nothing else. */
const FIRST_LOOK = 10;

/** Until the next look at all heads: the mean, a fifth more or less, and longer for very many zones; the first sooner. */
export function reconcileAfter(mean: number, zones: number, first: boolean, random: number): number {
  const sooner = first && zones <= RECONCILE_ZONES ? FIRST_LOOK : 1;
  return (mean / sooner) * Math.max(1, zones / RECONCILE_ZONES) * (0.8 + 0.4 * random);
}
