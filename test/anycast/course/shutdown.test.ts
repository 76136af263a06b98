/** The stop of a POP, second by second. */

import { expect, test } from "vitest";
import { beginShutdown, shutdownStep } from "../../../src/anycast/course/shutdown.ts";

const LIMITS = { notice: 10_000, least: 60_000, most: 300_000, quiet: 5 };

/** Steps each second with the rate of that second; tells each change. */
function course(rateAt: (second: number) => number, options: { hurryAt?: number; announced?: boolean } = {}): string[] {
  let state = beginShutdown(1000, options.announced ?? true, 0, LIMITS);
  const told: string[] = [];
  let last = "";
  for (let second = 0; second <= 400 && state.phase !== "done"; second++) {
    const input = { rate: rateAt(second), hurry: options.hurryAt !== undefined && second >= options.hurryAt };
    const made = shutdownStep(state, input, second * 1000, LIMITS);
    state = made.state;
    const text = `${state.phase}, ${made.level}: ${state.why}`;
    if (text !== last) told.push(`${second}s ${text}`);
    last = text;
    expect(made.wake === undefined).toBe(state.phase === "done");
  }
  return told;
}

const NOTICE = "0s notice, draining: routes are announced as draining";
const WITHDRAWN = "10s withdrawn, off: routes are withdrawn; waiting until queries are gone";

test("notice, withdrawal, least, done", () => {
  const rate = (second: number) => (second < 15 ? 1000 : 10);
  expect(course(rate)).toEqual([NOTICE, WITHDRAWN, "70s done, off: queries are gone"]);
});

test("queries that go slowly are waited for", () => {
  const rate = (second: number) => 1000 * 0.97 ** second;
  // 0.97 ** 99 is below 5 %; then it must stay so for three seconds.
  expect(course(rate)).toEqual([NOTICE, WITHDRAWN, "102s done, off: queries are gone"]);
});

test("one quiet second is none", () => {
  const rate = (second: number) => (second > 80 && second % 3 === 0 ? 0 : 900);
  const [, , last] = course(rate);
  expect(last).toBe(
    "310s done, off: waited for as long as drain.most allows: 900 of 1000 queries per second still come",
  );
});

test("the second signal hurries, in the notice as after it", () => {
  expect(course(() => 1000, { hurryAt: 4 })).toEqual([NOTICE, "4s done, off: told not to wait"]);
  expect(course(() => 1000, { hurryAt: 20 })).toEqual([NOTICE, WITHDRAWN, "20s done, off: told not to wait"]);
});

test("a POP that announces nothing has nobody to give notice to", () => {
  const told = course(() => 0, { announced: false });
  expect(told).toEqual([
    "0s withdrawn, off: nothing is announced; waiting until queries are gone",
    "3s done, off: queries are gone",
  ]);
});

test("without queries before, there is nothing to wait for but the least", () => {
  let state = beginShutdown(0, true, 0, LIMITS);
  for (let second = 0; second < 70; second++)
    state = shutdownStep(state, { rate: 0, hurry: false }, second * 1000, LIMITS).state;
  expect(state.phase).toBe("withdrawn");
  state = shutdownStep(state, { rate: 0, hurry: false }, 70_000, LIMITS).state;
  expect(state.phase).toBe("done");
});
