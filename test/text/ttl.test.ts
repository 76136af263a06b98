import { describe, expect, test } from "vitest";
import { nameFromText } from "../../src/text/name.ts";
import { Scanner } from "../../src/text/scanner.ts";
import { ttlAt, ttlFromToken } from "../../src/text/ttl.ts";

function ttl(text: string): number {
  return ttlAt(Buffer.from(text), 0, text.length);
}

describe("ttlAt", () => {
  test.each([
    ["0", 0],
    ["3600", 3600],
    ["1h30m", 5400],
    ["1W2D", 777_600],
    ["1w1d1h1m1s", 694_861],
    ["4294967295", 4_294_967_295],
    ["4294967296", -2],
    ["7102w", -2],
    ["9".repeat(400), -2],
    ["", -1],
    ["h", -1],
    ["1h30", -1],
    ["1y", -1],
    ["1hm", -1],
    ["-1", -1],
    ["1.5h", -1],
    ["IN", -1],
    ["A6", -1],
    ["1\u0013", -1],
  ])("%s is %i", (text, seconds) => {
    expect(ttl(text)).toBe(seconds);
  });
});

test("ttlFromToken tells what is wrong", () => {
  const input = new Scanner(Buffer.from("1h x 4294967296"), nameFromText("."));
  input.need("TTL");
  expect(ttlFromToken(input)).toBe(3600);
  input.need("TTL");
  expect(() => ttlFromToken(input)).toThrow('expected a time in seconds or like 1h30m, got "x"');
  input.need("TTL");
  expect(() => ttlFromToken(input)).toThrow('expected a time of at most 4294967295 seconds, got "4294967296"');
});
