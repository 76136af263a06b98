/** Serials of new versions, as tables; arithmetic as in RFC 1982. */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compareSerial } from "../../src/wire/serial.ts";
import { newSerial, type SerialPolicy, serialAbove } from "../../src/zone/newserial.ts";

/** 1780315200 in seconds. */
const NOW = new Date("2026-06-01T12:00:00Z");
const HALF = 2 ** 31;
const LAST = 2 ** 32 - 1;

type Row = readonly [what: string, file: number, live: number | undefined, serial: number];

const tables: Readonly<Record<Exclude<SerialPolicy, "keep">, readonly Row[]>> = {
  counter: [
    ["the first version has the file's", 1, undefined, 1],
    ["so has one that was raised there", 9, 7, 9],
    ["one that was not raised", 7, 7, 8],
    ["one that is behind, after a restore of the file", 3, 7, 8],
    ["RFC 1982 §3.1: the last serial and 1 is 0", LAST, LAST, 0],
    ["RFC 1982 §3.2: 0 is above the last one", 0, LAST, 0],
    ["44 is above 4294967000 by less than half the circle", 44, 4_294_967_000, 44],
    ["the farthest that is above", 7 + HALF - 1, 7, 7 + HALF - 1],
    ["one further is neither above nor below", 7 + HALF, 7, 8],
    ["two further is below", 7 + HALF + 1, 7, 8],
  ],
  date: [
    ["the first version", 1, undefined, 2026060100],
    ["the first of the day", 2026053107, 2026053107, 2026060100],
    ["the next of the day", 2026053107, 2026060100, 2026060101],
    ["the hundredth goes on counting", 1, 2026060198, 2026060199],
    ["past 99, into a day that is not", 1, 2026060199, 2026060200],
    ["and on from there the next day", 1, 2026060250, 2026060251],
    ["after a counter", 12, 12, 2026060100],
    ["after seconds", 1_780_000_000, 1_780_000_000, 2026060100],
    ["the file's own, later one of the day", 2026060105, 2026060102, 2026060105],
    ["the file's own, earlier one", 2026060101, 2026053100, 2026060101],
    ["a file that was raised, but not to the day", 2026053108, 2026053107, 2026060100],
    ["a serial that no date comes after yet", 4_000_000_000, 4_000_000_000, 4_000_000_001],
    ["the last serial: any date below 2^31 is above it", LAST, LAST, 2026060100],
    ["a date that is neither above nor below", 1, (2026060100 + HALF) >>> 0, ((2026060100 + HALF) >>> 0) + 1],
  ],
  unix: [
    ["the first version", 1, undefined, 1_780_315_200],
    ["the seconds", 1_780_000_000, 1_780_000_000, 1_780_315_200],
    ["twice in a second", 1_780_315_200, 1_780_315_200, 1_780_315_201],
    ["a clock that was put back", 1, 1_780_400_000, 1_780_400_001],
    ["the file's own is later", 1_780_400_007, 1_780_400_000, 1_780_400_007],
    ["after dates, which are above all seconds for now", 2026060100, 2026060100, 2026060101],
  ],
};

for (const [policy, rows] of Object.entries(tables)) {
  describe(policy, () => {
    for (const [what, file, live, serial] of rows) {
      test(`${what}: ${file} over ${live ?? "none"}`, () => {
        expect(newSerial(policy as SerialPolicy, file, live, NOW)).toEqual({ serial });
      });
    }
  });
}

test("date is the day in UTC, wherever the publisher is", () => {
  const serial = (time: string) => newSerial("date", 1, undefined, new Date(time));
  expect(serial("2026-12-31T23:59:59+00:00")).toEqual({ serial: 2026123100 });
  expect(serial("2026-12-31T23:59:59-05:00")).toEqual({ serial: 2027010100 });
});

