import { describe, expect, it } from "vitest";
import { isWildcard, listenFromText, listenToText } from "../../src/text/listen.ts";

describe("ADDR@PORT", () => {
  it.each([
    ["192.0.2.53@5300", "192.0.2.53@5300"],
    ["192.0.2.53", "192.0.2.53@53"],
    ["2001:db8::53@53", "2001:db8::53@53"],
    ["[2001:db8::53]@53", "2001:db8::53@53"],
    ["2001:0DB8:0:0:0:0:0:53@53", "2001:db8::53@53"],
    ["::ffff:192.0.2.1@53", "::ffff:c000:201@53"],
  ])("%s is %s", (text, expected) => {
    const listen = listenFromText(text);
    expect(listen && listenToText(listen)).toBe(expected);
  });

  it.each([
    "",
    "@53",
    "192.0.2.53@",
    "192.0.2.53@0",
    "192.0.2.53@65536",
    "192.0.2@53",
    "example.com@53",
    "192.0.2.53:53",
  ])("%j is none", (text) => {
    expect(listenFromText(text)).toBeUndefined();
  });

  it.each([
    ["0.0.0.0@53", true],
    ["::@53", true],
    ["0:0:0:0:0:0:0:0@53", true],
    ["127.0.0.1@53", false],
    ["::1@53", false],
  ])("%s stands for every address: %s", (text, expected) => {
    const listen = listenFromText(text);
    expect(listen && isWildcard(listen)).toBe(expected);
  });
});
