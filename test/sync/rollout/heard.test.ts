/** Who was heard when: by the listener's clock, whatever POPs' own say. */

import { expect, test } from "vitest";
import { Fleet, isSilent } from "../../../src/sync/rollout/fleet.ts";
import { reportOf } from "../orders/standings.ts";

const DATE = Date.parse("2026-11-01T12:00:00Z");

function report(pop: string, change: Readonly<Record<string, unknown>> = {}) {
  const said = { ...reportOf(pop), at: new Date(DATE).toISOString(), every: 5 };
  return { pop, octets: Buffer.from(JSON.stringify({ ...said, ...change })) };
}

const silent = (fleet: Fleet, pop: string, now: number) => {
  const heard = fleet.get(pop);
  return heard === undefined || isSilent(heard, now);
};

test("silent after three reports that did not come", () => {
  const fleet = new Fleet();
  fleet.hear(report("lhr1"), 1000);
  expect([silent(fleet, "lhr1", 16_000), silent(fleet, "lhr1", 16_001)]).toEqual([false, true]);
});

test("a POP's clock does not matter, an hour early or late", () => {
  const fleet = new Fleet();
  const at = (hours: number) => ({ at: new Date(DATE + hours * 3_600_000).toISOString() });
  fleet.begin([report("early", at(1)), report("late", at(-1))], 0, DATE);
  expect([silent(fleet, "early", 10_000), silent(fleet, "late", 10_000)]).toEqual([false, false]);
});

test("what lay in the store is not fresh, and what was there for hours is of a POP long gone", () => {
  const fleet = new Fleet();
  fleet.begin([report("lhr1"), report("gone", { at: "2026-10-01T00:00:00Z" })], 0, DATE);
  expect(fleet.get("lhr1")?.fresh).toBe(false);
  expect(silent(fleet, "gone", 0)).toBe(true);
  expect(fleet.hear(report("gone", { position: 1 }), 5)).toBeDefined();
  expect(silent(fleet, "gone", 6)).toBe(false);
});

test("the same report once more is no sign of life", () => {
  const fleet = new Fleet();
  fleet.begin([report("lhr1")], 0, DATE);
  expect(fleet.hear(report("lhr1"), 9000)).toBeUndefined();
  expect(fleet.get("lhr1")?.at).toBe(0);
});

test("a report in another POP's name, or that can't be read, is none", () => {
  const fleet = new Fleet();
  expect(fleet.hear({ ...report("lhr1"), pop: "fra1" }, 0)).toBeUndefined();
  expect(fleet.hear({ pop: "fra1", octets: Buffer.from("{") }, 0)).toBeUndefined();
  expect(fleet.hear(report("fra1", { v: 2 }), 0)).toBeUndefined();
  const odd = [{ rollouts: "none" }, { rollouts: [null] }, { rollouts: [{ zone: "a.", now: null }] }, { refused: [7] }];
  for (const change of [...odd, { groups: [{}] }, { ask: undefined }, { recent: [null] }]) {
    expect(fleet.hear(report("fra1", change), 0), JSON.stringify(change)).toBeUndefined();
  }
  expect(fleet.all()).toEqual([]);
});

test("nobody is blamed for what could not be heard", () => {
  const fleet = new Fleet();
  fleet.hear(report("lhr1"), 0);
  fleet.wasDeaf(60_000);
  expect(silent(fleet, "lhr1", 70_000)).toBe(false);
  expect(fleet.get("lhr1")?.fresh).toBe(false);
});

test("an odd time between reports is taken at what can be", () => {
  const fleet = new Fleet();
  fleet.hear(report("lhr1", { every: 1e9 }), 0);
  fleet.hear(report("fra1", { every: "often" }), 0);
  expect([silent(fleet, "lhr1", 1_800_001), silent(fleet, "fra1", 1_800_001)]).toEqual([true, true]);
});

test.each([
  ["a time that is none", { at: { toString: 1 } }],
  ["a release that is a number", { release: 7 }],
  ["no release", { release: undefined }],
  ["a group that is none", { groups: [null] }],
  ["a refusal without a reason", { refused: [{ zone: "a.", id: 1, serves: 0 }] }],
  ["a reason that can't be printed", { refused: [{ zone: "a.", id: 1, serves: 0, why: { toString: 1 } }] }],
  ["a receipt of nothing", { recent: [{ zone: "a." }] }],
  ["counts that are words", { rollouts: [{ zone: "a.", version: 1, now: { seconds: "x" } }] }],
])("a report with %s is as one that was not heard", (_, change) => {
  const fleet = new Fleet();
  expect(fleet.hear(report("lhr1", change), 0)).toBeUndefined();
  expect(fleet.hear(report("lhr1"), 0)).toBeDefined();
});
