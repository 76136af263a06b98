/** Waiting for a fleet: POPs prove themselves by their own answers; those that don't are named, and why. */

import { randomInt } from "node:crypto";
import { afterEach, beforeEach, expect, test } from "vitest";
import { readPassage } from "../../../src/sync/rollout/ledger.ts";
import { asker } from "../../../src/sync/rollout/proof.ts";
import { waitForFleet } from "../../../src/sync/rollout/wait.ts";
import type { Published, WaitEvent, WaitPlan } from "../../../src/sync/rollout/waited.ts";
import { TestFleet, until } from "./fleet.ts";

const ZONE = "example.com.";
const LIMITS = { nxdomain: 20, servfail: 2, refused: 2, queries: 50, patience: 5 };
const clock = { now: Date.now, monotonic: () => performance.now() };

let fleet: TestFleet;
let events: WaitEvent[];
beforeEach(async () => {
  fleet = await TestFleet.make();
  events = [];
});
afterEach(() => fleet.end());

function wait(published: readonly Published[], more: Partial<WaitPlan> = {}) {
  return waitForFleet({
    store: fleet.store,
    published,
    timeout: 10_000,
    clock,
    tell: (event) => events.push(event),
    ask: asker({ timeout: 200, tries: 2, random: randomInt }),
    conduct: { hand: fleet.hand("waiter"), limits: LIMITS },
    ...more,
  });
}

const standings = (waited: Awaited<ReturnType<typeof wait>>) =>
  Object.fromEntries(waited.pops.map(({ pop, standing }) => [pop, standing]));

test("every announcing POP answers with the new serial, in its own name", async () => {
  for (const name of ["ams1", "fra1", "lhr1"]) await fleet.pop(name);
  await fleet.push(ZONE, 1);
  await fleet.serves(ZONE, 1);
  const since = performance.now();
  const waited = await wait([await fleet.push(ZONE, 2)], { since });
  expect(waited.outcome).toBe("proven");
  expect(standings(waited)).toEqual({ ams1: "proven", fra1: "proven", lhr1: "proven" });
  expect(waited.spread?.max).toBeLessThanOrEqual(performance.now() - since);
  expect(waited.spread?.p50).toBeGreaterThan(0);
  const last = events.filter((event) => event.say === "pop").at(-1);
  expect(last).toMatchObject({ proven: 3, of: 3 });
});

test("POPs whose clocks are an hour off prove themselves like others", async () => {
  await fleet.pop("early", { skew: 3_600_000 });
  await fleet.pop("late", { skew: -3_600_000 });
  const waited = await wait([await fleet.push(ZONE, 1)]);
  expect(standings(waited)).toEqual({ early: "proven", late: "proven" });
});

test("a POP that refuses is named with its reason", async () => {
  await fleet.pop("fra1");
  await fleet.pop("lhr1", { refuses: [2] });
  await fleet.push(ZONE, 1);
  await fleet.serves(ZONE, 1);
  const waited = await wait([await fleet.push(ZONE, 2)]);
  expect(waited.outcome).toBe("late");
  expect(waited.text).toBe("1 of 2 POPs answer with it; lhr1 refuses it: it has no NS at its apex");
});

test("a POP whose address is answered by another is not proven by it", async () => {
  await fleet.pop("fra1");
  await fleet.pop("lhr1", { nsid: "fra1" });
  const waited = await wait([await fleet.push(ZONE, 1)], { timeout: 700 });
  expect(waited.outcome).toBe("late");
  expect(waited.pops.find(({ pop }) => pop === "lhr1")?.why).toContain("its addresses are answered by fra1");
});

test("a POP that reports the version and answers with the old one is not proven by its word", async () => {
  await fleet.pop("fra1");
  await fleet.push(ZONE, 1);
  await fleet.serves(ZONE, 1);
  await fleet.pop("lhr1", { lies: true });
  await fleet.serves(ZONE, 1);
  const waited = await wait([await fleet.push(ZONE, 2)], { timeout: 700 });
  expect(waited.outcome).toBe("late");
  expect(waited.pops.find(({ pop }) => pop === "lhr1")?.why).toBe("answers with REFUSED, although it reports it");
});

test("a dead POP is listed and not waited for", async () => {
  await fleet.pop("fra1");
  await fleet.pop("lhr1");
  await fleet.push(ZONE, 1);
  await fleet.serves(ZONE, 1);
  fleet.kill("lhr1");
  const waited = await wait([await fleet.push(ZONE, 2)]);
  expect(waited.outcome).toBe("proven");
  expect(standings(waited)).toEqual({ fra1: "proven", lhr1: "silent" });
  expect(waited.text).toMatch(
    /^1 of 1 POPs answer with it; 1 not waited for: lhr1 has been silent for \d+ s and does not answer: nobody answers at 127\.0\.0\.1@/,
  );
});

