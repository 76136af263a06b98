/** What a POP says of how it does. */

import { describe, expect, test } from "vitest";
import { Count, Counters } from "../../src/answer/counters.ts";
import { VitalSigns, type VitalsArgs } from "../../src/server/vitals.ts";
import { readVitals } from "../../src/sync/vitals.ts";
import { RrType } from "../../src/wire/rrtype.ts";

const QUIET = () => {};

function bench(more: Partial<VitalsArgs> = {}) {
  const counters = new Counters();
  const clock = { ms: 0, own: 0 };
  const signs = new VitalSigns({
    ...{ place: undefined, started: 0, threads: [{ counters }], own: () => clock.own },
    ...{ now: () => clock.ms, monotonic: () => clock.ms },
    ...more,
  });
  const pass = (ms: number, queries: number) => {
    clock.ms += ms;
    counters.cells[Count.UDP4] += queries;
    signs.sample();
  };
  return { signs, counters, clock, pass };
}

describe("queries per second", () => {
  test("of the last whole seconds, the oldest first, without our own", () => {
    const { signs, clock, pass } = bench();
    signs.sample();
    pass(1000, 10);
    clock.own += 4;
    pass(1000, 10);
    pass(2000, 10);
    expect(signs.vitals.qps).toEqual([10, 6, 5]);
    for (let i = 0; i < 100; i++) pass(1000, i);
    expect(signs.vitals.qps).toHaveLength(30);
    expect(signs.vitals.qps.at(-1)).toBe(99);
  });

  test("a probe that is sent and not taken yet makes no negative number", () => {
    const { signs, clock, pass } = bench();
    signs.sample();
    clock.own += 3;
    pass(1000, 0);
    expect(signs.vitals.qps).toEqual([0]);
  });
});

test("what became of routes is heard on its way to the log, the last one first", () => {
  const { signs, clock } = bench();
  const told: string[] = [];
  const tell = signs.hearing((_, event) => told.push(event));
  for (let i = 0; i < 50; i++) {
    clock.ms = i;
    tell("warn", "route.off", { prefix: "198.51.100.0/24", why: `fall ${i} ${"x".repeat(1000)}` }, "");
  }
  clock.ms = 1000;
  tell("info", "route.up", { prefix: "198.51.100.0/24", why: undefined }, "");
  tell("info", "plan.taken", { service: "a" }, "");
  const { transitions } = signs.vitals;
  expect(transitions).toHaveLength(20);
  expect(transitions[0]).toEqual({ at: "1970-01-01T00:00:01.000Z", prefix: "198.51.100.0/24", to: "up" });
  expect(transitions[1]).toMatchObject({ at: "1970-01-01T00:00:00.049Z", to: "off" });
  expect(transitions[1]?.why).toMatch(/^fall 49 x+$/);
  expect(told).toHaveLength(52);
});

test("all that is said is read again, and a busy POP's is of bounded size", () => {
  const place = { latitude: -33.8688, longitude: 151.2093, name: "Sydney, AU" };
  const clients = () => Array.from({ length: 99 }, (_, i) => ({ prefix: `2001:db8:${i}::/48`, share: 0.01 }));
  const { signs, counters, pass } = bench({ place, clients });
  const tell = signs.hearing(QUIET);
  counters.cells.fill(123_456_789_012);
  signs.sample();
  for (let i = 0; i < 50; i++) {
    pass(1000, 1_000_000);
    tell("warn", "route.off", { prefix: "2001:db8:1234:5678::/64", why: "w".repeat(1000) }, "");
  }
  const { vitals } = signs;
  expect(readVitals(JSON.parse(JSON.stringify(vitals)))).toEqual(vitals);
  expect(vitals.clients).toHaveLength(20);
  expect(Object.keys(vitals.types).length).toBeLessThanOrEqual(25);
  expect(JSON.stringify(vitals).length).toBeLessThan(9000);
});

test("types are named, the commonest ones", () => {
  const { signs, counters } = bench();
  counters.question(RrType.A);
  counters.question(RrType.AAAA);
  counters.question(RrType.A);
  expect(signs.vitals).toMatchObject({ types: { A: 2, AAAA: 1 }, rcodes: {}, dropped: 0, clients: [] });
  expect(signs.vitals.place).toBeUndefined();
});
