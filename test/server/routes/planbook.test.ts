/** Plans are kept on disk: over restarts, a damaged file, a full disk. */

import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Plan } from "../../../src/anycast/plan.ts";
import { bookFrom, PlanBook } from "../../../src/server/routes/planbook.ts";
import { directoryWith } from "../program.ts";

const NOW = Date.parse("2026-11-20T12:00:00Z");

const PAST = { standing: "up", since: NOW, changes: [NOW - 1000, NOW], strikes: 0 } as const;

function plan(service: string, more: Partial<Plan> = {}): Plan {
  const said = { by: "ops", why: "new disks", at: NOW, until: undefined, both: false, force: false };
  return { service, to: "drain", ...said, ...more };
}

/** A book, and the events that it told. */
function book(directory: string | undefined): { book: PlanBook; told: string[] } {
  const told: string[] = [];
  return { book: new PlanBook(directory, (_level, event) => told.push(event)), told };
}

test("what was planned is there after a restart", () => {
  const directory = directoryWith();
  const first = book(directory).book;
  first.put([plan("ns1"), plan("ns2", { to: "reserve" })], 7);
  first.putHealth({ "198.51.100.0/24": PAST });
  const { book: second, told } = book(directory);
  expect(second.planOf("ns1", NOW)).toEqual({ ...plan("ns1"), until: undefined });
  expect(second.planOf("ns2", NOW)?.to).toBe("reserve");
  expect(second.order).toBe(7);
  expect(second.health).toEqual({ "198.51.100.0/24": PAST });
  expect(told).toEqual([]);
});

test("a plan for one service leaves the other's, and the order's number", () => {
  const { book: kept } = book(directoryWith());
  kept.put([plan("ns1")], 7);
  kept.put([plan("ns2", { to: "serve" })]);
  expect([kept.planOf("ns1", NOW)?.to, kept.planOf("ns2", NOW)?.to, kept.order]).toEqual(["drain", "serve", 7]);
});

test("a plan with an end ends by itself", () => {
  const { book: kept } = book(directoryWith());
  kept.put([plan("ns1", { until: NOW + 1000 })]);
  expect(kept.planOf("ns1", NOW + 999)?.to).toBe("drain");
  expect(kept.planOf("ns1", NOW + 1000)).toBeUndefined();
});

test("a damaged file is told of, and written anew", () => {
  const directory = directoryWith({ "anycast.json": '{"v":1,"plans":[{' });
  const { book: kept, told } = book(directory);
  expect(told).toEqual(["plan.lost"]);
  expect(kept.planOf("ns1", NOW)).toBeUndefined();
  kept.put([plan("ns1")]);
  expect(book(directory).book.planOf("ns1", NOW)?.to).toBe("drain");
});

test.each([
  ["a plan that is none", { plans: [null], order: 0 }],
  ["a goal that nobody knows", { plans: [{ ...plan("ns1"), to: "stop" }], order: 0 }],
  ["an order without a number", { plans: [], order: "7" }],
  ["no plans", { order: 0 }],
])("%s is damage, too", (_, damaged) => {
  const { book: kept, told } = book(
    directoryWith({ "anycast.json": JSON.stringify({ v: 1, health: {}, ...damaged }) }),
  );
  expect(told).toEqual(["plan.lost"]);
  expect([kept.planOf("ns1", NOW), kept.order]).toEqual([undefined, 0]);
});

test("one of a later version is not taken", () => {
  expect(book(directoryWith({ "anycast.json": '{"v":2}' })).told).toEqual(["plan.lost"]);
});

test("without a directory it holds for this run, which is told", () => {
  const { book: kept, told } = book(undefined);
  kept.put([plan("ns1")]);
  expect([kept.planOf("ns1", NOW)?.to, told]).toEqual(["drain", ["plan.unkept"]]);
});

test("a disk that takes nothing is told of once, and the plan holds", () => {
  // A file where the directory should be.
  const directory = join(directoryWith({ state: "" }), "state");
  writeFileSync(directory, "");
  const { book: kept, told } = book(directory);
  told.length = 0;
  kept.put([plan("ns1")]);
  kept.put([plan("ns2")]);
  expect([kept.planOf("ns1", NOW)?.to, told]).toEqual(["drain", ["plan.unkept"]]);
  rmSync(directory);
  kept.put([plan("ns1", { to: "serve" })]);
  expect(existsSync(join(directory, "anycast.json"))).toBe(true);
  expect(readFileSync(join(directory, "anycast.json"), "utf8")).toContain('"serve"');
});

test("once it is sealed, another process writes the file; unsealed, it writes what was taken meanwhile", () => {
  const directory = directoryWith();
  const { book: old } = book(directory);
  old.put([plan("ns1")], 7);
  const left = old.seal();
  const next = new PlanBook(directory, () => {}, bookFrom(JSON.parse(JSON.stringify(left))));
  expect([next.planOf("ns1", NOW)?.to, next.order]).toEqual(["drain", 7]);
  next.put([plan("ns1", { to: "serve" })], 8);
  old.put([plan("ns2")], 9);
  old.putHealth({});
  expect(book(directory).book.order).toBe(8);
  old.unseal();
  expect([book(directory).book.order, book(directory).book.planOf("ns2", NOW)?.to]).toEqual([9, "drain"]);
});

test("what is no book is refused", () => {
  expect(() => bookFrom({ v: 2 })).toThrow("of another version");
  expect(() => bookFrom({ v: 1, plans: [{ service: "ns1" }], order: 1, health: {} })).toThrow(SyntaxError);
  expect(() => bookFrom({ v: 1, plans: [], order: "1", health: {} })).toThrow(SyntaxError);
});
