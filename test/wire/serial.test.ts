/** Serial number arithmetic (RFC 1982). */

import fc from "fast-check";
import { expect, test } from "vitest";
import { compareSerial } from "../../src/wire/serial.ts";

const serial = fc.oneof(fc.constantFrom(0, 1, 0x7fffffff, 0x80000000, 0x80000001, 0xffffffff), fc.nat(0xffffffff));

test("adding up to 2^31 - 1 makes a serial later (§3.1)", () => {
  const property = fc.property(serial, fc.integer({ min: 1, max: 0x7fffffff }), (from, step) => {
    const to = (from + step) >>> 0;
    expect(compareSerial(to, from)).toBeGreaterThan(0);
    expect(compareSerial(from, to)).toBeLessThan(0);
  });
  fc.assert(property, { numRuns: 500 });
});

test("the comparison of §3.2, written out", () => {
  const later = (a: number, b: number) => (a < b && b - a > 2 ** 31) || (a > b && a - b < 2 ** 31);
  const property = fc.property(serial, serial, (a, b) => {
    const order = compareSerial(a, b);
    expect(order > 0).toBe(later(a, b));
    expect(order < 0).toBe(later(b, a));
    expect(order === 0).toBe(a === b);
  });
  fc.assert(property, { numRuns: 500 });
});

test("half way around neither is later (§3.2: undefined)", () => {
  expect(compareSerial(0, 0x80000000)).toBeNaN();
  expect(compareSerial(0xffffffff, 0x7fffffff)).toBeNaN();
});
