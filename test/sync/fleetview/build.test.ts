/** The view of a fleet, from reports and manifests that are made up. */

import { describe, expect, test } from "vitest";
import { fleetSnapshot, type SnapshotOptions } from "../../../src/sync/fleetview/build.ts";
import type { PopSnapshot } from "../../../src/sync/fleetview/snapshot.ts";
import type { ServiceStanding } from "../../../src/sync/standing.ts";
import { dateAt, Facts } from "./facts.ts";

function popsAt(facts: Facts, seconds: number): readonly PopSnapshot[] {
  return fleetSnapshot(facts.at(seconds)).pops;
}

/** "pop state why". */
function words(facts: Facts, seconds: number): string[] {
  return popsAt(facts, seconds).map(({ pop, state, why }) => `${pop} ${state}${why === undefined ? "" : `: ${why}`}`);
}

/** "zone: pop state serial, …". */
function cells(facts: Facts, seconds: number, options?: SnapshotOptions): string[] {
  return fleetSnapshot(facts.at(seconds), options).zones.map(
    (zone) =>
      `${zone.zone} ${zone.cells.map(({ pop, state, serial }) => `${pop} ${state} ${serial ?? "-"}`).join(", ")}`,
  );
}

function standing(level: "up" | "reserve" | "draining" | "off", why?: string): ServiceStanding {
  const prefixes = [{ prefix: "198.51.100.0/24", level }];
  return { service: "a", prefixes, phase: level, why, plan: undefined, ask: undefined };
}

function receipt(zone: string, version: number, id = version) {
  const times = { received: dateAt(0), fetchedMs: 3, compiledMs: 5, servingMs: 9 };
  return { zone, id, version, serial: version * 10, ...times };
}

describe("how a POP stands", () => {
  test("every state, the worst that fits", () => {
    const facts = new Facts();
    facts.put("a.", 1, 0);
    facts.hear("ann", 1, { "a.": 1 }, { standings: [standing("up")] });
    facts.hear("drain", 1, { "a.": 1 }, { standings: [standing("draining", "drained by alice")] });
    facts.hear("half", 1, { "a.": 1 }, { standings: [standing("up"), standing("off", "3 probes failed")] });
    facts.hear("res", 1, { "a.": 1 }, { standings: [standing("reserve", "told so by alice")] });
    facts.hear("start", 1, {}, { ready: false, announcing: false });
    facts.hear("stop", 1, {}, { ready: false, announcing: false, stopped: true });
    facts.hear("with", 1, { "a.": 1 }, { announcing: false, standings: [standing("off", "3 probes failed")] });
    facts.hear("gone", -40, { "a.": 1 });
    const refused = [{ zone: "a.", id: 1, serves: 0, serial: undefined, why: "no NS" }];
    facts.hear("ref", 1, {}, { refusals: 1, refused });
    expect(words(facts, 2)).toEqual([
      "ann announcing",
      "drain draining: 198.51.100.0/24 (a): drained by alice",
      "gone silent: it was last heard 42 s ago, and reports every 10 s",
      "half draining: 198.51.100.0/24 (a): 3 probes failed",
      "ref stale: a.: no NS",
      "res reserve: 198.51.100.0/24 (a): told so by alice",
      "start starting: it is not ready yet: see its log, or GET /status",
      "stop stopped: it was stopped in good order",
      "with withdrawn: 198.51.100.0/24 (a): 3 probes failed",
    ]);
  });

  test("who is behind is on its way for twenty seconds, then stale; and well as soon as its digest is the store's", () => {
    const facts = new Facts();
    const position = facts.put("a.", 1, 0);
    facts.put("a.", 2, 100);
    facts.hear("p", 101, { "a.": 1 }, { position });
    expect(popsAt(facts, 110)[0]).toMatchObject({ state: "announcing", behind: 1, agrees: false, since: dateAt(100) });
    facts.hear("p", 119, { "a.": 1 }, { position });
    expect(words(facts, 121)).toEqual(["p stale: it is behind with 1 zone, and has been for more than 20 s"]);
    // It has not said yet how far it has read: that it serves the same is enough.
    facts.hear("p", 122, { "a.": 2 }, { position });
    expect(popsAt(facts, 123)[0]).toMatchObject({ state: "announcing", behind: 0, agrees: true, since: undefined });
  });

  test("zones that were read out of order are not missing; what is refused is not counted twice", () => {
    const facts = new Facts();
    const position = facts.put("a.", 1, 0);
    facts.put("b.", 1, 50);
    facts.put("c.", 1, 60);
    facts.put("d.", 1, 70);
    const refused = [{ zone: "d.", id: 4, serves: 0, serial: undefined, why: "no NS" }];
    facts.hear("p", 80, { "a.": 1, "c.": 1 }, { position, recent: [receipt("c.", 1)], refusals: 1, refused });
    expect(popsAt(facts, 81)[0]).toMatchObject({ state: "stale", behind: 2, refusals: 1, since: dateAt(50) });
    expect(cells(facts, 81)).toEqual(["d. p refuses -", "b. p behind -", "a. p serves 10", "c. p serves 10"]);
  });

  test("all was read, nothing is refused, and it serves something else all the same", () => {
    const facts = new Facts();
    facts.put("a.", 1, 0);
    facts.hear("p", 5, { "a.": 1, "old.": 3 });
    expect(popsAt(facts, 6)[0]).toMatchObject({ state: "announcing", behind: 0, agrees: false });
    facts.hear("p", 25, { "a.": 1, "old.": 3 });
    expect(words(facts, 26)).toEqual(["p stale: what it serves is not what the store has: see GET /status there"]);
  });

  test("positions in another store are none; its own clock tells of a report that lay there", () => {
    const facts = new Facts();
    facts.put("a.", 1, 0);
    facts.hear("p", 100, {}, { epoch: "another" });
    expect(popsAt(facts, 101)[0]).toMatchObject({ state: "stale", behind: 1 });
    facts.hear("q", 100, { "a.": 1 }, { at: dateAt(20) });
    facts.lay.add("q");
    expect(popsAt(facts, 101)[1]).toMatchObject({ state: "silent", heard: dateAt(20) });
    facts.lay.delete("q");
    expect(popsAt(facts, 101)[1]).toMatchObject({ state: "announcing", heard: dateAt(100) });
  });
});

