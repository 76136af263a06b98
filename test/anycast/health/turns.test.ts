/** When checks are asked: those of one pace together, each not much sooner or later than its pace. */

import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { nextTurn, offsetOf, Turns } from "../../../src/anycast/health/turns.ts";

test.each([
  [1000, 250, 1250],
  // Answers take a moment; the turn stays where it is.
  [1003, 250, 1250],
  [1240, 250, 1500],
  // Too far from any turn: a tenth nearer.
  [1130, 250, 1130 + 275],
  [1120, 250, 1120 + 225],
  [990, 1000, 2000],
])("who was answered at %d and is asked every %d ms is asked at %d", (now, pace, next) => {
  expect(nextTurn(now, pace, 0)).toBe(next);
});

test("whenever a check begins, it is asked with the others of its pace after a few turns, and then always", () => {
  for (let begin = 0; begin < 250; begin++) {
    let now = begin;
    for (let turns = 0; turns < 6; turns++) {
      const next = nextTurn(now + 1, 250, 0);
      expect(next - now).toBeGreaterThanOrEqual(225);
      expect(next - now).toBeLessThanOrEqual(277);
      now = next;
    }
    expect(now % 250).toBe(0);
  }
});

test("very many checks are asked in groups, 10 ms apart", () => {
  expect([0, 15, 16, 100].map(offsetOf)).toEqual([0, 0, 10, 60]);
  expect(nextTurn(1011, 250, 10)).toBe(1260);
  expect(nextTurn(1011, 50, 60)).toBe(1060);
});

test("what is due at one moment is called together; what was taken back is not", async () => {
  const turns = new Turns(() => performance.now());
  const called: string[] = [];
  const time = turns.now + 20;
  let begun = false;
  turns.at(time, () => {
    called.push("a");
    queueMicrotask(() => called.push("after a"));
    begun = true;
    cancel();
  });
  turns.at(time, () => called.push("b"));
  const cancel = turns.at(time, () => called.push("taken back by a"));
  turns.at(time + 1000, () => called.push("never"))();
  turns.at(turns.now - 5, () => called.push("late"));
  await expect.poll(() => begun).toBe(true);
  await sleep(5);
  expect(called).toEqual(["late", "a", "b", "after a"]);
});
