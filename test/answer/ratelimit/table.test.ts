/** Accounts: what they let pass, as BIND's do; that they never let more pass; and that memory is what it is. */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Charge, LimitTable, LimitView, tableMemory } from "../../../src/answer/ratelimit/table.ts";

const PASS = ".";
const SIGNS: Readonly<Record<number, string>> = { [Charge.PAID]: PASS, [Charge.OVER]: "x", [Charge.SLIPS]: "T" };
/** A time at which the clock's lower 32 bits are about to begin anew. */
const NEAR_WRAP = 2 ** 32 - 500;

/** An account of its own for each number. */
const hashOf = (key: number) => [Math.imul(key + 1, 0x9e3779b1), Math.imul(key + 7, 0x85ebca6b)] as const;

function accounts({ window = 5, slip = 2, entries = 1024 } = {}) {
  const memory = tableMemory(entries);
  const table = new LimitTable(memory, window, slip);
  const charge = (key: number, rate: number, now: number) => table.charge(...hashOf(key), rate, now);
  return {
    memory,
    table,
    charge,
    /** Charges so many times at one moment: a sign for each. */
    burst: (times: number, rate: number, now: number, key = 1) =>
      Array.from({ length: times }, () => SIGNS[charge(key, rate, now)]).join(""),
  };
}

describe("as in BIND", () => {
  test("so many a second pass; of those above, the first slips, and each second one after it", () => {
    expect(accounts().burst(10, 5, 0)).toBe(".....TxTxT");
  });

  test("slip 0: none; 1: all; 3: each third one", () => {
    expect(accounts({ slip: 0 }).burst(9, 3, 0)).toBe("...xxxxxx");
    expect(accounts({ slip: 1 }).burst(9, 3, 0)).toBe("...TTTTTT");
    expect(accounts({ slip: 3 }).burst(10, 3, 0)).toBe("...TxxTxxT");
  });

  test("a second later as many pass again, when no more were asked for than that", () => {
    const { burst } = accounts();
    expect(burst(5, 5, 0)).toBe(".....");
    expect(burst(6, 5, 1000)).toBe(".....T");
  });

  test("credit comes with time, not in steps of a second", () => {
    const { burst } = accounts();
    expect(burst(5, 5, 0)).toBe(".....");
    expect(burst(2, 5, 199)).toBe("Tx");
    const { burst: other } = accounts();
    expect(other(5, 5, 0)).toBe(".....");
    expect(other(2, 5, 200)).toBe(".T");
  });

  test("those that are refused are charged, too: who floods on gets nothing", () => {
    const { burst } = accounts({ slip: 0 });
    expect(burst(20, 5, 0)).toBe(".....xxxxxxxxxxxxxxx");
    for (let second = 1; second < 10; second++) expect(burst(20, 5, second * 1000)).toBe("x".repeat(20));
  });

  test("the debt is paid off by waiting: one of 10 at 5 a second in 2 s, and then comes the first credit", () => {
    const { burst } = accounts({ slip: 0 });
    expect(burst(15, 5, 0)).toBe(".....xxxxxxxxxx");
    expect(burst(1, 5, 2000)).toBe("x");
    expect(burst(2, 5, 2400)).toBe(".x");
  });

  test("no debt is deeper than the window: after that time of silence all is as at first", () => {
    const { burst } = accounts({ slip: 0, window: 2 });
    burst(1000, 5, 0);
    expect(burst(1, 5, 1999)).toBe("x");
    const { burst: patient } = accounts({ slip: 0, window: 2 });
    patient(1000, 5, 0);
    expect(patient(6, 5, 2001)).toBe(".....x");
  });

  test("who has all of his credit back begins with a slip again", () => {
    const { burst } = accounts({ slip: 3 });
    expect(burst(5, 3, 0)).toBe("...Tx");
    expect(burst(4, 3, 60_000)).toBe("...T");
  });
});

test("the clock's lower 32 bits begin anew, and nobody is the better or worse for it", () => {
  const { burst } = accounts({ slip: 0 });
  expect(burst(6, 5, NEAR_WRAP)).toBe(".....x");
  expect(burst(6, 5, NEAR_WRAP + 1200)).toBe(".....x");
  expect(burst(1, 5, NEAR_WRAP + 2 ** 31 + 100_000)).toBe(".");
});

