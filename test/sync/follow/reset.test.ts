/** Another store, or an older copy of it, in the place of the one that was followed; and what watching has missed. */

import { expect, test } from "vitest";
import { StoreError } from "../../../src/sync/store/store.ts";
import { until } from "./pop.ts";
import { setUp } from "./setup.ts";

test("an older copy of the store: ids below those taken are refused, and nothing is dropped", async () => {
  await using at = setUp();
  const pop = at.pop();
  await pop.start();
  await at.publisher.push({ zone: "a.example.", serial: 1 });
  await at.publisher.push({ zone: "same.example.", serial: 1 });
  const backup = at.store.backup();
  await at.publisher.push({ zone: "a.example.", serial: 2 });
  await at.publisher.push({ zone: "b.example.", serial: 1 });
  await until(() => pop.follower.view.cursor?.position === 4);
  at.store.replace(backup, "second");
  await until(() => pop.follower.view.cursor?.epoch === "second");
  await until(async () => (await pop.report())?.refusals === 2);
  expect(pop.answers.size).toBe(3);
  expect(pop.serial("a.example.")).toBe(2);
  const report = await pop.report();
  expect(report).toMatchObject({ epoch: "second", position: 2 });
  const [first, second] = report!.refused;
  const why = "the store has an older manifest of a.example. (1) than this POP has taken (2): push the zone again";
  expect(first).toEqual({ zone: "a.example.", id: 1, serves: 2, serial: 2, why });
  expect(second).toMatchObject({ zone: "b.example.", id: 0, serves: 1 });
  expect(pop.events("store.reset")[0].text).toMatch(
    /the store was made anew; all is compared, and nothing is dropped$/,
  );
  expect(pop.events("zone.missing")).toHaveLength(1);

  // The next push takes ids above those that are reported.
  await at.publisher.push({ zone: "a.example.", serial: 3, id: 3 });
  await at.publisher.push({ zone: "b.example.", serial: 2, id: 2 });
  await until(async () => (await pop.report())?.refusals === 0);
  expect([pop.serial("a.example."), pop.serial("b.example.")]).toEqual([3, 2]);
});

test("an empty store in its place, while this POP was down: all is served on", async () => {
  await using at = setUp();
  const before = at.pop();
  await before.start();
  await at.publisher.pushAll([1, 2, 3].map((i) => ({ zone: `z${i}.example.`, serial: 1 })));
  await until(() => before.follower.view.cursor?.position === 3);
  before.kill();
  at.store.replace({ revision: 0, heads: new Map(), blobs: new Map() }, "second");
  const pop = at.pop();
  await pop.start();
  await until(() => pop.follower.view.cursor?.epoch === "second");
  expect(pop.answers.size).toBe(3);
  expect(pop.follower.view).toMatchObject({ missing: 3, zones: 3 });
});

test("a reset while zones are being fetched loses nothing", async () => {
  await using at = setUp();
  const pop = at.pop();
  await pop.start();
  let open = () => {};
  const gate = new Promise<void>((resolve) => (open = resolve));
  pop.compiling = () => gate;
  await at.publisher.push({ zone: "example.", serial: 1 });
  await until(() => pop.compiled.length === 1);
  at.store.replace(at.store.backup(), "second");
  await until(() => pop.events("store.reset").length === 1);
  expect(pop.follower.view.cursor).toBeUndefined();
  open();
  await until(() => pop.follower.view.cursor?.position === 1);
  expect(pop.serial("example.")).toBe(1);
  expect(pop.compiled).toHaveLength(1);
});

test("entries that come twice, and older ones after newer ones, change nothing", async () => {
  await using at = setUp();
  const pop = at.pop();
  await pop.start();
  await at.publisher.push({ zone: "example.", serial: 1 });
  const first = (await at.store.head("example."))!;
  const second = await at.publisher.push({ zone: "example.", serial: 2 });
  await until(() => pop.follower.view.cursor?.position === second);
  const compiled = pop.compiled.length;
  const last = (await at.store.head("example."))!;
  at.store.lose();
  at.store.back([first, last, first]);
  await until(() => pop.follower.view.synced);
  expect(pop.serial("example.")).toBe(2);
  expect(pop.compiled.length).toBe(compiled);
  expect(pop.follower.view.refusals).toBe(0);
});

test("the look at all heads finds what watching has missed", async () => {
  await using at = setUp();
  const pop = at.pop();
  await pop.start();
  await at.publisher.push({ zone: "example.", serial: 1 });
  await until(() => pop.follower.view.cursor?.position === 1);
  const { octets } = await at.publisher.change({ zone: "example.", serial: 2 });
  const heads = [{ zone: "example.", revision: 2, octets }];
  at.store.listed = () => heads;
  at.store.head = async () => heads[0];
  await pop.follower.reconcile();
  await until(() => pop.serial("example.") === 2);
  const compiled = pop.compiled.length;
  at.store.head = () => Promise.reject(new Error("not asked again"));
  await pop.follower.reconcile();
  expect(pop.compiled.length).toBe(compiled);
  expect(pop.events("reconcile.failed")).toEqual([]);
});

test("the look at all heads comes by itself", async () => {
  await using at = setUp();
  const pop = at.pop({ options: { reconcile: 50 } });
  await pop.start();
  let looks = 0;
  at.store.listed = (heads) => {
    looks++;
    return heads;
  };
  await until(() => looks >= 3);
});

test("a look at all heads that fails is told of, unless the store is away", async () => {
  await using at = setUp();
  const pop = at.pop();
  await pop.start();
  at.store.broken.set("heads", new StoreError("denied", "this credential may not list zones"));
  await pop.follower.reconcile();
  expect(pop.events("reconcile.failed")[0].text).toMatch(/this credential may not list zones; tried again later$/);
  at.store.broken.set("heads", new StoreError("lost", "away"));
  await pop.follower.reconcile();
  expect(pop.events("reconcile.failed")).toHaveLength(1);
});

test("a lost connection is told once, and that it is back", async () => {
  await using at = setUp();
  const pop = at.pop();
  await pop.start();
  at.store.lose();
  at.store.lose();
  at.store.back();
  await until(() => pop.events("store.connected").length === 2);
  expect(pop.events("store.lost").map(({ text }) => text)).toEqual([
    "the store can't be reached; what is served goes on",
  ]);
  expect(pop.follower.view.connection).toBe("connected");
});
