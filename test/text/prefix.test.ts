/** Prefixes: one spelling each, and what lies within. */

import { describe, expect, test } from "vitest";
import { covers, type Prefix, prefixFromText } from "../../src/text/prefix.ts";

function prefix(text: string): Prefix {
  const read = prefixFromText(text);
  if (read === undefined) throw new Error(`no prefix: ${text}`);
  return read;
}

describe("reading", () => {
  test.each([
    ["198.51.100.0/24", "198.51.100.0/24"],
    ["0.0.0.0/0", "0.0.0.0/0"],
    ["198.51.100.53/32", "198.51.100.53/32"],
    ["2001:0DB8:0053::/48", "2001:db8:53::/48"],
    ["2001:db8:8000::/33", "2001:db8:8000::/33"],
    ["::/0", "::/0"],
  ])("%s is %s", (given, text) => expect(prefix(given).text).toBe(text));

  test.each(["198.51.100.53/24", "198.51.100.0", "198.51.100.0/33", "2001:db8::/129", "2001:db8::1/64", "a/24", "/24"])(
    "%s is none",
    (given) => expect(prefixFromText(given)).toBeUndefined(),
  );
});

describe("covering", () => {
  test.each([
    ["198.51.100.0/24", "198.51.100.53", true],
    ["198.51.100.0/24", "198.51.101.53", false],
    ["198.51.100.0/23", "198.51.101.53", true],
    ["198.51.100.128/25", "198.51.100.127", false],
    ["0.0.0.0/0", "203.0.113.1", true],
    ["0.0.0.0/0", "2001:db8::1", false],
    ["2001:db8:53::/48", "2001:db8:53::53", true],
    ["2001:db8:53::/48", "2001:db8:54::53", false],
  ])("%s, %s: %s", (outer, address, expected) => expect(covers(prefix(outer), address)).toBe(expected));

  test("a prefix covers itself and longer ones, no shorter ones", () => {
    expect(covers(prefix("198.51.100.0/23"), prefix("198.51.100.0/23"))).toBe(true);
    expect(covers(prefix("198.51.100.0/23"), prefix("198.51.101.0/24"))).toBe(true);
    expect(covers(prefix("198.51.100.0/24"), prefix("198.51.100.0/23"))).toBe(false);
  });
});
