/** Who is let in while more comes than can be answered, and that the gate opens when it is over. */

import { describe, expect, test } from "vitest";
import { BUCKETS, Grade } from "../../../src/transport/gate/bucket.ts";
import { Familiar } from "../../../src/transport/gate/familiar.ts";
import { Gate, State } from "../../../src/transport/gate/gate.ts";
import { type Asker, CAPACITY, Flow, prefixes } from "./flow.ts";

const NAMES = prefixes(60, 5);
const known: Asker = { prefixes: prefixes(100, 1), names: NAMES, rate: 500 };
const fresh: Asker = { prefixes: prefixes(100, 2), names: NAMES, rate: 500 };
/** Who asks for names that nobody has asked for before. */
const strangers: Asker = { prefixes: prefixes(100, 3), names: prefixes(60, 6), rate: 500 };
const from = (count: number): Asker => ({ prefixes: prefixes(count, 4), names: [], rate: CAPACITY * 10 });

function flooded(attack: Asker): { readonly flow: Flow; readonly shares: number[] } {
  const flow = new Flow();
  expect(flow.run([known], 3)).toEqual([1]);
  // The first second is for the gate to see who is who.
  flow.run([known, fresh, strangers, attack], 1);
  expect(flow.gate.state).toBe(State.SHUT);
  return { flow, shares: flow.run([known, fresh, strangers, attack], 3) };
}

describe("ten times of what can be answered", () => {
  test("from 4 prefixes: all others are answered", () => {
    const { shares } = flooded(from(4));
    for (const share of shares.slice(0, 3)) expect(share).toBeGreaterThan(0.95);
    expect(shares[3]).toBeLessThan(0.15);
  });

  test("from 1,000 prefixes: so are nearly all, and those who share a bucket with one as far as their name is known", () => {
    const { shares } = flooded(from(1000));
    expect(shares[0]).toBeGreaterThan(0.95);
    expect(shares[1]).toBeGreaterThan(0.95);
    expect(shares[2]).toBeGreaterThan(0.6);
  });

  test("from everywhere: those who were known, and those who ask for what was asked before", () => {
    const { shares } = flooded(from(20_000));
    expect(shares[0]).toBeGreaterThan(0.9);
    expect(shares[1]).toBeGreaterThan(0.9);
    // And those who ask for others, once anybody was answered who asks for the same.
    expect(shares[2]).toBeGreaterThan(0.7);
  });

  test("for one name that is known, from everywhere: it is known no more, but prefixes are", () => {
    const { shares } = flooded({ ...from(20_000), names: [NAMES[0]] });
    expect(shares[0]).toBeGreaterThan(0.9);
  });

  test("for one name that was not known: it is not found by that, and others are not forgotten", () => {
    const { shares } = flooded({ ...from(20_000), names: prefixes(1, 9) });
    expect(shares[0]).toBeGreaterThan(0.9);
    expect(shares[1]).toBeGreaterThan(0.9);
    expect(shares[3]).toBeLessThan(0.12);
  });

  test("as much is answered as without a gate", () => {
    const { shares } = flooded(from(20_000));
    const answered = shares[3] * CAPACITY * 10 + (shares[0] + shares[1] + shares[2]) * 500;
    expect(answered / CAPACITY).toBeGreaterThan(0.8);
  });

  test("it opens some seconds after the flood", () => {
    const { flow } = flooded(from(1000));
    flow.run([known, fresh], 6);
    expect(flow.gate.state).toBe(State.OPEN);
    expect(flow.run([known, fresh, strangers], 1)).toEqual([1, 1, 1]);
  });
});

test("a pause of the thread is no flood", () => {
  const gate = new Gate([]);
  const look = (taken: number, dropped: number) =>
    gate.look({ taken, dropped, backlog: 0, room: 8 << 20, milliseconds: 25 });
  expect([look(500, 0), gate.state]).toEqual([false, State.OPEN]);
  expect([look(500, 300), gate.state]).toEqual([true, State.ALERT]);
  expect([look(500, 0), gate.state]).toEqual([false, State.OPEN]);
});

test("a thread that stood still when the flood began is soon given as much as it can answer", () => {
  const gate = new Gate([]);
  const look = (taken: number, milliseconds: number) =>
    gate.look({ taken, dropped: 5000, backlog: 0, room: 8 << 20, milliseconds });
  look(0, 25);
  expect([look(0, 25), gate.state]).toEqual([false, State.ALERT]);
  // Not for ever: it may be as slow as that.
  for (let i = 0; i < 8 && gate.state === State.ALERT; i++) look(0, 25);
  expect(gate.state).toBe(State.SHUT);
  let rate = 0;
  for (let i = 0; i < 12; i++) {
    const asked = 50_000;
    rate = Math.min(20_000, asked * gate.rules.shares[Grade.LIGHT]);
    for (let n = 0; n < rate / 10; n++) gate.count(n % BUCKETS, -1);
    gate.look({ taken: rate / 10, dropped: (asked - rate) / 10, backlog: 0, room: 8 << 20, milliseconds: 100 });
  }
  expect(rate).toBe(20_000);
});

test("our own addresses are known as long as nobody floods with them", () => {
  const gate = new Gate([77, 78, 79]);
  for (const dropped of [5000, 5000]) {
    for (let i = 0; i < 500; i++) gate.count(i < 400 ? 77 : i < 405 ? 78 : 80 + (i % 20), -1);
    gate.look({ taken: 500, dropped, backlog: 0, room: 8 << 20, milliseconds: 25 });
  }
  expect(gate.state).toBe(State.SHUT);
  const { grades } = gate.rules;
  expect([grades[77], grades[78], grades[79]]).toEqual([Grade.FLOOD, Grade.KNOWN, Grade.KNOWN]);
});

describe("who is familiar", () => {
  const marked = (familiar: Familiar) => {
    const known = new Uint8Array(BUCKETS);
    familiar.mark(known);
    return [...known.keys()].filter((i) => known[i] === 1);
  };

  test("what was credited since there was peace last is not good, and what fades is forgotten", () => {
    const familiar = new Familiar(2);
    familiar.credit(3);
    familiar.settle();
    familiar.credit(4);
    expect(marked(familiar)).toEqual([3]);
    familiar.fade();
    expect(marked(familiar)).toEqual([]);
  });

  test("of more than there may be, those with most credits are, and none where they all have the same", () => {
    const familiar = new Familiar(2);
    for (const bucket of [1, 2, 3, 3]) familiar.credit(bucket);
    familiar.settle();
    expect(marked(familiar)).toEqual([3]);
  });
});
