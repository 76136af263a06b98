/** Nothing that we serve amplifies more than is stated, and what is stated is not far from what can be found. */

import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { decode } from "../support/message.ts";
import { queryFromText } from "../support/query.ts";
import { DEFAULTS, makeServer, NOW } from "../support/server.ts";
import { hostile } from "./hostile.ts";
import { bound, search } from "./search.ts";
import { loadAll } from "./zones.ts";

const ZONES = resolve(import.meta.dirname, "../../zones");

/**
 * For any zone whatever: 1232 octets for a query of 28 (for the root, with EDNS), and with udp.unverified: 512 as many for
 * one of 17, without. In IP packets, 28 octets of headers go with each.
 */
const STATED = [
  { unverified: undefined, limit: 1232, dns: 44, ip: 22.5 },
  { unverified: 512, limit: 512, dns: 30.2, ip: 12 },
] as const;

const ours = readdirSync(ZONES).map(
  (name) => [name.replace(/zone$/, ""), readFileSync(join(ZONES, name), "utf8")] as const,
);

describe.each(STATED)("to a client without a cookie, udp.unverified: $unverified", ({ unverified, limit, dns, ip }) => {
  const serving = { payload: 1232, unverified, identity: "lhr1" };
  test("no factor is above the stated one, for any name and type of our zones and of a zone made for it", () => {
    expect(bound(serving, 1)).toBeLessThanOrEqual(dns);
    for (const files of [ours, hostile()]) {
      const { zones, wires, refused } = loadAll(files);
      expect(refused).toEqual([]);
      const found = search(zones, wires, serving);
      expect(found.asked).toBeGreaterThan(20_000);
      expect(found.largest.reply).toBeLessThanOrEqual(limit);
      expect(found.dns.factor).toBeLessThanOrEqual(dns);
      expect(found.ip.factor).toBeLessThanOrEqual(ip);
    }
  });

  test("the search finds what is bad: a zone made for it comes near", () => {
    const { zones, wires } = loadAll(hostile());
    const found = search(zones, wires, serving);
    // Its names have four octets at least.
    expect(found.dns.factor).toBeGreaterThan(bound(serving, 5) * 0.9);
    expect(found.ip.factor).toBeGreaterThan(ip * 0.85);
  });
});

test("with a client cookie the larger reply is TC without data; with our own, it is all there", () => {
  const { zones } = loadAll(hostile());
  const server = makeServer(zones, { ...DEFAULTS, unverified: 512 });
  const asker = { transport: "udp", address: Uint8Array.of(192, 0, 2, 1), seconds: NOW } as const;
  const ask = (cookie: string) => server.ask(queryFromText(`6.t. TXT +cookie=${cookie}`).bytes, asker);
  const first = ask("0102030405060708");
  const { bits, sections } = decode(first);
  expect((bits & 0x0200) !== 0).toBe(true);
  expect(sections.map((section) => section.filter(({ type }) => type !== 41).length)).toEqual([0, 0, 0]);
  // The last 24 octets are the cookie that we have made.
  const whole = ask(Buffer.from(first.subarray(-24)).toString("hex"));
  expect(decode(whole).bits & 0x0200).toBe(0);
  expect(whole.length).toBeGreaterThan(1100);
  // Somebody else's.
  const other = { ...asker, address: Uint8Array.of(192, 0, 2, 2) };
  const stolen = server.ask(
    queryFromText(`6.t. TXT +cookie=${Buffer.from(first.subarray(-24)).toString("hex")}`).bytes,
    other,
  );
  expect(decode(stolen).bits & 0x0200).toBe(0x0200);
  expect(server.ask(queryFromText("6.t. TXT +tcp").bytes, { ...asker, transport: "tcp" }).length).toBeGreaterThan(1100);
});
