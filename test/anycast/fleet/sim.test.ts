/**
 * Fleets through bad days, by seeds; what must hold is told in properties.ts. SIM_SEEDS=1000-1999 runs others than the usual
 * ones, and the first line of what is wrong names the seed.
 */

import { expect, test } from "vitest";
import { type SimResult, simulate } from "./sim.ts";

const [FIRST = 1, LAST = 120] = (process.env.SIM_SEEDS ?? "").split("-").map((text) => Number(text) || undefined);

/** What went wrong, with its seed. */
function wrongs(results: readonly SimResult[]): string[] {
  return results.filter(({ broken }) => broken.length > 0).map(({ about, broken }) => `${about}: ${broken.join("; ")}`);
}

test(`nothing that must hold is broken: seeds ${FIRST} to ${LAST}`, { timeout: 3_600_000 }, () => {
  const results: SimResult[] = [];
  for (let seed = FIRST; seed <= LAST; seed++) results.push(simulate(seed));
  expect(wrongs(results)).toEqual([]);
  // A quiet world would prove nothing.
  const sum = (of: (result: SimResult) => number) => results.reduce((total, result) => total + of(result), 0);
  expect(sum(({ grants }) => grants)).toBeGreaterThan(5 * results.length);
  expect(sum(({ softOffs }) => softOffs)).toBeGreaterThan(5 * results.length);
  expect(sum(({ resorts }) => resorts)).toBeGreaterThan(results.length);
});

test("a fleet of 200 POPs", { timeout: 120_000 }, () => {
  const result = simulate(7002, { pops: 200, minutes: 2 });
  expect(wrongs([result])).toEqual([]);
  expect(result.grants).toBeGreaterThan(0);
});

test("the same seed makes the same day", () => {
  const once = [11, 12].map((seed) => simulate(seed, { minutes: 5 }));
  const again = [11, 12].map((seed) => simulate(seed, { minutes: 5 }));
  expect(again).toEqual(once);
  expect(once[0]?.hash).not.toBe(once[1]?.hash);
});
