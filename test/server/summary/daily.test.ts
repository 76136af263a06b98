/** Daily summaries: what the files say, and that nothing that goes wrong with them costs more than them. */

import { existsSync, readdirSync, readFileSync, renameSync } from "node:fs";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { Counters, Way } from "../../../src/answer/counters.ts";
import { sumsOf } from "../../../src/server/counts.ts";
import { DailySummary } from "../../../src/server/summary/daily.ts";
import { configured } from "../configured.ts";
import { directoryWith } from "../program.ts";
import { zoneText } from "../zonetext.ts";

vi.setConfig({ testTimeout: 40_000 });

function summary(directory: string, at: string) {
  const counters = new Counters();
  const clock = { now: Date.parse(at) };
  const told: string[] = [];
  const daily = new DailySummary({
    ...{ directory, service: "lhr/1", sums: () => sumsOf([counters]), now: () => clock.now },
    tell: (level, event) => told.push(`${level} ${event}`),
  });
  const answer = (way: number, rcode: number, count: number) => {
    counters.take(way, count);
    for (let i = 0; i < count; i++) counters.reply(rcode);
  };
  const size = (way: number, query: number, reply: number) => {
    counters.take(way, 0);
    counters.sizes(query, reply);
  };
  return { daily, answer, size, told, pass: (to: string) => (clock.now = Date.parse(to)) };
}

const read = (directory: string, file: string) => readFileSync(join(directory, file), "utf8");

test("a day's files", async () => {
  const directory = join(directoryWith(), "new", "folder");
  const { daily, answer, told } = summary(directory, "2026-11-29T12:00:00Z");
  await daily.begin();
  answer(Way.UDP4, 0, 5);
  answer(Way.TCP6, 3, 2);
  await daily.stop();
  expect(readdirSync(directory).toSorted()).toEqual([
    "lhr_1-20261129-rcode-volume.yaml",
    "lhr_1-20261129-traffic-sizes.yaml",
    "lhr_1-20261129-traffic-volume.yaml",
  ]);
  expect(read(directory, "lhr_1-20261129-traffic-volume.yaml")).toBe(`---
version: rssac002v4
service: "lhr/1"
start-period: 2026-11-29T00:00:00Z
metric: traffic-volume
dns-udp-queries-received-ipv4: 5
dns-udp-responses-sent-ipv4: 5
dns-udp-queries-received-ipv6: 0
dns-udp-responses-sent-ipv6: 0
dns-tcp-queries-received-ipv4: 0
dns-tcp-responses-sent-ipv4: 0
dns-tcp-queries-received-ipv6: 2
dns-tcp-responses-sent-ipv6: 2
`);
  expect(read(directory, "lhr_1-20261129-rcode-volume.yaml")).toMatch(/metric: rcode-volume\n0: 5\n3: 2\n$/);
  expect(told).toEqual([]);
});

test("each day has its own numbers, and a start in the middle of one adds to what there is", async () => {
  const directory = directoryWith();
  const first = summary(directory, "2026-11-29T12:00:00Z");
  await first.daily.begin();
  first.answer(Way.UDP4, 0, 5);
  await first.daily.stop();
  const second = summary(directory, "2026-11-29T13:00:00Z");
  await second.daily.begin();
  second.answer(Way.UDP4, 0, 10);
  second.pass("2026-11-30T00:00:00Z");
  await second.daily.look();
  second.answer(Way.UDP4, 5, 7);
  second.pass("2026-11-30T09:00:00Z");
  await second.daily.stop();
  expect(read(directory, "lhr_1-20261129-rcode-volume.yaml")).toMatch(/\n0: 15\n$/);
  expect(read(directory, "lhr_1-20261130-rcode-volume.yaml")).toMatch(/\n0: 0\n5: 7\n$/);
  expect(read(directory, "lhr_1-20261130-traffic-volume.yaml")).toContain("dns-udp-queries-received-ipv4: 7\n");
});

test("sizes are told in classes of 16 octets, and added to those of an earlier run", async () => {
  const directory = directoryWith();
  const first = summary(directory, "2026-11-29T12:00:00Z");
  await first.daily.begin();
  first.size(Way.UDP4, 31, 1231);
  first.size(Way.UDP6, 32, 48);
  first.size(Way.TCP4, 40, 65535);
  await first.daily.stop();
  const second = summary(directory, "2026-11-29T13:00:00Z");
  await second.daily.begin();
  second.size(Way.UDP4, 16, 4095);
  second.size(Way.TCP6, 47, 4096);
  await second.daily.stop();
  const text = read(directory, "lhr_1-20261129-traffic-sizes.yaml");
  expect(text.slice(text.indexOf("metric"))).toBe(`metric: traffic-sizes
udp-request-sizes:
  16-31: 2
  32-47: 1
udp-response-sizes:
  48-63: 1
  1216-1231: 1
  4080-4095: 1
tcp-request-sizes:
  32-47: 2
tcp-response-sizes:
  4096-: 2
`);
});

test("what can't be written is said once, kept, and written when it can be", async () => {
  const parent = directoryWith({ blocked: "a file where the folder should be" });
  const directory = join(parent, "blocked");
  const { daily, answer, told, pass } = summary(directory, "2026-11-29T12:00:00Z");
  await daily.begin();
  answer(Way.UDP4, 0, 5);
  await daily.look();
  pass("2026-11-30T00:00:00Z");
  await daily.look();
  expect(told).toEqual(["error summary.unwritten"]);
  renameSync(directory, join(parent, "away"));
  await daily.stop();
  expect(told).toEqual(["error summary.unwritten", "info summary.written"]);
  expect(read(directory, "lhr_1-20261129-rcode-volume.yaml")).toMatch(/\n0: 5\n$/);
  expect(existsSync(join(directory, "lhr_1-20261130-rcode-volume.yaml"))).toBe(true);
});

test("the program writes one at its stop", async () => {
  const zones = directoryWith({ "a.example.zone": zoneText(7) });
  const folder = directoryWith({ "pop.yaml": `pop: lhr1\nzones: [${zones}]\nsummary: days\n` });
  const server = await configured(join(folder, "pop.yaml"));
  expect(await server.ask("www.a.example")).toBe("v7");
  await server.stop();
  const file = readdirSync(join(folder, "days")).find((name) => name.endsWith("traffic-volume.yaml")) ?? "";
  // Ours, and the one that the start proves its address with.
  expect(read(join(folder, "days"), file)).toContain("dns-udp-queries-received-ipv4: 2\n");
});
