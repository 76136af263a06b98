/** RDATA that outgrows the room it is read into, at every place where that can happen. */

import { describe, expect, it } from "vitest";
import { nameFromText } from "../../src/text/name.ts";
import { rdataToText, readRdata } from "../../src/text/rdata.ts";
import { Scanner } from "../../src/text/scanner.ts";
import { WireBuffer } from "../../src/text/wirebuffer.ts";
import { RrType } from "../../src/wire/rrtype.ts";

const origin = nameFromText("example.");

function read(type: number, text: string): string {
  const out = new WireBuffer();
  readRdata(type, new Scanner(Buffer.from(text), origin), out);
  return rdataToText(type, out.bytes, 0, out.length);
}

describe("a name at the end of RDATA of any length", () => {
  const label = "n".repeat(60);
  it.each(Array.from({ length: 120 }, (_, i) => 420 + i))("after %i octets", (octets) => {
    const texts = [200, 200, octets - 411].map((length) => `"${"x".repeat(Math.max(0, length))}"`).join(" ");
    expect(read(RrType.NAPTR, `1 2 ${texts} ${label}`)).toBe(`1 2 ${texts} ${label}.example.`);
  });

  it('"@" as the last of several names', () => {
    const key = Buffer.alloc(450, 7).toString("base64");
    const hip = `2 200100107B1A74DF365639CC39F1D578 ${key} ${"a".repeat(60)}.example. example.`;
    expect(read(RrType.HIP, hip.replace(/example\.$/, "@"))).toBe(hip);
  });
});

it("text that fills a record to its last octet, and one octet more", () => {
  const strings = (count: number, last: number) =>
    `${'"255"'.replace("255", "y".repeat(255)).concat(" ").repeat(count)}"${"z".repeat(last)}"`;
  expect(read(RrType.TXT, strings(255, 254))).toHaveLength(258 * 255 + 256);
  expect(() => read(RrType.TXT, strings(255, 255))).toThrow("longer than 65535 octets");
});
