/** The sketch of clients' prefixes: right about those that are busy, silent about the rest, and of one size. */

import fc from "fast-check";
import { expect, test } from "vitest";
import { Catchment } from "../../src/tap/catchment.ts";

const v4 = (a: number, b: number, c: number, d: number) => Uint8Array.of(a, b, c, d);
const v6 = (...head: number[]) => Uint8Array.from([...head, ...new Array<number>(16 - head.length).fill(0)]);

test("clients are counted by /24 and /48, with their shares of all", () => {
  const catchment = new Catchment(0);
  for (let i = 0; i < 6; i++) catchment.add(v4(192, 0, 2, i * 40));
  for (let i = 0; i < 3; i++) catchment.add(v6(0x20, 1, 0xd, 0xb8, 0, 0x53, i));
  catchment.add(v4(255, 255, 255, 255));
  expect(catchment.top(20)).toEqual([
    { prefix: "192.0.2.0/24", share: 0.6 },
    { prefix: "2001:db8:53::/48", share: 0.3 },
    { prefix: "255.255.255.0/24", share: 0.1 },
  ]);
  expect(catchment.top(1)).toHaveLength(1);
});

test("nobody has asked: nobody is told", () => {
  expect(new Catchment(0).top(20)).toEqual([]);
});

test("IPv4's addresses are never taken for IPv6's", () => {
  const catchment = new Catchment(0);
  catchment.add(v4(0, 0, 0, 1));
  catchment.add(v6(0, 0, 0, 0, 0, 0));
  catchment.add(v6(0xff, 0xff, 0xff, 0xff, 0xff, 0xff));
  expect(new Set(catchment.top(9).map(({ prefix }) => prefix))).toEqual(
    new Set(["0.0.0.0/24", "::/48", "ffff:ffff:ffff::/48"]),
  );
});

test("no share is said to be more than it is, and who has more than one in as many as there are counters is there", () => {
  const most = 16;
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.nat(4), fc.nat(200)), { minLength: 1, maxLength: 2000 }), (clients) => {
      const catchment = new Catchment(0, most);
      const counts = new Map<string, number>();
      for (const client of clients) {
        catchment.add(v4(10, 0, client, 7));
        counts.set(`10.0.${client}.0/24`, (counts.get(`10.0.${client}.0/24`) ?? 0) + 1);
      }
      const top = catchment.top(most);
      const rounding = 0.0001;
      for (const { prefix, share } of top) {
        expect(share).toBeLessThanOrEqual((counts.get(prefix) ?? 0) / clients.length + rounding);
      }
      // Sure of all but what the smallest counter may hold, which is one in `most`.
      for (const [prefix, count] of counts) {
        const told = top.find((one) => one.prefix === prefix)?.share ?? 0;
        expect(told).toBeGreaterThanOrEqual((count - clients.length / most) / clients.length - rounding);
      }
    }),
  );
});

test("with a million prefixes that ask alike, nobody is called busy but the one who is", () => {
  const catchment = new Catchment(0);
  for (let i = 0; i < 100_000; i++) {
    catchment.add(v4(i & 255, (i >> 8) & 255, (i >> 16) + 1, 1));
    if (i % 4 === 0) catchment.add(v4(198, 51, 100, 1));
  }
  const [first, second] = catchment.top(20);
  expect(first).toEqual({ prefix: "198.51.100.0/24", share: 0.2 });
  expect(second?.share ?? 0).toBeLessThan(0.001);
});

test("what was busy fades, and what is comes up", () => {
  const catchment = new Catchment(0);
  for (let i = 0; i < 1000; i++) catchment.add(v4(10, 0, 0, 1));
  catchment.fade(600_000);
  catchment.fade(1_800_000);
  for (let i = 0; i < 375; i++) catchment.add(v4(10, 0, 1, 1));
  expect(catchment.top(2)).toEqual([
    { prefix: "10.0.1.0/24", share: 0.75 },
    { prefix: "10.0.0.0/24", share: 0.25 },
  ]);
});
