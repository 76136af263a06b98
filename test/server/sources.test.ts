/** Which zones the files of a running server make: by their names, their $ORIGIN, the configuration; and who of two wins. */

import { mkdirSync, renameSync, rmSync, unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, expect, test, vi } from "vitest";
import { until } from "../transport/stream.ts";
import { keepAsking } from "./asking.ts";
import { configured } from "./configured.ts";
import { directoryWith, type Server, serving } from "./program.ts";
import { BROKEN, zoneText } from "./zonetext.ts";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 40_000 });

/** A scan without cause comes within twelve seconds; a broken zone's second look within one. */
const SCAN_PATIENCE_MS = 25_000;
const servers: Server[] = [];

async function server(directory: string, args: readonly string[] = []): Promise<Server> {
  const one = await serving(directory, args);
  servers.push(one);
  return one;
}

afterAll(async () => {
  await Promise.all(servers.splice(0).map((one) => one.stop()));
});

function answers(one: Server, zone: string, outcome: string): Promise<void> {
  return until(async () => (await one.ask(`www.${zone}`)) === outcome, `${zone}: ${outcome}`, SCAN_PATIENCE_MS);
}

// Alone: the others, which mostly wait, run beside each other.
test("two thousand queries a second lose nothing by reloads, and versions only go forward", async () => {
  const one = await server(directoryWith({ "busy.example.zone": zoneText(1) }));
  const asking = keepAsking(one.port, "www.busy.example", 2000);
  for (let serial = 2; serial <= 6; serial++) {
    await sleep(300);
    writeFileSync(join(one.zones, ".next"), zoneText(serial));
    renameSync(join(one.zones, ".next"), join(one.zones, "busy.example.zone"));
  }
  await answers(one, "busy.example", "v6");
  await sleep(300);
  const outcomes = await asking.stop();
  expect(outcomes.length).toBeGreaterThan(1000);
  expect(outcomes.filter((outcome) => outcome === undefined)).toEqual([]);
  // A client's queries all go to one thread, and a thread goes from one version to the next between two queries.
  const versions = outcomes.map((outcome) => Number(/^v(\d+)$/.exec(outcome ?? "")?.[1] ?? Number.NaN));
  expect(versions.findIndex((version, i) => !(version >= (versions[i - 1] ?? 1)))).toBe(-1);
  expect(versions.at(-1)).toBeGreaterThan(1);
});

test.concurrent("a file's name tells the zone: *.zone, *.db and db.*; and $ORIGIN does where the name is another", async () => {
  const one = await server(
    directoryWith({
      "one.example.zone": zoneText(1),
      "two.example.db": zoneText(2),
      "db.three.example": zoneText(3),
      "Four.EXAMPLE.zone": zoneText(4),
      "customer-17.zone": zoneText(5, "v5", "five.example."),
      "2.0.192.in-addr.arpa.zone": zoneText(6),
    }),
  );
  for (const [zone, word] of [
    ["one.example", "v1"],
    ["two.example", "v2"],
    ["three.example", "v3"],
    ["four.example", "v4"],
    ["five.example", "v5"],
    ["2.0.192.in-addr.arpa", "v6"],
  ]) {
    expect(await one.ask(`www.${zone}`), zone).toBe(word);
  }
});

test.concurrent("a file that becomes another zone takes the old one's place, and back again", async () => {
  const one = await server(
    directoryWith({ "a.zone": zoneText(1, "v1", "old.example."), "b.example.zone": zoneText(1) }),
  );
  expect(await one.ask("www.old.example")).toBe("v1");
  writeFileSync(join(one.zones, "a.zone"), zoneText(2, "v2", "new.example."));
  await answers(one, "new.example", "v2");
  await answers(one, "old.example", "REFUSED 20");
  writeFileSync(join(one.zones, "a.zone"), zoneText(3, "v3", "OLD.example."));
  await answers(one, "old.example", "v3");
  await answers(one, "new.example", "REFUSED 20");
  expect(await one.ask("www.b.example")).toBe("v1");
});

test.concurrent("of two files for one zone the first is served and the second refused, until the first is gone", async () => {
  const one = await server(
    directoryWith({ "db.x.example": zoneText(1, "first"), "x.example.zone": zoneText(2, "second") }),
  );
  expect(await one.ask("www.x.example")).toBe("first");
  const [, second] = (await one.status()).zones;
  expect(second.state).toBe("failed");
  expect(second.problems[0]).toMatch(
    /x\.example\.zone: error: this zone is already loaded from .*db\.x\.example: remove/,
  );
  const asking = keepAsking(one.port, "www.x.example", 200);
  unlinkSync(join(one.zones, "db.x.example"));
  await answers(one, "x.example", "second");
  const outcomes = await asking.stop();
  expect(outcomes.filter((outcome) => outcome !== "first" && outcome !== "second")).toEqual([]);
  expect((await one.status()).zones).toMatchObject([{ zone: "x.example.", state: "serving", serial: 2 }]);
});