describe("zones", () => {
  test("a rollout on its way: each POP has what its group should have, and all agree with the store", () => {
    const facts = new Facts();
    facts.put("a.", 1, 0);
    facts.put("b.", 1, 0);
    const waves = [
      { to: ["canary"], bake: 300 },
      { to: ["*"], bake: 0 },
    ];
    facts.put("a.", 2, 10, {
      versions: [2, 1].map((version) => ({
        ...facts.heads.get("b.")!.manifest.versions[0]!,
        version,
        serial: version * 10,
        sha256: String(version).padStart(64, "0"),
      })),
      targets: [
        { group: "canary", version: 2 },
        { group: "*", version: 1 },
      ],
      rollout: { version: 2, from: 1, waves, wave: 0, state: "running" },
    });
    facts.hear("lhr1", 11, { "a.": 2, "b.": 1 }, { groups: ["canary"] });
    facts.hear("zrh1", 11, { "a.": 1, "b.": 1 });
    expect(popsAt(facts, 12).map(({ agrees, behind }) => [agrees, behind])).toEqual([
      [true, 0],
      [true, 0],
    ]);
    const [zone] = fleetSnapshot(facts.at(12)).zones;
    expect(zone).toMatchObject({
      zone: "a.",
      version: 2,
      serial: 20,
      rollout: { wave: 0, waves: 2, state: "running" },
    });
    expect(cells(facts, 12)).toEqual(["a. lhr1 serves 20, zrh1 serves 10", "b. lhr1 serves 10, zrh1 serves 10"]);
    // The canary has not taken it yet.
    facts.hear("lhr1", 13, { "a.": 1, "b.": 1 }, { groups: ["canary"], position: 2, recent: [receipt("a.", 1)] });
    expect(cells(facts, 14)[0]).toBe("a. lhr1 behind 10, zrh1 serves 10");
    expect(popsAt(facts, 14)[0]).toMatchObject({ behind: 1, agrees: false, since: dateAt(10) });
  });

  test("one for some POPs only is none of the others' business; a removed one stays in view until all let go", () => {
    const facts = new Facts();
    facts.put("a.", 1, 0, { targets: [{ group: "eu", version: 1 }] });
    const position = facts.put("b.", 1, 0);
    facts.hear("ams1", 1, { "a.": 1, "b.": 1 }, { groups: ["eu"] });
    facts.hear("iad1", 1, { "b.": 1 });
    expect(cells(facts, 2)).toEqual(["a. ams1 serves 10, iad1 none -", "b. ams1 serves 10, iad1 serves 10"]);
    facts.put("b.", 2, 3, { action: "remove", versions: [], targets: [] });
    facts.hear("ams1", 4, { "a.": 1 }, { groups: ["eu"] });
    facts.hear("iad1", 4, { "b.": 1 }, { position });
    expect(cells(facts, 5)).toEqual(["b. ams1 none -, iad1 behind -", "a. ams1 serves 10, iad1 none -"]);
    facts.hear("iad1", 6, {});
    expect(cells(facts, 7)).toEqual(["a. ams1 serves 10, iad1 none -"]);
    expect(fleetSnapshot(facts.at(7)).zoneCount).toBe(1);
  });

  test("as many as are asked for, those behind first; and those with a text in their names", () => {
    const facts = new Facts();
    for (const zone of ["a.example.", "b.example.", "c.test."]) facts.put(zone, 1, 0);
    facts.hear("p", 1, { "a.example.": 1, "b.example.": 1 }, { position: 2 });
    const names = (options?: SnapshotOptions) => fleetSnapshot(facts.at(2), options).zones.map(({ zone }) => zone);
    expect(names({ zones: 2 })).toEqual(["c.test.", "a.example."]);
    expect(names({ search: "EXAMPLE" })).toEqual(["a.example.", "b.example."]);
    expect(names({ search: "b", zones: 1 })).toEqual(["b.example."]);
    expect(names({ search: "nowhere" })).toEqual([]);
    expect(facts.heads.matching("e", 9)).toEqual(["a.example.", "b.example.", "c.test."]);
  });

  test("of a silent POP nothing is known", () => {
    const facts = new Facts();
    facts.put("a.", 1, 0);
    facts.hear("p", 1, { "a.": 1 });
    expect(cells(facts, 60)).toEqual(["a. p away -"]);
  });
});

