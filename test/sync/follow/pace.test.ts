/** A thousand POPs in virtual time: what a store must bear when it, or all of them, are started again. */

import { describe, expect, test } from "vitest";
import { FOLLOW_OPTIONS as OPTIONS } from "../../../src/sync/follow/options.ts";
import { againAfter, phaseOf, reconcileAfter, reportAfter, spreadOver } from "../../../src/sync/follow/pace.ts";

const POPS = 1000;
/** A connection, the stream's state, a consumer, and its first pull. */
const OPEN = 4;

/** Numbers that are always the same, from 0 to 1 (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Counts requests in each second of virtual time. */
class Load {
  readonly #seconds = new Map<number, number>();

  add(ms: number, requests = 1): void {
    const second = Math.floor(ms / 1000);
    this.#seconds.set(second, (this.#seconds.get(second) ?? 0) + requests);
  }

  /** The most in any second from `from` milliseconds on. */
  peak(from = 0): number {
    return Math.max(...[...this.#seconds].filter(([second]) => second * 1000 >= from).map(([, count]) => count));
  }
}

/** Reports of one POP from `from` to `to`, the first after `first` milliseconds. */
function reports(load: Load, random: () => number, first: number, from: number, to: number): void {
  for (let at = from + first; at < to; at += reportAfter(OPTIONS.report, random())) load.add(at);
}

describe(`${POPS} POPs`, () => {
  test("at rest do not beat in time: their reports come evenly", () => {
    const load = new Load();
    for (let i = 0; i < POPS; i++) {
      reports(load, randomFrom(i), OPTIONS.report * phaseOf(`pop${i}`), 0, 600_000);
    }
    // 133 a second on average.
    expect(load.peak()).toBeLessThan(250);
  });

  test("all restarted at once ask no more than 6,000 times in a second", () => {
    const load = new Load();
    for (let i = 0; i < POPS; i++) {
      const random = randomFrom(i);
      const opened = spreadOver(OPTIONS.spread, random());
      load.add(opened, OPEN);
      // What it serves was made in the first seconds, and is told.
      load.add(opened + OPTIONS.reportSoon);
      reports(load, random, OPTIONS.report * phaseOf(`pop${i}`), 0, 60_000);
    }
    expect(load.peak()).toBeLessThan(6_000);
    expect(load.peak(2_000)).toBeLessThan(250);
  });

  /** The store is away from 0 to `back`; every POP is fetching the text of a zone, and loses its connection. */
  function outage(back: number): Load {
    const load = new Load();
    for (let i = 0; i < POPS; i++) {
      const random = randomFrom(i);
      let connected = 0;
      for (let attempt = 0; connected < back; attempt++) {
        connected += againAfter(attempt, random(), OPTIONS.again, OPTIONS.againMost);
        load.add(connected);
      }
      load.add(connected, OPEN);
      // What has waited for the store goes on: eight blobs at once, of each zone.
      load.add(connected + spreadOver(OPTIONS.spread, random()), OPTIONS.chunksAtOnce);
      reports(load, random, OPTIONS.report * phaseOf(`pop${i}`), 0, back + 60_000);
    }
    return load;
  }

  test("that lose the store for a minute ask no more than 2,000 times in a second when it is back", () => {
    const load = outage(60_000);
    expect(load.peak(20_000)).toBeLessThan(2_000);
  });

  test("that lose it for a second ask no more than 12,000 times, when each is fetching eight blobs", () => {
    expect(outage(1_000).peak()).toBeLessThan(12_000);
  });

  test("look at all heads at different times, and rarer the more zones there are", () => {
    const looks = new Load();
    for (let i = 0; i < POPS; i++) looks.add(reconcileAfter(OPTIONS.reconcile, 1000, false, randomFrom(i)()));
    expect(looks.peak()).toBeLessThan(20);
    // 60 octets for each head: 10 MB a second for the fleet.
    const [zones, octets] = [1_000_000, 60];
    const mean = reconcileAfter(OPTIONS.reconcile, zones, false, 0.5) / 1000;
    expect((POPS * zones * octets) / mean).toBeLessThanOrEqual(10e6);
  });
});

test("delays double up to the longest, and never are in the lower half", () => {
  const delays = [0, 1, 2, 3, 10, 1000].map((attempt) => againAfter(attempt, 1, 250, 15_000));
  expect(delays).toEqual([250, 500, 1000, 2000, 15_000, 15_000]);
  expect(againAfter(3, 0, 250, 15_000)).toBe(1000);
});

test("a POP's reports are 5 to 10 seconds apart", () => {
  expect([0, 1].map((random) => Math.round(reportAfter(OPTIONS.report, random)))).toEqual([5_000, 10_000]);
});

test("the first look at all heads comes sooner, but for very many zones", () => {
  expect(reconcileAfter(600_000, 1000, true, 0.5)).toBe(60_000);
  expect(reconcileAfter(600_000, 1_000_000, true, 0.5)).toBe(6_000_000);
});
