/** Prefixes that are far below their limits cost next to nothing, and no limit is another one for that. */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CALM_BYTES, Calm } from "../../../src/answer/ratelimit/calm.ts";
import { KINDS, Kind } from "../../../src/answer/ratelimit/kind.ts";
import { tableMemory } from "../../../src/answer/ratelimit/table.ts";
import { limiting, limitsWith } from "./limiting.ts";

const RATE = 200;
const rates = Array.from({ length: KINDS }, (_, kind) => (kind === Kind.ALL ? 0 : RATE));
const WWW = "www.example. A";
const passed = (signs: string) => [...signs].filter((sign) => sign === ".").length;

function limited() {
  const table = tableMemory(4096);
  const accounts = () =>
    new Int32Array(table).filter((_, i) => i % 4 === 3).reduce((sum, state) => sum + (state & 1), 0);
  return { accounts, ...limiting(limitsWith({ table, rates, window: 5 })) };
}

describe("through a responder, at 200 a second", () => {
  test("half of that is never charged, whatever is asked", () => {
    const { times, wait, accounts } = limited();
    for (let second = 0; second < 20; second++) {
      expect(passed(times(50, WWW) + times(50, "nowhere.example. A"))).toBe(100);
      wait(1000);
    }
    expect(accounts()).toBe(0);
  });

  test("a burst of one answer gets as many as the limit says, and not one more", () => {
    const { times } = limited();
    expect(passed(times(1000, WWW))).toBe(RATE);
  });

  test("who goes on gets nothing for as long as the debt lasts, and is watched until then", () => {
    const { times, wait, accounts } = limited();
    for (let i = 0; i < 100; i++) {
      times(100, WWW);
      wait(100);
    }
    expect(accounts()).toBe(1);
    // A debt of five seconds: what is asked calmly meanwhile is charged, too.
    expect(passed(times(10, WWW))).toBe(0);
    wait(6000);
    expect(passed(times(10, WWW))).toBe(10);
    wait(9000);
    times(90, WWW);
    wait(1000);
    expect(passed(times(90, "other.example. A"))).toBe(90);
    expect(accounts()).toBe(1);
  });

  test("other prefixes, and other names of the same one, have their own", () => {
    const { times } = limited();
    times(1000, WWW);
    expect(passed(times(100, WWW, "198.51.101.1"))).toBe(100);
    // But for what may have been of them in the second in which it began.
    expect(passed(times(1000, "other.example. A"))).toBe(RATE / 2);
  });

  test("in no time does more go out than the limit, one burst, and what is not charged at first", () => {
    const step = fc.record({ asked: fc.integer({ min: 0, max: 400 }), pause: fc.integer({ min: 0, max: 3000 }) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
        const { times, wait } = limited();
        let [out, elapsed] = [0, 0];
        for (const { asked, pause } of steps) {
          out += passed(times(asked, WWW));
          expect(out).toBeLessThanOrEqual((RATE * elapsed) / 1000 + RATE * 1.5);
          wait(pause);
          elapsed += pause;
        }
      }),
      { numRuns: 60 },
    );
  });
});

describe("by itself", () => {
  const calm = (of: readonly number[]) => new Calm(new SharedArrayBuffer(CALM_BYTES), of, 5);

  test("small limits charge from the first reply on; limits of 0 are none", () => {
    expect(calm([49, 0]).passes(1, 0)).toBe(false);
    expect(calm([50, 0]).passes(1, 0)).toBe(true);
    expect(calm([0, 0, 1000]).passes(1, 0)).toBe(true);
  });

  test("the clock may go round, and another thread's may be a little behind", () => {
    const one = calm([200]);
    const end = 2 ** 32 - 500;
    for (let i = 0; i < 100; i++) expect(one.passes(7, end)).toBe(true);
    expect(one.passes(7, end - 3)).toBe(false);
    expect(one.spent).toBe(100);
    // The second after that, with a clock that has begun anew.
    expect(one.passes(7, end + 1200)).toBe(false);
    expect(one.spent).toBe(0);
    expect(one.passes(7, end + 20_000)).toBe(true);
  });

  test("threads count together", () => {
    const memory = new SharedArrayBuffer(CALM_BYTES);
    const [one, two] = [new Calm(memory, [200], 5), new Calm(memory, [200], 5)];
    const all = Array.from({ length: 120 }, (_, i) => (i % 2 === 0 ? one : two).passes(3, 1000));
    expect(all.filter(Boolean)).toHaveLength(100);
  });
});
