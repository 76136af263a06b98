/** Conductors over a real store: what they bring on, what they take back, and that several do no harm. */

import { randomInt } from "node:crypto";
import { afterEach, beforeEach, expect, test } from "vitest";
import { conduct } from "../../../src/sync/rollout/conduct.ts";
import { readPassage } from "../../../src/sync/rollout/ledger.ts";
import { asker } from "../../../src/sync/rollout/proof.ts";
import { turn } from "../../../src/sync/rollout/turn.ts";
import type { Hand } from "../../../src/sync/rollout/waited.ts";
import type { Store } from "../../../src/sync/store/store.ts";
import { TestFleet, until } from "./fleet.ts";

const ZONE = "example.com.";
const LIMITS = { nxdomain: 20, servfail: 2, refused: 2, queries: 50, patience: 2 };
const WAVES = [
  { to: ["canary"], bake: 1 },
  { to: ["*"], bake: 0 },
];
const clock = { now: Date.now, monotonic: () => performance.now() };

/** A conductor as another process is: with a connection of its own. */
interface Podium {
  readonly lines: string[];
  readonly stop: AbortController;
  readonly done: Promise<void>;
}

let fleet: TestFleet;
let podiums: Podium[];
let stores: Store[];
beforeEach(async () => {
  fleet = await TestFleet.make();
  podiums = [];
  stores = [];
  await fleet.pop("ams1", { skew: 3_600_000 });
  await fleet.pop("fra1");
  await fleet.push(ZONE, 1);
});
afterEach(async () => {
  for (const { stop } of podiums) stop.abort();
  await Promise.all(podiums.map(({ done }) => done));
  await Promise.all(stores.map((store) => store.close()));
  await fleet.end();
});

async function podium(by: string): Promise<Podium> {
  const store = await fleet.another();
  stores.push(store);
  const hand: Hand = fleet.hand(by, store);
  const stop = new AbortController();
  const lines: string[] = [];
  const done = conduct({
    ...{ hand, limits: LIMITS, clock, signal: stop.signal, ledger: true },
    ask: asker({ timeout: 200, tries: 1, random: randomInt }),
    tell: (event) => lines.push(event.zone === undefined ? event.text : `${event.zone} ${event.say}: ${event.text}`),
  });
  const one = { lines, stop, done };
  podiums.push(one);
  return one;
}

const deeds = async () => (await fleet.history(ZONE)).map(({ action, by }) => `${action} ${by}`);
const isOver = async () => (await fleet.manifest(ZONE)).rollout === undefined;

test("a canary that serves it well: on to all, and a line in the ledger", async () => {
  await fleet.pop("lhr1", { groups: ["canary"], skew: -3_600_000 });
  await fleet.serves(ZONE, 1);
  const { lines } = await podium("centre");
  await fleet.push(ZONE, 2, WAVES);
  await until(isOver);
  await fleet.serves(ZONE, 2);
  expect(await deeds()).toEqual(["push test", "push test", "promote centre", "promote centre"]);
  expect(lines.filter((line) => line.includes(" turn:"))).toEqual([
    "example.com. turn: goes on: all POPs of wave 1 of 2 (canary) served version 2 for 1 s",
    "example.com. turn: is done: all POPs of wave 2 of 2 (*) served version 2 for 0 s",
  ]);
  await until(async () => (await fleet.store.ledger(ZONE)).length > 0);
  const passage = readPassage((await fleet.store.ledger(ZONE))[0]?.octets ?? new Uint8Array(0));
  expect(passage).toMatchObject({ version: 2, outcome: "done", by: "centre", pops: 3, proven: 3 });
});

test("a canary that answers with SERVFAIL: back to the old version, which the canary takes again", async () => {
  const canary = await fleet.pop("lhr1", { groups: ["canary"], fails: [2] });
  await fleet.serves(ZONE, 1);
  await podium("centre");
  await fleet.push(ZONE, 2, WAVES);
  await until(isOver);
  await until(() => canary.taken.join(" ") === "1 2 1");
  expect(fleet.pops.get("fra1")?.taken).toEqual([1]);
  const manifest = await fleet.manifest(ZONE);
  expect(manifest).toMatchObject({ action: "abort", latest: 2, id: 3 });
  expect(manifest.why).toMatch(/^lhr1 answers 50\.0 % of 100 queries with SERVFAIL/);
});

test("a canary that refuses it", async () => {
  await fleet.pop("lhr1", { groups: ["canary"], refuses: [2] });
  await podium("centre");
  await fleet.push(ZONE, 2, WAVES);
  await until(isOver);
  expect((await fleet.manifest(ZONE)).why).toBe("lhr1 refuses it: it has no NS at its apex");
});

test("a canary that dies of it", async () => {
  await fleet.pop("lhr1", { groups: ["canary"] });
  await podium("centre");
  await fleet.push(ZONE, 2, [{ to: ["canary"], bake: 60 }]);
  await fleet.serves(ZONE, 2, ["lhr1"]);
  await until(async () =>
    (await fleet.store.reports()).some(({ octets }) => Buffer.from(octets).includes('"version":2')),
  );
  fleet.kill("lhr1");
  await until(isOver);
  expect((await fleet.manifest(ZONE)).action).toBe("abort");
});

