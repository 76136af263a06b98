/** zonecast status, against real POPs that follow a store. */

import { expect, test, vi } from "vitest";
import type { FleetSnapshot } from "../../src/sync/fleetview/snapshot.ts";
import { directoryWith, run, start } from "../server/program.ts";
import { StorePlace } from "../server/storeplace.ts";
import { testWith } from "../support/need.ts";
import { until } from "../transport/stream.ts";
import { onStore, popOf } from "./fleetplace.ts";

vi.setConfig({ testTimeout: 90_000 });

const PLACE = "place: { latitude: 51.5072, longitude: -0.1276, name: 'London, UK' }";

async function viewOf(
  place: StorePlace,
  ...args: readonly string[]
): Promise<FleetSnapshot & { readonly code: number | null }> {
  const { stdout, stderr, code } = await onStore(place, "status", "--json", ...args);
  expect(stderr).toBe("");
  return { ...(JSON.parse(stdout) as FleetSnapshot), code };
}

test("two POPs that serve all; one that stops is behind; narrowed, as JSON and as a table", async () => {
  const place = await StorePlace.make();
  await place.pushAll(["a.example.", "b.example."], 1);
  const [lhr1, ams1] = await Promise.all([popOf(place, "lhr1", PLACE), popOf(place, "ams1")]);
  await until(async () => (await viewOf(place)).pops.length === 2, "both to report");
  await until(async () => (await viewOf(place)).pops.every(({ state }) => state === "announcing"), "both to announce");
  await lhr1.ask("www.a.example");
  const well = await viewOf(place);
  expect(well).toMatchObject({
    code: 0,
    store: { where: place.where },
    zoneCount: 2,
    pops: [
      { pop: "ams1", state: "announcing", zones: 2, behind: 0, agrees: true, refusals: 0 },
      { pop: "lhr1", state: "announcing", zones: 2, behind: 0, agrees: true, refusals: 0 },
    ],
    zones: [
      {
        zone: "a.example.",
        version: 1,
        serial: 1,
        cells: [{ pop: "ams1", state: "serves", serial: 1 }, { state: "serves" }],
      },
      { zone: "b.example.", version: 1, serial: 1 },
    ],
  });
  expect(well.pops[0]?.digest).toBe(well.pops[1]?.digest);
  const { vitals } = well.pops[1] ?? {};
  expect(vitals).toMatchObject({ place: { latitude: 51.5072, longitude: -0.1276, name: "London, UK" }, clients: [] });
  expect(Math.abs(Date.now() - Date.parse(vitals?.started ?? ""))).toBeLessThan(80_000);
  expect(well.pops[0]?.vitals?.place).toBeUndefined();
  expect(well.pushes.map(({ zone, missing }) => [zone, missing])).toEqual(
    expect.arrayContaining([
      ["a.example.", []],
      ["b.example.", []],
    ]),
  );

  ams1.child.kill("SIGSTOP");
  await place.push("a.example.", 2);
  await until(async () => (await viewOf(place, "--pop", "lhr1")).pops[0]?.behind === 0, "lhr1 to have it");
  const behind = await viewOf(place);
  expect(behind.code).toBe(1);
  expect(behind.pops).toMatchObject(
    [
      { pop: "ams1", behind: 1, agrees: false, since: expect.stringMatching(/Z$/) },
      { pop: "lhr1", behind: 0, agrees: true, since: undefined },
    ].map(({ since, ...pop }) => (since === undefined ? pop : { ...pop, since })),
  );
  // The one that is behind somewhere is the first.
  expect(behind.zones[0]).toMatchObject({
    zone: "a.example.",
    serial: 2,
    cells: [
      { pop: "ams1", state: "behind", serial: 1 },
      { pop: "lhr1", state: "serves", serial: 2 },
    ],
  });
  expect(behind.pushes[0]).toMatchObject({ zone: "a.example.", serial: 2, pops: [{ pop: "lhr1" }], missing: ["ams1"] });

  const text = await onStore(place, "status");
  expect(text.code).toBe(1);
  expect(text.stdout).toMatch(/^sqlite:\S+ {2}2 POPs: 1 stale, 1 announcing {2}2 zones {2}\S+Z$/m);
  expect(text.stdout).toMatch(/^ams1 {2}stale {7}2 {6}1 {7}\d+ d {2}differs {2}\S+ .* it is behind with 1 zone/m);
  expect(text.stdout).toMatch(/^lhr1 {2}announcing {2}2 {6}0 .* same /m);
  expect(text.stdout).toMatch(/^a\.example\. {2}2 .* behind 1 {2}2$/m);
  expect(text.stdout).not.toContain("\u001b");
  const one = await onStore(place, "status", "--zone", "b.example", "--pop", "lhr1");
  expect([one.code, one.stdout]).toEqual([0, expect.not.stringContaining("a.example")]);
  expect(one.stdout).not.toContain("ams1");

  ams1.child.kill("SIGCONT");
  await until(async () => (await viewOf(place)).code === 0, "all to be well again");
  await Promise.all([lhr1.stop(), ams1.stop()]);
});

