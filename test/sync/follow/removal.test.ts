/** Signed removals are confirmed before a zone is dropped; nothing else ever drops one. */

import { expect, test } from "vitest";
import { until } from "./pop.ts";
import { setUp } from "./setup.ts";

async function serving(zones: number, options = {}) {
  const at = setUp();
  const pop = at.pop({ options });
  await pop.start();
  await at.publisher.pushAll(Array.from({ length: zones }, (_, i) => ({ zone: `z${i}.example.`, serial: 1 })));
  await until(() => pop.follower.view.cursor?.position === zones);
  return { ...at, pop, at, [Symbol.asyncDispose]: () => at[Symbol.asyncDispose]() };
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

test("a removal is served on until it is confirmed, then dropped", async () => {
  await using at = await serving(2, { confirm: 150 });
  const revision = await at.publisher.remove("z0.example.");
  await until(() => at.pop.follower.view.cursor?.position === revision);
  expect(at.pop.follower.view).toMatchObject({ zones: 2, removals: 1 });
  expect(at.pop.follower.zone("z0.example.")).toMatchObject({ removal: true, id: 2 });
  expect(at.pop.events("zone.removed")[0].text).toMatch(/z0\.example\. was removed by test: served on until/);
  await until(() => !at.pop.answers.has("z0.example."));
  expect([...at.pop.answers.keys()]).toEqual(["z1.example."]);
  expect(at.pop.events("zone.dropped")).toHaveLength(1);
  expect(at.pop.follower.view).toMatchObject({ zones: 1, removals: 0 });
  expect(at.pop.follower.zone("z0.example.")).toBeUndefined();
});

test("a removal that was taken back meanwhile is none", async () => {
  await using at = await serving(1, { confirm: 100 });
  const removed = await at.publisher.remove("z0.example.");
  await until(() => at.pop.follower.view.cursor?.position === removed);
  const back = await at.publisher.push({ zone: "z0.example.", serial: 2 });
  await until(() => at.pop.follower.view.cursor?.position === back);
  await pause(250);
  expect(at.pop.serial("z0.example.")).toBe(2);
  expect(at.pop.follower.view.removals).toBe(0);
  expect(at.pop.events("zone.dropped")).toEqual([]);
});

test("the head is read again: one that is no removal any more is taken, although nobody told of it", async () => {
  await using at = await serving(1, { confirm: 100 });
  const removed = await at.publisher.remove("z0.example.");
  await until(() => at.pop.follower.view.cursor?.position === removed);
  const head = at.store.head.bind(at.store);
  const { octets } = await at.publisher.change({ zone: "z0.example.", serial: 5 });
  at.store.head = async (zone) => ({ zone, revision: removed + 1, octets });
  await until(() => at.pop.serial("z0.example.") === 5);
  at.store.head = head;
  expect(at.pop.events("zone.dropped")).toEqual([]);
});

test("without the store nothing is dropped", async () => {
  await using at = await serving(1, { confirm: 50 });
  const removed = await at.publisher.remove("z0.example.");
  await until(() => at.pop.follower.view.cursor?.position === removed);
  at.store.lose();
  await pause(200);
  expect(at.pop.serial("z0.example.")).toBe(1);
  at.store.back();
  await until(() => at.pop.answers.size === 0);
});

test("a removal is confirmed after a restart, too; and the ids are remembered when the zone is gone", async () => {
  await using at = await serving(1, { confirm: 60_000 });
  const removed = await at.publisher.remove("z0.example.");
  await until(() => at.pop.follower.view.cursor?.position === removed);
  at.pop.kill();
  const pop = at.at.pop({ options: { confirm: 50 }, images: at.pop.images });
  await pop.start();
  expect(pop.serial("z0.example.")).toBe(1);
  await until(() => pop.answers.size === 0);
  await until(() => pop.follower.view.removals === 0);
  await pause(50);
  pop.kill();
  const third = at.at.pop({ images: pop.images });
  await third.start();
  expect(third.answers.size).toBe(0);
  const old = await at.publisher.push({ zone: "z0.example.", serial: 3, id: 1 });
  await until(() => third.follower.view.cursor?.position === old);
  await until(async () => (await third.report())?.refused[0]?.zone === "z0.example.");
  expect((await third.report())?.refused[0]).toMatchObject({ id: 1, serves: 2 });
  await at.publisher.push({ zone: "z0.example.", serial: 4, id: 3 });
  await until(() => third.serial("z0.example.") === 4);
});

test("many removals are carried out in steps", async () => {
  await using at = await serving(100, { confirm: 50, dropEvery: 30 });
  const before = at.pop.swaps.length;
  for (let i = 0; i < 60; i++) await at.publisher.remove(`z${i}.example.`);
  const sizes = new Set<number>();
  await until(() => {
    sizes.add(at.pop.answers.size);
    return at.pop.answers.size === 40;
  });
  // At most a twentieth at once: 5 of 100, and fewer as there are fewer.
  for (const swap of at.pop.swaps.slice(before)) expect(swap.length).toBeLessThanOrEqual(5);
  expect(sizes.size).toBeGreaterThan(8);
  expect(at.pop.events("zones.removed").length).toBeGreaterThan(0);
});

test("a zone that a list lacks is served on, and told of; also after a restart", async () => {
  await using at = await serving(3);
  at.store.listed = () => [];
  await at.pop.follower.reconcile();
  expect(at.pop.answers.size).toBe(3);
  expect(at.pop.follower.view.missing).toBe(3);
  expect(at.pop.events("zone.missing")).toHaveLength(1);
  await until(async () => (await at.pop.report())?.refusals === 3);
  const [refused] = (await at.pop.report())!.refused;
  expect(refused).toMatchObject({ id: 0, serves: 1, serial: 1 });
  expect(refused.why).toMatch(/^the store has no such zone, .* served on/);
  // Told once, and not again.
  await at.pop.follower.reconcile();
  expect(at.pop.events("zone.missing")).toHaveLength(1);
  at.store.listed = (heads) => heads;
  await at.pop.follower.reconcile();
  expect(at.pop.follower.view.missing).toBe(0);
  at.pop.kill();
  at.store.forget("z1.example.");
  const pop = at.at.pop();
  await pop.start();
  expect(pop.answers.size).toBe(3);
  await until(() => pop.follower.view.synced);
  await pop.follower.reconcile();
  expect(pop.answers.size).toBe(3);
  expect(pop.events("zone.missing")[0].text).toMatch(/^the store has no zone z1\.example\.,/);
});

test("a removal of a zone that never was served here needs no confirmation", async () => {
  await using at = await serving(1, { confirm: 60_000 });
  await at.publisher.push({ zone: "new.example.", serial: 1, targets: [{ group: "canary", version: 1 }] });
  const removed = await at.publisher.remove("new.example.");
  await until(() => at.pop.follower.view.cursor?.position === removed);
  expect(at.pop.follower.view).toMatchObject({ removals: 0, zones: 1 });
});