test.concurrent("a file that gets another name goes on being served without a gap", async () => {
  const one = await server(directoryWith({ "x.example.zone": zoneText(1), "y.example.zone": zoneText(1) }));
  const asking = keepAsking(one.port, "www.x.example", 200);
  renameSync(join(one.zones, "x.example.zone"), join(one.zones, "db.x.example"));
  await until(async () => (await one.status()).zones.some(({ file }) => file.endsWith("db.x.example")), "the new name");
  await sleep(2500);
  writeFileSync(join(one.zones, "db.x.example"), zoneText(2));
  await answers(one, "x.example", "v2");
  const outcomes = await asking.stop();
  expect(outcomes.filter((outcome) => outcome !== "v1" && outcome !== "v2")).toEqual([]);
  expect(one.log("zone.refused")).toEqual([]);
  expect(one.log("zone.dropped")).toEqual([]);
});

test.concurrent("a broken file for a zone does not keep a good one from being served", async () => {
  const one = await server(directoryWith({ "db.x.example": BROKEN, "x.example.zone": zoneText(2) }));
  await answers(one, "x.example", "v2");
  writeFileSync(join(one.zones, "db.x.example"), zoneText(3));
  await until(
    async () => (await one.status()).zones.some(({ problems }) => problems[0]?.includes("already")),
    "the clash",
  );
  expect(await one.ask("www.x.example")).toBe("v2");
});

test.concurrent("a directory whose files are all gone at once goes on being served: a disk was unmounted, most likely", async () => {
  const one = await server(directoryWith({ "a.example.zone": zoneText(1), "b.example.zone": zoneText(1) }));
  for (const name of ["a.example.zone", "b.example.zone"]) unlinkSync(join(one.zones, name));
  await sleep(3000);
  expect(await one.ask("www.a.example")).toBe("v1");
  expect(await one.ask("www.b.example")).toBe("v1");
  writeFileSync(join(one.zones, "a.example.zone"), zoneText(2));
  await answers(one, "a.example", "v2");
  await answers(one, "b.example", "REFUSED 20");
});

test.concurrent("a directory that vanishes goes on being served, is told of once, and is looked at again when it is back", async () => {
  const directory = directoryWith();
  const zones = join(directory, "zones");
  mkdirSync(zones);
  writeFileSync(join(zones, "a.example.zone"), zoneText(1));
  const one = await server(zones);
  rmSync(zones, { recursive: true });
  one.child.kill("SIGHUP");
  await until(() => one.log("zones.unreadable").length > 0, "the loss to be told");
  one.child.kill("SIGHUP");
  await sleep(1500);
  expect(await one.ask("www.a.example")).toBe("v1");
  expect(one.log("zones.unreadable").map(({ msg }) => msg)).toEqual([
    `zone directory ${zones}: can't read: no such file or directory; what is served goes on`,
  ]);
  mkdirSync(zones);
  writeFileSync(join(zones, "a.example.zone"), zoneText(2));
  one.child.kill("SIGHUP");
  await answers(one, "a.example", "v2");
});

test.concurrent("zones: in the configuration: directories and single files with their zone's name, relative to it", async () => {
  const directory = directoryWith({ "listed.txt": zoneText(1), "self.zone": zoneText(2, "v2", "self.example.") });
  mkdirSync(join(directory, "more"));
  writeFileSync(join(directory, "more", "dir.example.zone"), zoneText(3));
  const zones = "zones:\n  - more\n  - { name: listed.example, file: listed.txt }\n  - file: self.zone\n";
  writeFileSync(join(directory, "pop.yaml"), `pop: fra1\n${zones}`);
  const one = await configured(join(directory, "pop.yaml"));
  servers.push(one);
  expect(await one.ask("www.listed.example")).toBe("v1");
  expect(await one.ask("www.self.example")).toBe("v2");
  expect(await one.ask("www.dir.example")).toBe("v3");
  writeFileSync(join(directory, "listed.txt"), zoneText(4));
  await answers(one, "listed.example", "v4");
  // A listed file is in the configuration: when it is gone, something is wrong, and the zone stays.
  unlinkSync(join(directory, "listed.txt"));
  await until(async () => (await one.status()).zones.some(({ state }) => state === "stale"), "the loss to be noticed");
  expect(await one.ask("www.listed.example")).toBe("v4");
});