test("what refuses a zone is stale, and says why", async () => {
  const place = await StorePlace.make();
  await place.push("a.example.", 1);
  const pop = await popOf(place, "lhr1");
  await place.push("a.example.", 2, { claims: { sha256: "0".repeat(64) } });
  await until(async () => (await viewOf(place)).pops[0]?.state === "stale", "a refusal");
  const view = await viewOf(place);
  expect(view).toMatchObject({ code: 1, pops: [{ behind: 1, refusals: 1, agrees: false }] });
  expect(view.pops[0]?.why).toMatch(/^a\.example\.: /);
  expect(view.zones[0]?.cells).toMatchObject([{ pop: "lhr1", state: "refuses", serial: 1 }]);
  await pop.stop();
});

test("--watch draws again as things change, and Ctrl-C ends it with 0", async () => {
  const place = await StorePlace.make();
  await place.push("a.example.", 1);
  const pop = await popOf(place, "lhr1");
  const program = start(["status", "--watch", "--json", "--store", place.where]);
  const last = () => JSON.parse(program.stdout.trimEnd().split("\n").at(-1) || "{}") as FleetSnapshot;
  await until(() => program.stdout.endsWith("\n") && last().pops?.[0]?.state === "announcing", "the first drawing");
  await place.push("a.example.", 2);
  await until(
    () =>
      program.stdout.endsWith("\n") && last().zones?.[0]?.serial === 2 && last().zones[0]?.cells[0]?.state === "serves",
    "the new version",
  );
  program.child.kill("SIGINT");
  expect(await program.exit).toEqual({ code: 0, signal: null });
  await pop.stop();
});

testWith("script", "--watch on a terminal draws over the last drawing, in the terminal's lines", async () => {
  const place = await StorePlace.make();
  await place.push("a.example.", 1);
  const pop = await popOf(place, "lhr1");
  const onTerminal = ["sh", "-c", 'exec script -qec "stty cols 60 rows 12; $*" /dev/null', "sh"];
  const program = start(["status", "--watch", "--store", place.where], {}, onTerminal);
  const drawings = () => program.stdout.split("\u001b[?7l\u001b[H").slice(1);
  await until(() => drawings().length > 2 && /lhr1.*announcing/.test(drawings().at(-2) ?? ""), "some drawings");
  for (const drawing of drawings().slice(0, -1)) {
    expect(drawing.endsWith("\u001b[J\u001b[?7h")).toBe(true);
    expect(drawing.split("\u001b[K\r\n").length).toBeLessThanOrEqual(12);
  }
  await pop.stop();
  await until(() => /lhr1.*stopped/.test(drawings().at(-2) ?? ""), "the stop to be seen");
  program.child.kill("SIGTERM");
  await program.exit;
});

test("nobody there, no such zone or POP, no store", async () => {
  const place = await StorePlace.make();
  const nobody = await onStore(place, "status");
  expect([nobody.code, nobody.stdout]).toEqual([1, expect.stringContaining("no POP has reported  0 zones")]);
  const zone = await onStore(place, "status", "--zone", "nowhere.example");
  expect([zone.code, zone.stderr]).toEqual([1, expect.stringContaining("has no zone nowhere.example.")]);
  const pop = await onStore(place, "status", "--pop", "xyz1");
  expect([pop.code, pop.stderr]).toEqual([1, expect.stringContaining("no POP of the name xyz1 has reported")]);
  const none = await run(["status", "--store", `sqlite:${directoryWith()}/store.db`]);
  expect([none.code, none.stderr]).toEqual([4, expect.stringContaining("zonecast store init")]);
  const many = await onStore(place, "status", "--zones", "many");
  expect([many.code, many.stderr]).toEqual([
    2,
    expect.stringContaining('--zones: expected a whole number from 0 to 10000, got "many"'),
  ]);
});
