/** A past over restarts, by a wall clock that may be wrong. */

import { expect, test } from "vitest";
import { historiesFrom, historyOf, pastOf } from "../../../src/anycast/health/history.ts";
import type { Past } from "../../../src/anycast/health/past.ts";

const PAST: Past = { standing: "fallen", since: 5000, changes: [1000, 5000], strikes: 2 };
const at = (now: number, monotonic: number) => ({ now: () => now, monotonic: () => monotonic });

test("by another monotonic clock it is as long ago", () => {
  const history = historyOf(PAST, at(1_000_000, 6000));
  expect(history).toEqual({ standing: "fallen", since: 999_000, changes: [995_000, 999_000], strikes: 2 });
  expect(pastOf(history, at(1_003_000, 50))).toEqual({ ...PAST, since: -3950, changes: [-7950, -3950] });
});

test("a wall clock that was set back: what is yet to come has just happened", () => {
  const history = historyOf(PAST, at(1_000_000, 6000));
  expect(pastOf(history, at(996_000, 50))).toEqual({ ...PAST, since: 50, changes: [-950, 50] });
});

test("what can't be made out in a file has no past, and the rest has", () => {
  const history = historyOf(PAST, at(1_000_000, 6000));
  const read = {
    "198.51.100.0/24": history,
    "203.0.113.0/24": { ...history, standing: "sitting" },
    "192.0.2.0/24": { ...history, changes: [1, "2"] },
    "2001:db8::/48": null,
  };
  expect(historiesFrom(JSON.parse(JSON.stringify(read)))).toEqual({ "198.51.100.0/24": history });
  for (const nothing of [undefined, null, "", 1]) expect(historiesFrom(nothing)).toEqual({});
  expect(historiesFrom([])).toEqual({});
});