test("another thread's reading of the clock may be a moment older: no credit for that, and no charge", () => {
  const { burst } = accounts({ slip: 0 });
  expect(burst(5, 5, 1000)).toBe(".....");
  expect(burst(1, 5, 990)).toBe("x");
  expect(burst(1, 5, 1400)).toBe(".");
});

test("an account goes over its limit once, until it has all of its credit back", () => {
  const { table, charge } = accounts();
  const starts: boolean[] = [];
  for (const now of [0, 0, 0, 0, 500, 30_000, 30_000, 30_000]) {
    if (charge(1, 2, now) !== Charge.PAID) starts.push(table.started);
  }
  expect(starts).toEqual([true, false, false, true]);
});

test("whoever looks on sees that an account is over its limit, and when it no longer is", () => {
  const { memory, table, charge } = accounts({ window: 5 });
  const view = new LimitView(memory, 5);
  for (let i = 0; i < 4; i++) charge(1, 2, 0);
  const [hash] = hashOf(1);
  // A debt of 2, and credit of 2 to come: 2 s.
  expect(view.isOver(table.last, hash, 2, 1999)).toBe(true);
  expect(view.isOver(table.last, hash, 2, 2000)).toBe(false);
  expect(view.isOver(table.last, hash ^ 1, 2, 0)).toBe(false);
});

/** Times between charges, in ms: mostly short ones. */
const gaps = fc.array(fc.oneof({ weight: 6, arbitrary: fc.nat(20) }, { weight: 1, arbitrary: fc.nat(9000) }), {
  minLength: 1,
  maxLength: 400,
});

test("however somebody asks: in no stretch of time do more pass than its rate gives, and one second's", () => {
  const rates = fc.integer({ min: 1, max: 50 });
  const windows = fc.integer({ min: 1, max: 20 });
  fc.assert(
    fc.property(gaps, rates, windows, fc.nat(2 ** 32), (times, rate, window, start) => {
      const { charge } = accounts({ window });
      const passed: number[] = [];
      let now = start;
      for (const gap of times) {
        now += gap;
        if (charge(1, rate, now) === Charge.PAID) passed.push(now);
      }
      passed.forEach((from, i) => {
        for (let to = i; to < passed.length; to++) {
          expect(to - i + 1).toBeLessThanOrEqual((rate * (passed[to] - from)) / 1000 + rate + 1e-9);
        }
      });
    }),
    { numRuns: 60 },
  );
});

test("whoever asks at no more than the rate is never refused", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1000 }), fc.nat(2 ** 32), (rate, start) => {
      const { charge } = accounts();
      const step = Math.ceil(1000 / rate);
      for (let i = 0; i < 300; i++) expect(charge(1, rate, start + i * step)).toBe(Charge.PAID);
    }),
    { numRuns: 50 },
  );
});

test("a full table takes new accounts in the place of the oldest, and never grows", () => {
  const { memory, charge } = accounts({ entries: 1024 });
  const octets = memory.byteLength;
  expect(octets).toBe(1024 * 16);
  for (let key = 0; key < 100_000; key++) charge(key, 1, key);
  expect(memory.byteLength).toBe(octets);
  // The last ones are there yet: each has had its one reply of this second.
  let known = 0;
  for (let key = 99_900; key < 100_000; key++) if (charge(key, 1, 100_000) !== Charge.PAID) known++;
  expect(known).toBeGreaterThan(95);
  // The first ones are not: all the room there is cannot hold a tenth of what came after them.
  for (let key = 0; key < 100; key++) expect(charge(key, 1, 100_000)).toBe(Charge.PAID);
});

test("an account that is flooded stays, however many others come meanwhile", () => {
  const { charge } = accounts({ entries: 1024, slip: 0 });
  for (let i = 0; i < 20; i++) charge(-5, 10, 0);
  for (let key = 0; key < 200_000; key++) {
    charge(key, 1, key / 200);
    if (key % 100 === 0) expect(charge(-5, 10, key / 200)).toBe(Charge.OVER);
  }
});

test("room is made for as many accounts as are asked for, or more", () => {
  for (const entries of [1, 4, 5, 1000, 1024, 131_072]) {
    expect(tableMemory(entries).byteLength / 16).toBeGreaterThanOrEqual(entries);
    expect(tableMemory(entries).byteLength / 16).toBeLessThan(entries * 2 + 4);
  }
});