test("seconds go on after 32 bits", () => {
  // RFC 1982 §3.2: 10 s after the last serial.
  const later = new Date((2 ** 32 + 9) * 1000);
  expect(newSerial("unix", 1, LAST, later)).toEqual({ serial: 9 });
});

describe("keep", () => {
  const advice = "or let it be raised by --serial counter, date or unix (publish.serial in the configuration)";

  test("takes the file's, and only above the live one", () => {
    expect(newSerial("keep", 1, undefined, NOW)).toEqual({ serial: 1 });
    expect(newSerial("keep", 9, 7, NOW)).toEqual({ serial: 9 });
    expect(newSerial("keep", 0, LAST, NOW)).toEqual({ serial: 0 });
  });

  test("says why it refuses, and which serial will do", () => {
    expect(newSerial("keep", 7, 7, NOW)).toEqual({
      why: `serial 7 is the one that is live: raise it in the file, to 8 or above, ${advice}`,
    });
    expect(newSerial("keep", 6, 7, NOW)).toEqual({
      why: `serial 6 is below 7, which is live (RFC 1982): raise it in the file, to 8 or above, ${advice}`,
    });
    expect(newSerial("keep", LAST, 0, NOW)).toEqual({
      why: `serial 4294967295 is below 0, which is live (RFC 1982): raise it in the file, to 1 or above, ${advice}`,
    });
    expect(newSerial("keep", HALF, 0, NOW)).toEqual({
      why: `serial 2147483648 is neither above nor below 0, which is live (RFC 1982): raise it in the file, to 1 or above, ${advice}`,
    });
  });
});

const serial = fc.oneof(fc.constantFrom(0, 1, HALF - 1, HALF, HALF + 1, LAST), fc.nat(LAST));

test("whatever the policy, the clock and the file: above what is live", () => {
  const policy = fc.constantFrom<SerialPolicy>("keep", "date", "counter", "unix");
  const time = fc.date({ min: new Date(0), max: new Date("4000-01-01"), noInvalidDate: true });
  const property = fc.property(policy, serial, serial, time, (each, file, live, now) => {
    const found = newSerial(each, file, live, now);
    if ("why" in found) expect([each, compareSerial(file, live) > 0]).toEqual(["keep", false]);
    else {
      expect(compareSerial(found.serial, live)).toBeGreaterThan(0);
      expect(found.serial).toBe(found.serial >>> 0);
    }
  });
  fc.assert(property, { numRuns: 2000 });
});

describe("above several", () => {
  const rows: readonly (readonly [floors: readonly [number, ...number[]], above: number | undefined])[] = [
    [[5], 6],
    [[5, 9, 7], 10],
    [[LAST, 3], 4],
    [[3, LAST, LAST - 1], 4],
    [[LAST], 0],
    [[0, HALF - 2], HALF - 1],
    // The next would be 2^31 above 0, which RFC 1982 §3.2 leaves undefined.
    [[0, HALF - 1], undefined],
    [[0, HALF], undefined],
    [[0, 1_500_000_000, 3_000_000_000], undefined],
  ];
  for (const [floors, above] of rows) {
    test(floors.join(", "), () => {
      expect(serialAbove(...floors)).toBe(above);
      expect(serialAbove(...(floors.toReversed() as [number, ...number[]]))).toBe(above);
    });
  }

  test("the least there is, or none at all", () => {
    const property = fc.property(fc.array(serial, { minLength: 1, maxLength: 4 }), ([first, ...others]) => {
      const floors = [first, ...others];
      const isAbove = (one: number) => floors.every((floor) => compareSerial(one, floor) > 0);
      // Each range of what is above one of them begins right after it: so does what is above all.
      const candidates = floors.map((floor) => (floor + 1) >>> 0).filter(isAbove);
      expect(serialAbove(first, ...others)).toBe(candidates[0]);
      expect(new Set(candidates).size).toBeLessThanOrEqual(1);
    });
    fc.assert(property, { numRuns: 2000 });
  });
});
