/** What a POP says of itself, and that nothing about it disturbs serving. */

import { expect, test } from "vitest";
import { reportOctets } from "../../../src/sync/report.ts";
import { StoreError } from "../../../src/sync/store/store.ts";
import { scratch, until } from "./pop.ts";
import { setUp } from "./setup.ts";

test("two POPs that serve the same have the same digest, in whatever order it came", async () => {
  await using at = setUp();
  using other = scratch();
  const first = at.pop({ pop: "ams1" });
  await first.start();
  await at.publisher.push({ zone: "a.example.", serial: 1 });
  await at.publisher.push({ zone: "b.example.", serial: 1 });
  await until(() => first.follower.view.cursor?.position === 2);
  const two = first.follower.view.digest;
  await at.publisher.push({ zone: "a.example.", serial: 2 });
  await until(() => first.follower.view.cursor?.position === 3);
  const three = first.follower.view.digest;
  const second = at.pop({ pop: "fra1", directory: other.path });
  await second.start();
  expect(second.follower.view.digest).toBe(three);
  expect(three).not.toBe(two);
  // Back to the old content, and forward by a restart from disk.
  await at.publisher.push({ zone: "a.example.", serial: 1 });
  await until(() => first.follower.view.digest === two);
  first.kill();
  const again = at.pop({ pop: "ams1", images: first.images });
  await again.start();
  expect(again.follower.view.digest).toBe(two);
  expect(two).toMatch(/^[0-9a-f]{32}$/);
});

test("a POP without zones has the digest of nothing", async () => {
  await using at = setUp();
  const pop = at.pop({ options: { confirm: 20 } });
  await pop.start();
  const nothing = pop.follower.view.digest;
  expect(nothing).toBe("0".repeat(32));
  await at.publisher.push({ zone: "a.example.", serial: 1 });
  await until(() => pop.follower.view.digest !== nothing);
  await at.publisher.remove("a.example.");
  await until(() => pop.follower.view.digest === nothing);
});

test("reports are of constant size: as many receipts as fit, the newest first", async () => {
  await using at = setUp();
  const pop = at.pop();
  await pop.start();
  await at.publisher.pushAll(Array.from({ length: 300 }, (_, i) => ({ zone: `z${i}.example.`, serial: 1 })));
  await until(async () => (await pop.report())?.zones === 300 && (await pop.report())?.recent.length === 50);
  await at.publisher.push({ zone: "last.example.", serial: 1 });
  await until(async () => (await pop.report())?.recent[0]?.zone === "last.example.");
  const report = (await pop.report())!;
  expect(report.recent).toHaveLength(50);
  expect(reportOctets(report).length).toBeLessThan(20_000);
});

test("many pushes in a row make a few reports, and the last of them has the last version", async () => {
  await using at = setUp();
  const pop = at.pop({ options: { reportSoon: 20, report: 60_000 } });
  await pop.start();
  await until(() => at.store.reported > 0);
  const before = at.store.reported;
  const begun = performance.now();
  for (let i = 1; i <= 50; i++) {
    await at.publisher.push({ zone: "example.", serial: i });
    await until(() => pop.serial("example.") === i);
  }
  await until(async () => (await pop.report())?.position === 50);
  const took = performance.now() - begun;
  expect(at.store.reported - before).toBeLessThanOrEqual(took / 100 + 2);
});

test("what the server changes of itself is reported soon", async () => {
  await using at = setUp();
  const pop = at.pop({ options: { report: 60_000 } });
  await pop.start();
  await until(async () => (await pop.report())?.ready === true);
  expect(await pop.report()).toMatchObject({ announcing: true, ask: ["192.0.2.1@53"], release: "test", every: 60 });
  pop.ready = false;
  pop.follower.changed();
  await until(async () => (await pop.report())?.ready === false);
});

test("who ends in good order says so last, and who is killed does not", async () => {
  await using at = setUp();
  const pop = at.pop({ options: { report: 60_000 } });
  await pop.start();
  await until(async () => (await pop.report())?.ready === true);
  await pop.follower.farewell();
  await pop.close();
  expect(await pop.report()).toMatchObject({ stopped: true, ready: false, announcing: false });
  const again = at.pop({ options: { report: 60_000 } });
  await again.start();
  await until(async () => (await again.report())?.ready === true);
  again.kill();
  expect(await again.report()).not.toHaveProperty("stopped");
});

test("the last word of who ends is not waited for when the store does not answer", async () => {
  await using at = setUp();
  const pop = at.pop({ options: { report: 60_000 } });
  await pop.start();
  await until(async () => (await pop.report())?.ready === true);
  at.store.broken.set("report", new StoreError("denied", "this credential may not report: give it the right"));
  await pop.follower.farewell();
  await pop.close();
  expect(await pop.report()).not.toHaveProperty("stopped");
  expect(pop.events("report.failed")).toEqual([]);
});

