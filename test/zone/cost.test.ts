/** Zone text whose cost must grow with its length, not with the square of it. Bounds are ten times what was measured. */

import { expect, it, vi } from "vitest";
import { loadZone } from "../../src/zone/load.ts";

vi.setConfig({ testTimeout: 60_000 });

const HEAD = "$ORIGIN example.\n$TTL 60\n@ SOA ns h 1 1 1 1 1\n@ NS ns\nns A 192.0.2.1\n";

function seconds(body: string): number {
  const started = performance.now();
  const source = { file: "cost.zone", bytes: Buffer.from(HEAD + body) };
  loadZone(source, { include: () => "no", now: 0 });
  return (performance.now() - started) / 1000;
}

const lines = (count: number, line: (i: number) => string) =>
  Array.from({ length: count }, (_, i) => line(i)).join("\n");

it.each([
  ["service parameters without a value", lines(100_000, (i) => `h${i} HTTPS 1 . key7000`)],
  ["address prefixes without a length", lines(100_000, (i) => `h${i} APL 1:192.0.2.0`)],
  ["name servers of one cut, none with glue", lines(20_000, (i) => `sub NS n${i}.sub`)],
  ["records in one RRset", lines(50_000, (i) => `big A 10.${i >>> 16}.${(i >>> 8) & 255}.${i & 255}`)],
  ["the same record", lines(50_000, () => "big A 192.0.2.1")],
])("many %s", (_, body) => {
  expect(seconds(body)).toBeLessThan(20);
});

it("one record that fits no message is an error", () => {
  const text = `${`"${"y".repeat(255)}" `.repeat(255)}"${"z".repeat(250)}"`;
  const source = { file: "big.zone", bytes: Buffer.from(`${HEAD}big TXT ${text}\n`) };
  const { errors, problems } = loadZone(source, { include: () => "no", now: 0 });
  expect(errors).toBe(1);
  expect(problems[0].message).toMatch(/^this TXT RRset fits no message/);
});
