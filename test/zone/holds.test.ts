/** How long what loading says of a zone holds: signatures begin and end (RFC 4034 §3.1.5), nothing else knows the time. */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { HEAD, load, NOW, told } from "./loading.ts";

const DAY = 86_400;

/** A zone with one RRSIG for each pair of inception and expiration, in seconds since 1970. */
function signed(...times: readonly (readonly [number, number])[]): string {
  const serial = (seconds: number) => String(seconds >>> 0).padStart(10, "0");
  const lines = times.map(([inception, expiration], i) => {
    const rrsig = `RRSIG A 15 2 3600 ${serial(expiration)} ${serial(inception)} 1 example. AAAA`;
    return `n${i} A 192.0.2.1\nn${i} ${rrsig}\n`;
  });
  return HEAD + lines.join("");
}

const holdsOf = (text: string, now: number) => load(text, { now }).holds;
const verdict = (text: string, now: number) => told(load(text, { now })).join("\n");

test("without signatures, for ever", () => {
  expect(holdsOf(`${HEAD}www A 192.0.2.1`, NOW)).toEqual({ from: 0, until: Number.MAX_SAFE_INTEGER });
});

test("what has errors holds nothing", () => {
  expect(holdsOf(`${HEAD}www A 192.0.2`, NOW)).toBeUndefined();
});

describe("one signature", () => {
  const inception = NOW + 10 * DAY;
  const expiration = NOW + 40 * DAY;
  const text = signed([inception, expiration]);

  test.each([
    ["is not yet valid until its inception", NOW, undefined, inception],
    ["is good from its inception to three days before its expiration", inception, inception, expiration - 3 * DAY + 1],
    ["is good in the last second of that", expiration - 3 * DAY, inception, expiration - 3 * DAY + 1],
    ["ends soon then", expiration - 3 * DAY + 1, expiration - 3 * DAY + 1, expiration + 1],
    ["is valid in its last second", expiration, expiration - 3 * DAY + 1, expiration + 1],
    ["has expired after it", expiration + 1, expiration + 1, undefined],
  ])("%s", (_, now, from, until) => {
    const holds = holdsOf(text, now);
    if (from !== undefined) {
      expect(holds?.from).toBe(from);
      expect(verdict(text, from - 1)).not.toBe(verdict(text, now));
    }
    if (until !== undefined) {
      expect(holds?.until).toBe(until);
      expect(verdict(text, until)).not.toBe(verdict(text, now));
    }
  });
});

test("of many signatures, the next edge of any of them", () => {
  const text = signed(
    [NOW - 9 * DAY, NOW + 30 * DAY],
    [NOW - 2 * DAY, NOW + 20 * DAY],
    [NOW - 5 * DAY, NOW + 25 * DAY],
  );
  expect(holdsOf(text, NOW)).toEqual({ from: NOW - 2 * DAY, until: NOW + 17 * DAY + 1 });
});

test("from its first second to its last, the same is said, wherever the serial numbers stand (RFC 1982)", () => {
  const second = fc.nat(0xffffffff);
  const near = fc.integer({ min: -5 * DAY, max: 5 * DAY });
  const any = fc.oneof(
    second,
    near.map((seconds) => NOW + seconds),
    near.map((seconds) => NOW + 2 ** 31 + seconds),
  );
  fc.assert(
    fc.property(fc.array(fc.tuple(any, any), { minLength: 1, maxLength: 3 }), fc.nat(1_000_000), (times, part) => {
      const text = signed(...times);
      const { from, until } = holdsOf(text, NOW) ?? { from: 0, until: 0 };
      expect(from).toBeLessThanOrEqual(NOW);
      expect(until).toBeGreaterThan(NOW);
      const between = from + Math.floor(((until - 1 - from) * part) / 1_000_000);
      for (const now of [from, between, until - 1]) {
        expect(verdict(text, now)).toBe(verdict(text, NOW));
        expect(holdsOf(text, now)).toEqual({ from, until });
      }
    }),
    { numRuns: 200 },
  );
});