test("a POP that is cut off from the store and answers on is waited for", async () => {
  await fleet.pop("fra1");
  const cut = await fleet.pop("lhr1");
  await fleet.push(ZONE, 1);
  await fleet.serves(ZONE, 1);
  cut.cut();
  const waited = await wait([await fleet.push(ZONE, 2)], { timeout: 1500 });
  expect(waited.outcome).toBe("late");
  expect(waited.pops.find(({ pop }) => pop === "lhr1")?.why).toMatch(
    /^still answers with serial 10; has been silent for \d+ s, so it is cut off from the store$/,
  );
});

test("a POP that does not announce is listed and not waited for", async () => {
  await fleet.pop("fra1");
  await fleet.pop("lhr1", { announcing: false, refuses: [1] });
  const waited = await wait([await fleet.push(ZONE, 1)]);
  expect(waited.outcome).toBe("proven");
  expect(standings(waited)).toEqual({ fra1: "proven", lhr1: "withdrawn" });
});

test("a POP that is not ready yet, as it has just begun and the store was empty, is waited for", async () => {
  await fleet.pop("fra1");
  await fleet.pop("lhr1", { starting: true, slow: 1500 });
  await until(async () => (await fleet.store.reports()).length === 2);
  const waited = await wait([await fleet.push(ZONE, 1)]);
  expect(standings(waited)).toEqual({ fra1: "proven", lhr1: "proven" });
  expect(events).toContainEqual(
    expect.objectContaining({
      pop: expect.objectContaining({ pop: "lhr1", why: expect.stringMatching(/^is not ready: /) }),
    }),
  );
});

test("a POP that does not get ready is named, and not counted", async () => {
  await fleet.pop("fra1");
  await fleet.pop("lhr1", { starting: true, slow: 60_000 });
  await until(async () => (await fleet.store.reports()).length === 2);
  const waited = await wait([await fleet.push(ZONE, 1)], { timeout: 700 });
  expect(waited.text).toMatch(/^1 of 1 POPs answer with it; 1 not waited for: lhr1 is not ready: .*, after 0\.7 s$/);
});

test("a POP that does not get ready because it refuses its first zone", async () => {
  await fleet.pop("lhr1", { starting: true, refuses: [1] });
  const waited = await wait([await fleet.push(ZONE, 1)]);
  expect([waited.outcome, standings(waited)]).toEqual(["late", { lhr1: "refuses" }]);
});

test("a POP that begins to announce with its first zone is waited for", async () => {
  await fleet.pop("fra1");
  await fleet.pop("lhr1", { announcing: "with zones", slow: 200 });
  const waited = await wait([await fleet.push(ZONE, 1)]);
  expect(standings(waited)).toEqual({ fra1: "proven", lhr1: "proven" });
});

test("a store that no POP follows: time runs out, and it is said", async () => {
  const waited = await wait([await fleet.push(ZONE, 1)], { timeout: 300 });
  expect(waited).toMatchObject({ outcome: "late", text: "no POP has reported to this store yet, after 0.3 s" });
  expect(events[0]).toEqual({ say: "store", text: "no POP has reported to this store yet: waiting for one" });
});

test("broken off by a signal", async () => {
  const waited = await wait([await fleet.push(ZONE, 1)], { signal: AbortSignal.timeout(100) });
  expect(waited.outcome).toBe("late");
  expect(waited.text).toMatch(/^broken off/);
});

test("a removal is proven by POPs that have no SOA to give", async () => {
  const pop = await fleet.pop("fra1");
  const { zone, revision, id } = await fleet.push(ZONE, 1);
  await fleet.serves(ZONE, 1);
  const waiting = wait([{ zone, version: 0, id: id + 1, revision: revision + 1, serial: undefined, rollout: false }]);
  const still = () => events.some((event) => event.say === "pop" && event.pop.why === "still serves it");
  await until(still);
  pop.forget(ZONE);
  expect(await waiting).toMatchObject({ outcome: "proven", text: "1 of 1 POPs have let go of it" });
});

test("a POP that has read the removal and serves the zone on is waited for, and it is said", async () => {
  await fleet.pop("fra1");
  const published = await fleet.push(ZONE, 1);
  await fleet.serves(ZONE, 1);
  // Its report is at this revision by now.
  const removed = { ...published, version: 0, serial: undefined };
  const waited = await wait([removed], { timeout: 700 });
  expect(waited.outcome).toBe("late");
  expect(waited.text).toBe(
    "0 of 1 POPs have let go of it; fra1 still serves it until the removal is confirmed, after 0.7 s",
  );
});

test("SERVFAIL is no proof of a removal: the POP knows the zone", async () => {
  await fleet.pop("fra1");
  const { zone, revision, id } = await fleet.push(ZONE, 1);
  const published = { zone, version: 0, id: id + 1, revision: revision + 1, serial: undefined, rollout: false };
  const said = (rcode: string) => async () => ({ say: "rcode" as const, pop: "fra1", rcode });
  expect((await wait([published], { ask: said("SERVFAIL"), timeout: 300 })).outcome).toBe("late");
  // Of the zone above it.
  expect((await wait([published], { ask: said("NXDOMAIN"), timeout: 5000 })).outcome).toBe("proven");
});