test("pushes: how long each POP took, and who has not said so", () => {
  const facts = new Facts();
  facts.put("a.", 1, 0);
  const position = facts.put("a.", 2, 5);
  facts.put("b.", 1, 7);
  facts.hear("p", 8, { "a.": 2, "b.": 1 }, { recent: [receipt("b.", 1, 3), receipt("a.", 2)] });
  facts.hear("q", 8, { "a.": 2 }, { position });
  const pushes = fleetSnapshot(facts.at(9)).pushes;
  expect(pushes.map(({ zone, id, pops, missing }) => [zone, id, pops.map(({ pop }) => pop), missing])).toEqual([
    ["b.", 3, ["p"], ["q"]],
    ["a.", 2, ["p"], []],
    ["a.", 1, [], []],
  ]);
  expect(pushes[0]?.pops[0]).toEqual({ pop: "p", received: dateAt(0), fetchedMs: 3, compiledMs: 5, servingMs: 9 });
});

test("a lost store is said", () => {
  const facts = new Facts();
  facts.why = "connection refused";
  expect(fleetSnapshot(facts.at(0))).toMatchObject({
    store: { why: "connection refused" },
    pops: [],
    zones: [],
    zoneCount: 0,
  });
});

test("1,000 POPs and 10,000 zones, half of the POPs far behind, in no time that anybody notices", () => {
  const facts = new Facts();
  const served: Record<string, number> = {};
  for (let i = 0; i < 10_000; i++) {
    const zone = `z${i}.example.`;
    served[zone] = 1;
    facts.put(zone, 1, 0);
  }
  const recent = Array.from({ length: 50 }, (_, i) => receipt(`z${i}.example.`, 1, i + 1));
  for (let i = 0; i < 500; i++) {
    facts.hear(`a${i}`, 1, i === 0 ? served : {}, { digest: "", recent, position: 10 * i });
    facts.hear(`b${i}`, 1, {}, { digest: digestOfAll(facts), recent });
  }
  const began = performance.now();
  const first = fleetSnapshot(facts.at(2));
  const took = performance.now() - began;
  expect(first.pops).toHaveLength(1000);
  expect(first.pops[500]).toMatchObject({ agrees: true, behind: 0 });
  expect(first.zones).toHaveLength(50);
  expect(first.zones[0]?.cells).toHaveLength(1000);
  // 140 ms, measured on a machine with much else to do.
  expect(took).toBeLessThan(2000);
});

function digestOfAll({ heads }: Facts): string {
  return heads.due(heads.likeness([])).digest;
}
