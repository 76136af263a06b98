/** Queries per second, without our own. */

import { expect, test } from "vitest";
import { Rates } from "../../../src/server/routes/rates.ts";

function rates(remember = 60_000) {
  const state = { taken: 0, own: 0 };
  const kept = new Rates({ taken: () => state.taken, own: () => state.own, remember });
  const second = (at: number, queries: number, probes = 0) => {
    state.taken += queries + probes;
    state.own += probes;
    kept.sample(at * 1000);
  };
  return { kept, second };
}

test("nothing is known before there were two samples", () => {
  const { kept, second } = rates();
  expect(kept.perSecond(5000)).toBeUndefined();
  second(0, 0);
  expect(kept.perSecond(5000)).toBeUndefined();
  second(1, 30);
  expect(kept.perSecond(5000)).toBe(30);
});

test("the last seconds only, and our own do not count", () => {
  const { kept, second } = rates();
  for (let at = 0; at <= 20; at++) second(at, 100, 10);
  for (let at = 21; at <= 30; at++) second(at, 4, 10);
  expect(kept.perSecond(5000)).toBe(4);
  expect(kept.perSecond(20_000)).toBe(52);
});

test("samples that come late", () => {
  const { kept, second } = rates();
  second(0, 0);
  second(1, 100);
  second(7, 600);
  expect(kept.perSecond(5000)).toBe(100);
});

test("probes that are sent and not yet taken are not less than nothing", () => {
  const { kept, second } = rates();
  second(0, 0);
  second(1, -2, 2);
  expect(kept.perSecond(1000)).toBe(0);
});

test("only so much is remembered, and that is what a longer question is answered from", () => {
  const { kept, second } = rates(10_000);
  for (let at = 0; at <= 100; at++) second(at, at < 80 ? 1000 : 50);
  expect(kept.perSecond(60_000)).toBe(50);
});
