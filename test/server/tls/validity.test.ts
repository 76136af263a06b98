/** When somebody is to be told that a certificate ends. */

import { expect, test } from "vitest";
import { troubleOf } from "../../../src/server/tls/validity.ts";

const DAY = 86_400_000;
const at = (day: number) => Date.UTC(2026, 0, 1) + day * DAY;
const trouble = (length: number, day: number) => troubleOf({ begins: at(0), ends: at(length) }, at(day));

test("one that is good for 90 days is told of from two weeks before its end", () => {
  expect(trouble(90, 75.9)).toBeUndefined();
  expect(trouble(90, 76)).toBe(
    "it ends at 2026-04-01T00:00:00.000Z: renew it, a new one in its files is taken by itself",
  );
  expect(trouble(90, 89.9)).toContain("it ends at");
});

test("one that is good for 6 days, in its last quarter", () => {
  expect(trouble(6, 4.4)).toBeUndefined();
  expect(trouble(6, 4.5)).toContain("it ends at 2026-01-07");
});

test("one that has ended, and one that has not begun", () => {
  expect(trouble(90, 90)).toContain("it ended at 2026-04-01T00:00:00.000Z");
  expect(trouble(90, -0.1)).toContain("it is not good before 2026-01-01T00:00:00.000Z");
});
