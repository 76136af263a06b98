/** The section rrl, as configured and as the threads get it. */

import { describe, expect, test } from "vitest";
import { Kind } from "../../src/answer/ratelimit/kind.ts";
import { configFromYaml, defaults } from "../../src/config/load.ts";
import { limitSetup } from "../../src/server/ratelimit/setup.ts";

const read = (yaml: string) => configFromYaml(yaml, "pop.yaml");
const LISTEN = [
  { address: "192.0.2.53", port: 53 },
  { address: "192.0.2.53", port: 5353 },
  { address: "2001:db8::53", port: 53 },
];
const setupOf = (yaml: string) => limitSetup(read(yaml).rrl, LISTEN);
const exemptOf = (yaml: string) =>
  setupOf(yaml)?.exempt.map(({ octets, length }) => `${[...octets].join(".")}/${length}`);

test("by default: on, 200 a second of each kind, and our own addresses exempt", () => {
  const setup = limitSetup(defaults.rrl, LISTEN);
  expect(setup).toMatchObject({ window: 15, slip: 2, demandCookies: false, logOnly: false, ipv4: 24, ipv6: 56 });
  expect(setup?.rates).toEqual([200, 200, 200, 200, 200, 0]);
  expect(setup?.table.byteLength).toBe(16_384 * 16);
  expect(setup?.exempt.map(({ length }) => length)).toEqual([8, 128, 32, 128]);
});

test("a kind's own rate, 0 among them; all others go by responses-per-second", () => {
  const rates = setupOf(
    "rrl: { responses-per-second: 10, nxdomains-per-second: 0, errors-per-second: 3, all-per-second: 50 }",
  )?.rates;
  expect(rates?.[Kind.ANSWER]).toBe(10);
  expect(rates?.[Kind.NODATA]).toBe(10);
  expect(rates?.[Kind.REFERRAL]).toBe(10);
  expect(rates?.[Kind.NXDOMAIN]).toBe(0);
  expect(rates?.[Kind.ERROR]).toBe(3);
  expect(rates?.[Kind.ALL]).toBe(50);
});

test("nothing is on the way of a query when it is off, or when no kind has a limit", () => {
  expect(setupOf("rrl: { enabled: false }")).toBeUndefined();
  expect(setupOf("rrl: { responses-per-second: 0 }")).toBeUndefined();
  expect(setupOf("rrl: { responses-per-second: 0, errors-per-second: 1 }")).toBeDefined();
});

test("who is exempt: as configured, and our own addresses unless that is off", () => {
  const loopback = ["127.0.0.0/8", "0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.1/128"];
  const own = ["192.0.2.53/32", "32.1.13.184.0.0.0.0.0.0.0.0.0.0.0.83/128"];
  expect(exemptOf("rrl: { exempt: [203.0.113.0/24] }")).toEqual(["203.0.113.0/24", ...loopback, ...own]);
  expect(exemptOf("rrl: { exempt: 203.0.113.0/24, exempt-own: false }")).toEqual(["203.0.113.0/24"]);
});

test("no two servers have the same key", () => {
  expect(setupOf("{}")?.key).not.toEqual(setupOf("{}")?.key);
});

describe("what is refused", () => {
  test.each([
    ["rrl: { responses-per-second: -1 }", "rrl.responses-per-second: expected a whole number from 0 to 100000, got -1"],
    ["rrl: { errors-per-second: none }", "rrl.errors-per-second: expected a whole number from 0 to 100000 or same"],
    ["rrl: { window: 0 }", "rrl.window: expected a whole number from 1 to 3600, got 0"],
    ["rrl: { slip: 11 }", "rrl.slip: expected a whole number from 0 to 10, got 11"],
    ["rrl: { ipv4-prefix: 33 }", "rrl.ipv4-prefix: expected a whole number from 1 to 32, got 33"],
    ["rrl: { ipv6-prefix: 65 }", "rrl.ipv6-prefix: expected a whole number from 1 to 64, got 65"],
    ["rrl: { exempt: [192.0.2.1] }", "rrl.exempt[0]: expected a prefix, such as 192.0.2.0/24 or 2001:db8::/32"],
    ["rrl: { entries: 100 }", "rrl.entries: expected a whole number from 1024 to 16777216, got 100"],
    ["rrl: { demand-cookies: 1 }", "rrl.demand-cookies: expected true or false, got 1"],
    ["rrl: true", "rrl: expected a section"],
  ])("%s", (yaml, why) => {
    expect(() => read(yaml)).toThrow(why);
  });
});
