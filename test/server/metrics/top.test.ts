/** The busiest of many zones, and that no counter ever falls, whichever those are. */

import fc from "fast-check";
import { expect, test } from "vitest";
import { Largest, Others, type Row } from "../../../src/server/metrics/top.ts";

test("of many, the largest few, and of equal ones the first", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(20)), fc.nat(8), (numbers, most) => {
      const largest = new Largest<number>(most);
      numbers.forEach((by, i) => {
        largest.add(by, i);
      });
      const sorted = numbers.map((by, i) => ({ by, i })).toSorted((a, b) => b.by - a.by || a.i - b.i);
      expect(largest.list).toEqual(sorted.slice(0, most).map(({ i }) => i));
    }),
  );
});

const row = (queries: number): Row => [queries, 0, 0, 0];

test("the first look: all that is not of zones with a series of their own", () => {
  expect(new Others().look([10, 4, 2, 1], new Map([["a.", [6, 1, 2, 0] as Row]]))).toEqual([4, 3, 0, 1]);
});

test("a zone that becomes one of the busiest does not take back what was counted of it among the others", () => {
  const others = new Others();
  expect(others.look(row(10), new Map([["a.", row(6)]]))).toEqual(row(4));
  // b. had 4 and has 20 now: its 16 came while it was one of the others.
  expect(others.look(row(26), new Map([["b.", row(20)]]))).toEqual(row(20));
  // From now on only what came to other zones.
  expect(others.look(row(40), new Map([["b.", row(33)]]))).toEqual(row(21));
});

test("a zone that is removed takes its counts along, and the others' do not fall", () => {
  const others = new Others();
  others.look(row(10), new Map());
  expect(others.look(row(3), new Map())).toEqual(row(10));
  expect(others.look(row(5), new Map())).toEqual(row(12));
});

test("whatever comes, the others' counts never fall, and nothing that came is counted twice", () => {
  const looks = fc.array(fc.array(fc.nat(50), { minLength: 5, maxLength: 5 }), { maxLength: 10 });
  fc.assert(
    fc.property(looks, fc.nat(5), (came, most) => {
      const others = new Others();
      const counts = [0, 0, 0, 0, 0];
      let before = 0;
      let own = new Map<string, Row>();
      for (const steps of came) {
        steps.forEach((step, i) => {
          counts[i] += step;
        });
        const sorted = counts.map((count, i) => ({ count, i })).toSorted((a, b) => b.count - a.count);
        const had = own;
        own = new Map(sorted.slice(0, most).map(({ count, i }) => [`${i}.`, row(count)]));
        const total = counts.reduce((sum, count) => sum + count, 0);
        const [now] = others.look(row(total), own);
        const others1 = steps.filter((_, i) => !(had.has(`${i}.`) && own.has(`${i}.`))).reduce((a, b) => a + b, 0);
        expect(now).toBeGreaterThanOrEqual(before);
        expect(now - before).toBeLessThanOrEqual(others1);
        before = now;
      }
      expect(before).toBeLessThanOrEqual(counts.reduce((sum, count) => sum + count, 0));
    }),
  );
});
