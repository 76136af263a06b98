/** What a publisher sees while waiting. */

import { expect, test } from "vitest";
import { columns } from "../../src/cli/columns.ts";
import { formatMs } from "../../src/cli/duration.ts";
import { formatOctets } from "../../src/cli/octets.ts";
import { boardLines, eventLine } from "../../src/cli/popboard.ts";
import { drawBar } from "../../src/cli/progressbar.ts";
import type { PopStanding } from "../../src/sync/rollout/waited.ts";

const SCREEN = { columns: 80, rows: 24 };
const proven: PopStanding = { pop: "lhr1", standing: "proven", why: "", ms: 12.4 };
const waiting: PopStanding = { pop: "sin10", standing: "waiting", why: "still answers with serial 1", ms: undefined };

test("a line for each event, where there is no terminal", () => {
  expect(eventLine({ say: "pop", pop: proven, proven: 1, of: 2 })).toBe("lhr1 proven after 12 ms (1 of 2)");
  expect(eventLine({ say: "pop", pop: waiting, proven: 1, of: 2 })).toBe("sin10 still answers with serial 1 (1 of 2)");
  expect(eventLine({ say: "rollout", zone: "a.example.", text: "goes on" })).toBe("a.example. goes on");
  expect(eventLine({ say: "store", text: "the store is back" })).toBe("the store is back");
});

test("a bar for each POP on a terminal, no line longer than that is wide", () => {
  expect(boardLines([waiting, proven], 1, 2, SCREEN)).toEqual([
    `lhr1  ${"█".repeat(20)} proven after 12 ms`,
    `sin10 ${"░".repeat(20)} still answers with serial 1`,
    `${"█".repeat(10)}${"░".repeat(10)} 1 of 2 POPs`,
  ]);
  expect(boardLines([waiting], 0, 1, { columns: 30, rows: 24 }).every((line) => line.length < 30)).toBe(true);
});

test("more POPs than the terminal has lines share one bar", () => {
  const pops = Array.from({ length: 1000 }, (_, i) => ({ ...proven, pop: `p${i}` }));
  const sum = `${"█".repeat(10)}${"░".repeat(10)} 500 of 1000 POPs`;
  expect(boardLines(pops, 500, 1000, SCREEN)).toEqual([sum]);
  expect(boardLines(pops.slice(0, 22), 500, 1000, SCREEN)).toHaveLength(23);
  expect(boardLines(pops.slice(0, 23), 500, 1000, SCREEN)).toEqual([sum]);
});

test("bars, octets, times and columns", () => {
  expect([12.4, 9999, 30_080].map(formatMs)).toEqual(["12 ms", "9999 ms", "30.1 s"]);
  expect([drawBar(-1, 4), drawBar(0.5, 4), drawBar(2, 4)]).toEqual(["░░░░", "██░░", "████"]);
  expect([0, 999, 1500, 52_000_000].map(formatOctets)).toEqual(["0 octets", "999 octets", "1.5 KB", "52.0 MB"]);
  expect(
    columns([
      ["a", "", "ccc"],
      ["bb", "", "d"],
    ]),
  ).toEqual(["a   ccc", "bb  d"]);
});