test("many zones at once: each POP is asked for some of them, and believed for the others", async () => {
  const pops = [await fleet.pop("fra1"), await fleet.pop("lhr1", { slow: 300 })];
  const published: Published[] = [];
  for (let i = 0; i < 40; i++) published.push(await fleet.push(`zone${i}.example.`, 1));
  const waited = await wait(published);
  expect(waited.outcome).toBe("proven");
  expect(pops.every(({ served }) => served.size === 40)).toBe(true);
});

test("another publication meanwhile: the later serial proves the earlier one, too", async () => {
  await fleet.pop("fra1", { slow: 200 });
  const first = await fleet.push(ZONE, 1);
  await fleet.push(ZONE, 2);
  await fleet.serves(ZONE, 2);
  expect((await wait([first])).outcome).toBe("proven");
});

test("the ledger keeps how each POP came by it", async () => {
  await fleet.pop("fra1");
  await fleet.pop("lhr1", { announcing: false });
  await wait([await fleet.push(ZONE, 1)], { ledger: "alice@desk" });
  const [line] = await fleet.store.ledger(ZONE);
  const passage = line && readPassage(line.octets);
  expect(passage).toMatchObject({
    ...{ zone: ZONE, version: 1, serial: 10, id: 1, by: "alice@desk", outcome: "proven", pops: 2, proven: 1 },
    arrivals: [
      { pop: "lhr1", standing: "withdrawn", why: "does not announce" },
      { pop: "fra1", standing: "proven", receipt: { fetchedMs: 1, compiledMs: 2, servingMs: 3 } },
    ],
  });
  expect(passage?.arrivals[1]?.provenMs).toBeGreaterThan(0);
  expect(passage?.spread?.p50).toBe(passage?.spread?.max);
});

test("with a rollout it conducts until all have it", async () => {
  await fleet.pop("fra1");
  await fleet.pop("lhr1", { groups: ["canary"] });
  await fleet.push(ZONE, 1);
  await fleet.serves(ZONE, 1);
  const waves = [
    { to: ["canary"], bake: 1 },
    { to: ["*"], bake: 0 },
  ];
  const waited = await wait([await fleet.push(ZONE, 2, waves)]);
  expect(waited.outcome).toBe("proven");
  const deeds = (await fleet.history(ZONE)).map(({ action, targets }) => [action, targets.map(({ group }) => group)]);
  expect(deeds).toEqual([
    ["push", ["*"]],
    ["push", ["canary", "*"]],
    ["promote", ["*", "*"]],
    ["promote", ["*"]],
  ]);
});

test("with a rollout that fails it comes back with why", async () => {
  await fleet.pop("fra1");
  await fleet.pop("lhr1", { groups: ["canary"], fails: [2] });
  await fleet.push(ZONE, 1);
  await fleet.serves(ZONE, 1);
  const waited = await wait([await fleet.push(ZONE, 2, [{ to: ["canary"], bake: 1 }])]);
  expect(waited.outcome).toBe("back");
  expect(waited.text).toContain("lhr1 answers 50.0 % of 100 queries with SERVFAIL");
  await fleet.serves(ZONE, 1);
});

test("a rollout that others have brought to its end before anybody waited", async () => {
  await fleet.pop("fra1");
  await fleet.push(ZONE, 1);
  const published = await fleet.push(ZONE, 2, [{ to: ["*"], bake: 0 }]);
  expect((await wait([published])).outcome).toBe("proven");
  expect((await wait([published])).outcome).toBe("proven");
  await fleet.push(ZONE, 3);
  expect(await wait([published])).toMatchObject({
    outcome: "late",
    text: "example.com. version 3 came instead by test",
  });
});

test("of two rollouts one goes back: the other one is brought to its end all the same", async () => {
  await fleet.pop("fra1");
  await fleet.pop("lhr1", { groups: ["canary"], refuses: [7] });
  for (const zone of ["a.example.", "b.example."]) await fleet.push(zone, 1);
  const waves = [
    { to: ["canary"], bake: 1 },
    { to: ["*"], bake: 0 },
  ];
  const waited = await wait([await fleet.push("a.example.", 7, waves), await fleet.push("b.example.", 2, waves)]);
  expect(waited.outcome).toBe("back");
  expect(waited.text).toMatch(/^a\.example\. version 7 was taken back by waiter: lhr1 refuses it/);
  expect((await fleet.manifest("b.example.")).targets).toEqual([{ group: "*", version: 2 }]);
});

test("a rollout that is paused is not waited for for ever, and it is said", async () => {
  await fleet.pop("fra1");
  await fleet.push(ZONE, 1);
  const published = await fleet.push(ZONE, 2, [{ to: ["canary"], bake: 0 }]);
  const waited = await wait([published], {
    timeout: 300,
    conduct: { hand: fleet.hand("waiter"), limits: { ...LIMITS, patience: 1 } },
  });
  expect(waited.outcome).toBe("late");
  expect(waited.text).toMatch(/^the rollout of example\.com\. was paused by waiter: wave 1 of 1 \(canary\) has no POP/);
});
