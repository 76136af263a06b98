/** The view of a fleet on terminals of several widths, with and without colours. */

import { expect, test } from "vitest";
import { fleetLines } from "../../src/cli/fleettable.ts";
import { sheetOf, table } from "../../src/cli/table.ts";
import { fleetSnapshot } from "../../src/sync/fleetview/build.ts";
import { Facts } from "../sync/fleetview/facts.ts";

const PLAIN = { width: undefined, colours: false };

function fleetOf(pops: number): Facts {
  const facts = new Facts();
  const position = facts.put("example.com.", 1, 0);
  facts.put("example.net.", 1, 30);
  for (let i = 0; i < pops; i++) {
    const name = `pop${String(i).padStart(2, "0")}`;
    if (i % 10 === 9) facts.hear(name, 90, { "example.com.": 1 }, { position });
    else facts.hear(name, 90, { "example.com.": 1, "example.net.": 1 });
  }
  return facts;
}

test("few POPs have a column each", () => {
  const facts = fleetOf(2);
  facts.hear("pop01", 90, { "example.com.": 1 }, { position: 1 });
  expect(fleetLines(fleetSnapshot(facts.at(95)), { sheet: { width: 160, colours: false }, pops: 50 })).toEqual([
    "sqlite:x  2 POPs: 1 stale, 1 announcing  2 zones  2026-06-01T10:01:35Z",
    "",
    "POP    STATE       ZONES  BEHIND  LAG   DIGEST   QPS  HEARD  RELEASE  WHY",
    "pop01  stale       1      1       65 s  differs  -    5 s    1.0.0    it is behind with 1 zone, and has been for more than 20 s",
    "pop00  announcing  2      0             same     -    5 s    1.0.0",
    "",
    "ZONE          SERIAL  VERSION  DIGEST    AGE   pop01   pop00",
    "example.net.  10      1        00000000  65 s  behind  10",
    "example.com.  10      1        00000000  95 s  10      10",
  ]);
});

test("many POPs are counted, and no line is longer than the terminal is wide", () => {
  const fleet = fleetSnapshot(fleetOf(100).at(95));
  const lines = fleetLines(fleet, { sheet: { width: 90, colours: false }, pops: 12 });
  expect(lines[0]).toContain("100 POPs: 10 stale, 90 announcing");
  expect(lines).toContain("88 more POPs, none of them worse than these; see --pop NAME or --json");
  expect(lines.find((line) => line.startsWith("example.net."))).toMatch(/ 90 of 100; behind: pop09, pop19, .*…$/);
  for (const line of lines) expect(line.length).toBeLessThanOrEqual(90);
});

test("red where something is behind; colours on a terminal only, and not where people do not want them", () => {
  const fleet = fleetSnapshot(fleetOf(10).at(95));
  const lines = fleetLines(fleet, { sheet: { width: 200, colours: true }, pops: 50 });
  expect(lines[3]).toContain("\u001b[31mstale\u001b[39m");
  expect(lines[3]).toContain("\u001b[31m1\u001b[39m");
  expect(lines[4]).toContain("\u001b[32mannouncing\u001b[39m");
  const terminal = { isTTY: true, columns: 80 };
  expect(sheetOf(terminal, {})).toEqual({ width: 80, colours: true });
  expect(sheetOf(terminal, { NO_COLOR: "1" })).toEqual({ width: 80, colours: false });
  expect(sheetOf({ isTTY: false, columns: 80 }, {})).toEqual(PLAIN);
});

test("what a POP calls itself moves no cursor", () => {
  expect(table([[{ text: "a\u001b[2Jb\u009b1m\n" }, { text: "c" }]], PLAIN)).toEqual(["a?[2Jb?1m?  c"]);
});
