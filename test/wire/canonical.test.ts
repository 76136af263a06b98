/** Canonical order (RFC 4034 §6.1). */

import fc from "fast-check";
import { expect, test } from "vitest";
import { canonicalKey, compareBytes, keyScratch, MAX_KEY } from "../../src/wire/canonical.ts";
import { labels, lower, turned, wireOf } from "./names.ts";

function keyOf(list: readonly (readonly number[])[]): Uint8Array {
  const wire = wireOf(list);
  const key = new Uint8Array(MAX_KEY);
  return key.slice(0, canonicalKey(wire, 0, wire.length, key, 0, keyScratch()));
}

function byKey(a: Uint8Array, b: Uint8Array): number {
  return Math.sign(compareBytes(a, 0, a.length, b, 0, b.length));
}

/** The text of §6.1: labels from the right, each as a left-justified lower-case octet string; absent sorts first. */
function naive(a: readonly (readonly number[])[], b: readonly (readonly number[])[]): number {
  const [x, y] = [a.toReversed(), b.toReversed()];
  for (let i = 0; ; i++) {
    if (i === x.length || i === y.length) return Math.sign(x.length - y.length);
    const order = Buffer.compare(Buffer.from(x[i].map(lower)), Buffer.from(y[i].map(lower)));
    if (order !== 0) return order;
  }
}

test("keys order as names do", () => {
  const pair = fc.oneof(
    fc.tuple(labels, labels),
    // Names that share an end are where order is decided.
    fc
      .tuple(labels, labels, fc.array(fc.array(fc.nat(255), { minLength: 1, maxLength: 2 }), { maxLength: 2 }))
      .map(([a, b, end]): [number[][], number[][]] => [
        [...a.slice(0, 2), ...end],
        [...b.slice(0, 2), ...end],
      ]),
  );
  fc.assert(
    fc.property(pair, ([a, b]) => {
      expect(byKey(keyOf(a), keyOf(b))).toBe(naive(a, b));
    }),
    { numRuns: 1000 },
  );
});

test("case makes no difference", () => {
  fc.assert(
    fc.property(labels, fc.nat(), (list, mask) => {
      expect(keyOf(turned(list, mask))).toEqual(keyOf(list));
    }),
    { numRuns: 200 },
  );
});

test("the order of the example in §6.1", () => {
  const names = ["example", "a.example", "yljkjljk.a.example", "Z.a.example", "zABC.a.EXAMPLE", "z.example"];
  const tail = [
    [[1], [122], [...Buffer.from("example")]],
    [[42], [122], [...Buffer.from("example")]],
    [[200], [122], [...Buffer.from("example")]],
  ];
  const lists = [...names.map((name) => name.split(".").map((label) => [...Buffer.from(label)])), ...tail];
  const sorted = lists.toReversed().sort((a, b) => byKey(keyOf(a), keyOf(b)));
  expect(sorted).toEqual(lists);
});

test("the longest name's key fits", () => {
  expect(keyOf(new Array(127).fill([0])).length).toBeLessThanOrEqual(MAX_KEY);
  expect(keyOf([...new Array(3).fill(new Array(63).fill(1)), new Array(61).fill(0)]).length).toBeLessThanOrEqual(
    MAX_KEY,
  );
});
