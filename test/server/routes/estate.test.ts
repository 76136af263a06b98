/** What the process before said of health counts until there is a verdict of one's own, and no longer. */

import { expect, test } from "vitest";
import type { PrefixHealth, Verdict } from "../../../src/anycast/health/verdict.ts";
import { withVerdicts } from "../../../src/server/routes/estate.ts";

const health = (verdict: Verdict, why?: string): PrefixHealth => ({ verdict, since: 0, why });
const one = (before: Verdict, own: Verdict) =>
  withVerdicts(new Map([["p", health(own, "own")]]), new Map([["p", health(before, "before")]])).get("p");

test("good or wrong before, and unproven here: as before", () => {
  expect(one("good", "unproven")).toEqual(health("good", "before"));
  expect(one("wrong", "unproven")).toEqual(health("wrong", "before"));
});

test("what was not announced before is not announced by that", () => {
  for (const before of ["dead", "unproven"] as const)
    expect(one(before, "unproven")).toEqual(health("unproven", "own"));
});

test("an own verdict is what counts", () => {
  for (const own of ["good", "wrong", "dead"] as const) expect(one("good", own)).toEqual(health(own, "own"));
});

test("a prefix that the process before did not have is its own affair, and one that is no more is not there", () => {
  const own = new Map([["p", health("unproven", "own")]]);
  const before = new Map([["q", health("good")]]);
  expect([...withVerdicts(own, before)]).toEqual([...own]);
});