test("a store that takes no reports does not disturb serving, and it is told once", async () => {
  await using at = setUp();
  at.store.broken.set("report", new StoreError("denied", "this credential may not report: give it the right"));
  const pop = at.pop({ options: { report: 20 } });
  await pop.start();
  for (let i = 1; i <= 5; i++) await at.publisher.push({ zone: "example.", serial: i });
  await until(() => pop.serial("example.") === 5 && pop.events("report.failed").length > 0);
  await until(() => pop.follower.view.cursor?.position === 5);
  expect(pop.events("report.failed").map(({ text }) => text)).toEqual([
    "this POP's report could not be sent: this credential may not report: give it the right; serving is not affected",
  ]);
  at.store.broken.clear();
  await until(() => pop.events("report.sent").length === 1);
  expect((await pop.report())?.position).toBe(5);
});

test("a report that hangs does not hold up what is served", async () => {
  await using at = setUp();
  at.store.report = () => new Promise(() => {});
  const pop = at.pop();
  await pop.start();
  for (let i = 1; i <= 3; i++) {
    const revision = await at.publisher.push({ zone: "example.", serial: i });
    await until(() => pop.follower.view.cursor?.position === revision);
  }
  expect(pop.serial("example.")).toBe(3);
});

test("zones in a rollout are counted: since the version that is served, and while the one before was", async () => {
  await using at = setUp();
  const pop = at.pop({ groups: ["canary"] });
  await pop.start();
  await at.publisher.push({ zone: "example.", serial: 1 });
  await at.publisher.push({ zone: "calm.example.", serial: 1 });
  await until(() => pop.serial("example.") === 1);
  pop.counts.set("example.", { queries: 100, nxdomain: 10, servfail: 0, refused: 1 });
  pop.ahead = 60_000;
  const targets = [
    { group: "canary", version: 2 },
    { group: "*", version: 1 },
  ];
  const waves = [
    { to: ["canary"], bake: 60 },
    { to: ["*"], bake: 0 },
  ];
  const rollout = { version: 2, from: 1, waves, wave: 0, state: "running" } as const;
  await at.publisher.push({ zone: "example.", serial: 2, targets, rollout });
  await until(() => pop.serial("example.") === 2);
  pop.counts.set("example.", { queries: 130, nxdomain: 35, servfail: 2, refused: 1 });
  pop.ahead = 90_000;
  pop.follower.changed();
  await until(async () => (await pop.report())?.rollouts[0]?.now.queries === 30);
  const { rollouts } = (await pop.report())!;
  expect(rollouts).toHaveLength(1);
  expect(rollouts[0]).toMatchObject({
    ...{ zone: "example.", version: 2 },
    now: { queries: 30, nxdomain: 25, servfail: 2, refused: 0 },
    before: { queries: 100, nxdomain: 10, servfail: 0, refused: 1 },
  });
  expect(rollouts[0].now.seconds).toBeGreaterThanOrEqual(29);
  expect(rollouts[0].now.seconds).toBeLessThan(40);
  expect(rollouts[0].before?.seconds).toBeGreaterThanOrEqual(59);
  // It is over when all are to serve the same, and the counters go on.
  await at.publisher.retarget("example.", [{ group: "*", version: 2 }]);
  await until(async () => (await pop.report())?.rollouts.length === 0);
});

test("a POP that a rollout has not reached yet counts what it serves", async () => {
  await using at = setUp();
  const pop = at.pop();
  await pop.start();
  await at.publisher.push({ zone: "example.", serial: 1 });
  await until(() => pop.serial("example.") === 1);
  pop.counts.set("example.", { queries: 7, nxdomain: 1, servfail: 0, refused: 0 });
  const targets = [
    { group: "canary", version: 2 },
    { group: "*", version: 1 },
  ];
  const waves = [{ to: ["canary"], bake: 60 }];
  const rollout = { version: 2, from: 1, waves, wave: 0, state: "running" } as const;
  await at.publisher.push({ zone: "example.", serial: 2, targets, rollout });
  await until(async () => (await pop.report())?.rollouts.length === 1);
  const [counted] = (await pop.report())!.rollouts;
  expect(counted).toMatchObject({ version: 1, now: { queries: 7, nxdomain: 1 } });
  expect(counted.before).toBeUndefined();
});

test("how long ago the store confirmed that what is served is the newest: never, just now, and longer while it is away", async () => {
  await using at = setUp();
  at.store.lose("away");
  const pop = at.pop({ options: { report: 20 } });
  void pop.start();
  await until(() => pop.follower.view.connection === "lost");
  expect(pop.follower.heardAgo()).toBeUndefined();
  at.store.back();
  await until(() => pop.follower.heardAgo() !== undefined);
  const reported = at.store.reported;
  await until(() => at.store.reported > reported + 1);
  expect(pop.follower.heardAgo()).toBeLessThan(5000);
  at.store.lose("away");
  await until(() => pop.follower.view.connection === "lost");
  const before = pop.follower.heardAgo() ?? 0;
  await until(() => (pop.follower.heardAgo() ?? 0) > before + 30);
});

test("own reports are known again by when they were written", async () => {
  await using at = setUp();
  const pop = at.pop({ options: { report: 20 } });
  const began = performance.now();
  await pop.start();
  await until(async () => (await pop.report()) !== undefined);
  const report = (await pop.report())!;
  expect(pop.follower.sentAt(report.at)).toBeGreaterThan(began);
  expect(pop.follower.sentAt("2026-01-01T00:00:00.000Z")).toBeUndefined();
});
