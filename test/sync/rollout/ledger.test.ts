/** Lines of a ledger: what waits and conductors write comes back, and what only looks like it does not. */

import { expect, test } from "vitest";
import { type Passage, passageLine, readPassage } from "../../../src/sync/rollout/ledger.ts";

const PASSAGE: Passage = {
  ...{ v: 1, zone: "a.", version: 9, serial: undefined, id: 1, at: "2026-11-01T12:00:00.000Z", by: "alice" },
  ...{ outcome: "proven", text: "all have it", pops: 1, proven: 1, spread: { p50: 1, p99: 2, max: 3 } },
  arrivals: [{ pop: "lhr1", standing: "proven", provenMs: 3 }],
};

test("what was written is read", () => {
  expect(readPassage(passageLine(PASSAGE).octets)).toEqual({ ...PASSAGE, serial: undefined });
});

// Found by fuzzing: zonecast rollout ended with a fault of ours when it was to show them.
test.each([
  ["a spread of nothing", { spread: null }],
  ["times that are none", { spread: { p50: {}, p99: [], max: "x" } }],
  ["a time that can't be printed", { at: { toString: 1 } }],
  ["nobody", { by: null }],
  ["an arrival of nothing", { arrivals: [null] }],
  ["a later form", { v: 2 }],
])("%s is no line", (_, change) => {
  const octets = Buffer.from(JSON.stringify({ ...PASSAGE, ...change }));
  expect(readPassage(octets)).toBeUndefined();
});
