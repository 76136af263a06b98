/** A zone's text, whole, in blocks and line by line, and with another serial. */

import { describe, expect, test } from "vitest";
import { nameFromText, nameToText } from "../../src/text/name.ts";
import type { Zone } from "../../src/zone/image.ts";
import { soaIsSigned, zoneBlocks, zoneText } from "../../src/zone/text.ts";
import { dumpZone } from "./dumping.ts";
import { HEAD, load, opened } from "./loading.ts";
import { loadSample, samples } from "./samples.ts";

const RRSIG = "13 1 3600 20370101000000 20200101000000 1 example. AAAA";
const good = samples("good").map((sample) => [sample.file, opened(loadSample(sample))] as const);

function many(names: number): Zone {
  const lines = Array.from(
    { length: names },
    (_, i) => `h${i} A 192.0.2.${i % 256}\nh${i} TXT "${"x".repeat(i % 200)}"`,
  );
  return opened(load(HEAD + lines.join("\n")));
}

const text = (zone: Zone, serial?: number) => Buffer.from(zoneText(zone, serial)).toString("latin1");

describe("lines, blocks and the whole are the same", () => {
  for (const [name, zone] of [...good, ["many names", many(20_000)] as const]) {
    test(name, () => {
      const whole = text(zone);
      expect([...dumpZone(zone)].map((line) => `${line}\n`).join("")).toBe(whole);
      const blocks = [...zoneBlocks(zone)].map((block) => Buffer.from(block).toString("latin1"));
      expect(blocks.join("")).toBe(whole);
      for (const block of blocks) expect(block.endsWith("\n")).toBe(true);
    });
  }

  test("a large zone has many blocks, and each keeps what it had when the next is there", () => {
    const zone = many(20_000);
    expect([...zoneBlocks(zone)].length).toBeGreaterThan(5);
  });
});

test("one name with more than a block has room for", () => {
  const lines = Array.from({ length: 12 }, (_, i) => `big TYPE${65300 + i} \\# 40000 ${"ab".repeat(40_000)}`);
  const zone = opened(load(HEAD + lines.join("\n")));
  expect([...zoneBlocks(zone)].map((block) => block.length > 900_000)).toContain(true);
  const again = opened(load(zoneText(zone)));
  expect(Buffer.from(again.bytes).equals(Buffer.from(zone.bytes))).toBe(true);
});

test("every octet that a label can have is written as nameToText does it", () => {
  const owners = Array.from({ length: 256 }, (_, octet) =>
    nameToText(Uint8Array.of(3, 0x61, octet, 0x62, ...nameFromText("example."))),
  );
  const zone = opened(load(HEAD + owners.map((owner) => `${owner} PTR ${owner}`).join("\n")));
  const written = text(zone)
    .split("\n")
    .flatMap((line) => (line.includes(" PTR ") ? [line.split(" 3600 IN PTR ")] : []));
  // RFC 4343: owners are in lower case, and so one for both cases.
  expect(new Set(written.map(([owner]) => owner))).toEqual(new Set(owners.map((owner) => owner.toLowerCase())));
  expect(new Set(written.map(([, target]) => target))).toEqual(new Set(owners));
});

test("addresses and names at their limits", () => {
  const long = `${`${"a".repeat(63)}.`.repeat(3)}${"b".repeat(61)}.`;
  const lines = ["0 A 0.0.0.0", "1 A 9.10.99.100", "2 A 101.199.200.255", "3 NS .", `4 NS ${long}`, "5 PTR *.example."];
  const zone = opened(load(HEAD + lines.join("\n")));
  expect(text(zone).split("\n").slice(2, -1)).toEqual([
    "0.example. 3600 IN A 0.0.0.0",
    "1.example. 3600 IN A 9.10.99.100",
    "2.example. 3600 IN A 101.199.200.255",
    "3.example. 3600 IN NS .",
    `4.example. 3600 IN NS ${long}`,
    "5.example. 3600 IN PTR *.example.",
  ]);
});

describe("with another serial", () => {
  for (const [name, zone] of good) {
    test(`${name}: the same image but for the serial, and the same image with the old one again`, () => {
      const { apex, serial } = zone;
      const raised = opened(load(zoneText(zone, 0xffffffff), { apex }));
      expect(raised.serial).toBe(0xffffffff);
      const others = raised.bytes.filter((octet, at) => octet !== zone.bytes[at] && octet !== 0xff);
      expect([raised.bytes.length, others.length]).toEqual([zone.bytes.length, 0]);
      const again = opened(load(zoneText(raised, serial), { apex }));
      expect(Buffer.from(again.bytes).equals(Buffer.from(zone.bytes))).toBe(true);
    });
  }

  test("only the SOA's line differs, and the zone is as it was", () => {
    const zone = opened(load(HEAD));
    expect(text(zone, 2026060100)).toBe(text(zone).replace(" 1 7200 ", " 2026060100 7200 "));
    expect(text(zone, 0)).toBe(text(zone).replace(" 1 7200 ", " 0 7200 "));
    expect(text(zone, 1)).toBe(text(zone));
    expect(zone.serial).toBe(1);
  });

  test("a signed SOA keeps its signatures, which are of the other serial: whoever raises it has to ask first", () => {
    const signed = opened(load(`${HEAD}@ RRSIG SOA ${RRSIG}\n@ RRSIG NS ${RRSIG}`));
    expect(soaIsSigned(signed)).toBe(true);
    const lines = text(signed, 7).split("\n");
    expect(lines[0]).toContain(" 7 7200 ");
    expect(lines[1]).toBe(`example. 3600 IN RRSIG SOA ${RRSIG}`);
    expect(soaIsSigned(opened(load(`${HEAD}@ RRSIG NS ${RRSIG}`)))).toBe(false);
    expect(soaIsSigned(opened(load(HEAD)))).toBe(false);
  });
});