test("a canary that says it serves it, and answers with the old serial", async () => {
  await fleet.serves(ZONE, 1);
  const pop = await fleet.pop("lhr1", { groups: ["canary"] });
  await fleet.serves(ZONE, 1);
  pop.lie();
  await podium("centre");
  await fleet.push(ZONE, 2, WAVES);
  await until(isOver);
  expect((await fleet.manifest(ZONE)).why).toBe("lhr1 reports it, and answers with serial 10, and 2 s have passed");
});

test("a canary that can't be asked from the centre is believed", async () => {
  await fleet.pop("lhr1", { groups: ["canary"], ask: [] });
  await podium("centre");
  await fleet.push(ZONE, 2, WAVES);
  await until(isOver);
  expect((await fleet.manifest(ZONE)).targets).toEqual([{ group: "*", version: 2 }]);
});

test("a wave without a POP is paused, not passed over", async () => {
  await podium("centre");
  await fleet.push(ZONE, 2, WAVES);
  await until(async () => (await fleet.manifest(ZONE)).rollout?.state === "paused");
  const manifest = await fleet.manifest(ZONE);
  expect(manifest.rollout?.wave).toBe(0);
  expect(manifest.why).toContain("wave 1 of 2 (canary) has no POP that announces and is heard");
});

test("a conductor dies in the middle of the bake time, and another goes on", async () => {
  await fleet.pop("lhr1", { groups: ["canary"] });
  const first = await podium("first");
  await fleet.push(ZONE, 2, WAVES);
  await until(() => first.lines.some((line) => line.includes("they are watched")));
  first.stop.abort();
  await first.done;
  await podium("second");
  await until(isOver);
  expect(await deeds()).toEqual(["push test", "push test", "promote second", "promote second"]);
});

test("three conductors at once: each step is taken once", async () => {
  await fleet.pop("lhr1", { groups: ["canary"] });
  const names = ["a", "b", "c"];
  for (const name of names) await podium(name);
  await fleet.push(ZONE, 2, WAVES);
  await until(isOver);
  await fleet.serves(ZONE, 2);
  const waves = (await fleet.history(ZONE)).map(({ id, action, rollout }) => [id, action, rollout?.wave]);
  expect(waves).toEqual([
    [1, "push", undefined],
    [2, "push", 0],
    [3, "promote", 1],
    [4, "promote", undefined],
  ]);
  // Each of them saw the end, whoever made it.
  await until(() => podiums.every(({ lines }) => lines.some((line) => line.includes(" done: all POPs get version 2"))));
  expect(podiums.flatMap(({ lines }) => lines.filter((line) => line.includes(" trouble:")))).toEqual([]);
});

test("paused by somebody, nothing moves; resumed, it goes on", async () => {
  await fleet.pop("lhr1", { groups: ["canary"] });
  const { lines } = await podium("centre");
  await fleet.push(ZONE, 2, WAVES);
  await until(() => lines.some((line) => line.includes("they are watched")));
  const say = (to: "pause" | "resume") =>
    turn(fleet.hand("bob"), { zone: ZONE, turn: { to }, why: "to look", now: Date.now(), still: () => true });
  await say("pause");
  await until(() => lines.some((line) => line.includes("paused by bob: to look")));
  await new Promise((resolve) => setTimeout(resolve, 1500));
  expect((await fleet.manifest(ZONE)).rollout).toMatchObject({ wave: 0, state: "paused" });
  expect(await say("pause")).toBeUndefined();
  await say("resume");
  await until(isOver);
  expect(await deeds()).toEqual([
    ...["push test", "push test", "pause bob", "resume bob", "promote centre", "promote centre"],
  ]);
});

test("aborted by somebody: the canary takes the old version again", async () => {
  await fleet.pop("lhr1", { groups: ["canary"] });
  const { lines } = await podium("centre");
  await fleet.push(ZONE, 2, [{ to: ["canary"], bake: 600 }]);
  await fleet.serves(ZONE, 2, ["lhr1"]);
  await turn(fleet.hand("bob"), { zone: ZONE, turn: { to: "abort" }, why: "no", now: Date.now(), still: () => true });
  await fleet.serves(ZONE, 1);
  await until(() => lines.includes("example.com. back: version 2 was taken back by bob: no"));
});

test("turns that race: all are taken, one after the other", async () => {
  await fleet.push(ZONE, 2, [{ to: ["canary"], bake: 600 }]);
  const hands = await Promise.all(
    [1, 2, 3, 4, 5, 6].map(async (i) => {
      const store = await fleet.another();
      stores.push(store);
      return fleet.hand(`hand${i}`, store);
    }),
  );
  const turns = hands.map((hand, i) =>
    turn(hand, {
      ...{ zone: ZONE, turn: { to: i % 2 === 0 ? "pause" : "resume" }, why: undefined, now: Date.now() },
      still: () => true,
    }),
  );
  const made = (await Promise.all(turns)).filter((one) => one !== undefined);
  expect(made.length).toBeGreaterThan(0);
  const ids = (await fleet.history(ZONE)).map(({ id }) => id);
  expect(ids).toEqual(ids.map((_, i) => i + 1));
  expect(ids.length).toBe(2 + made.length);
});
