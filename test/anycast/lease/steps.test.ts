/** The steps from what is announced to what is wanted, and their order. */

import { expect, test } from "vitest";
import type { Held, Step } from "../../../src/anycast/lease/daemon.ts";
import { stepsTo } from "../../../src/anycast/lease/steps.ts";
import { type Levels, wantedOf } from "../announcer/wanted.ts";

const [A, B, C] = ["198.51.100.0/24", "203.0.113.0/24", "2001:db8:53::/48"];
const held = (...all: [string, Held["level"]][]): Held[] => all.map(([prefix, level]) => ({ prefix, level }));
const inWords = (steps: readonly Step[]) => steps.map(({ prefix, level, on }) => `${on ? "+" : "-"}${level} ${prefix}`);
const steps = (wanted: Levels, there: Held[], guarded = true) => inWords(stepsTo(wantedOf(wanted), there, guarded));

test("nothing to do, nothing done", () => {
  expect(steps({ [A]: "up", [B]: "off" }, held([A, "up"]))).toEqual([]);
});

test("withdrawals first, then what is new, then what it replaces", () => {
  const there = held([A, "up"], [B, "up"]);
  expect(steps({ [B]: "draining", [C]: "up" }, there)).toEqual([`-up ${A}`, `+draining ${B}`, `+up ${C}`, `-up ${B}`]);
});

test("two levels at once, left by somebody who was interrupted: the wrong one goes", () => {
  expect(steps({ [A]: "up" }, held([A, "up"], [A, "draining"]))).toEqual([`-draining ${A}`]);
  expect(steps({ [A]: "off" }, held([A, "up"], [A, "draining"]))).toEqual([`-up ${A}`, `-draining ${A}`]);
});

test("without a guard nothing new is announced, but levels change and routes go", () => {
  const there = held([A, "up"], [B, "up"]);
  expect(steps({ [A]: "draining", [C]: "up" }, there, false)).toEqual([`-up ${B}`, `+draining ${A}`, `-up ${A}`]);
});
