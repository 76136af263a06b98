/** The first expiration of a zone's signatures, against the text that the image was made of. */

import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { expect, test } from "vitest";
import { ExpiryWalk } from "../../src/zone/expiry.ts";
import { ROOT_DIRECTORY, zoneFromText } from "../support/server.ts";

/** Inside the validity of the signed zones in zones/. */
const NOW = 1_800_000_000;

/** The expirations that a zone's text has: YYYYMMDDHHmmSS (RFC 4034 §3.2), the first of the two times of a signature. */
function firstIn(text: string): number {
  const times = [...text.matchAll(/\sRRSIG\s[\s\S]*?\s(\d{14})[\s(]/g)].map(([, time]) => {
    const [, ...parts] = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/.exec(time) ?? [];
    const [year, month, day, hour, minute, second] = parts.map(Number);
    return Date.UTC(year, month - 1, day, hour, minute, second) / 1000;
  });
  return Math.min(...times);
}

test.each(["nsec.example.", "nsec3.example."])("the nearest one of %s, in steps of any size", (zone) => {
  const text = readFileSync(resolve(ROOT_DIRECTORY, `zones/${zone}zone`), "utf8");
  const image = zoneFromText(zone, text, zone);
  for (const step of [1, 3, 1_000_000]) {
    const walk = new ExpiryWalk(image, NOW);
    while (!walk.step(step));
    expect(walk.nearest).toBe(firstIn(text));
  }
});

test("one step is no more work than was asked for", () => {
  const text = readFileSync(resolve(ROOT_DIRECTORY, "zones/nsec.example.zone"), "utf8");
  expect(new ExpiryWalk(zoneFromText("nsec.example.", text, "steps"), NOW).step(1)).toBe(false);
});

test("a zone without signatures has none that expires", () => {
  const walk = new ExpiryWalk(
    zoneFromText("example.", "@ 60 SOA a b 1 2 3 4 5\n@ 60 NS ns.example.net.\n", "none"),
    NOW,
  );
  expect([walk.step(1000), walk.nearest]).toEqual([true, Number.POSITIVE_INFINITY]);
});

test("times are near the present, on both sides of 2106 (RFC 4034 §3.1.5)", () => {
  const text = readFileSync(resolve(ROOT_DIRECTORY, "zones/nsec.example.zone"), "utf8");
  const walk = new ExpiryWalk(zoneFromText("nsec.example.", text, "late"), NOW + 2 ** 32);
  while (!walk.step(1000));
  expect(walk.nearest).toBe(firstIn(text) + 2 ** 32);
});
