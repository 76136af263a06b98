/** Small parts of following: how far it is, how many at once, what goes in one swap, when a removal is due. */

import { describe, expect, test } from "vitest";
import { Alarm } from "../../../src/sync/follow/alarm.ts";
import { Digest } from "../../../src/sync/follow/digest.ts";
import { Lane } from "../../../src/sync/follow/lane.ts";
import { Removals } from "../../../src/sync/follow/removals.ts";
import { type ReadySwap, Swapper } from "../../../src/sync/follow/swapper.ts";
import { Waterline } from "../../../src/sync/follow/waterline.ts";
import { until } from "./pop.ts";

const at = (position: number) => ({ epoch: "e", position });

describe("the waterline", () => {
  test("is where all before it is done", () => {
    const line = new Waterline();
    const [one, two, three] = [line.open(at(1), 1), line.open(at(2), 2), line.open(at(3), 1)];
    line.done(three);
    line.done(two);
    expect(line.cursor).toBeUndefined();
    line.done(one);
    expect(line.cursor).toEqual(at(1));
    line.done(two);
    expect(line.cursor).toEqual(at(3));
  });

  test("passes what has nothing to be done, in its turn", () => {
    const line = new Waterline();
    const first = line.open(at(1), 1);
    line.open(at(2), 0, true);
    expect(line.synced).toBe(false);
    line.done(first);
    expect(line.cursor).toEqual(at(2));
    expect(line.synced).toBe(true);
  });

  test("is not moved by what was begun before a reset", () => {
    const line = new Waterline();
    line.begin(at(9));
    const old = line.open(at(10), 1);
    line.reset();
    expect(line.cursor).toBeUndefined();
    const fresh = line.open({ epoch: "f", position: 1 }, 1);
    line.done(old);
    expect(line.cursor).toBeUndefined();
    line.done(fresh);
    expect(line.cursor).toEqual({ epoch: "f", position: 1 });
  });
});

test("the digest is the same in any order, and goes back with what is served", () => {
  const [a, b] = [new Digest(), new Digest()];
  a.change("x.", undefined, "11");
  a.change("y.", undefined, "22");
  b.change("y.", undefined, "33");
  b.change("x.", undefined, "11");
  expect(`${a}`).not.toBe(`${b}`);
  b.change("y.", "33", "22");
  expect(`${a}`).toBe(`${b}`);
  a.change("x.", "11", undefined);
  a.change("y.", "22", undefined);
  expect(`${a}`).toBe(`${new Digest()}`);
});

test("a lane runs as many at once as it may, and tells when there is room", async () => {
  const lane = new Lane(2);
  const ends: (() => void)[] = [];
  let most = 0;
  let running = 0;
  for (let i = 0; i < 5; i++) {
    lane.add(async () => {
      most = Math.max(most, ++running);
      await new Promise<void>((resolve) => ends.push(resolve));
      running--;
    });
  }
  let room = false;
  void lane.below(4).then(() => (room = true));
  await until(() => ends.length === 2);
  expect([lane.size, room]).toEqual([5, false]);
  ends[0]();
  ends[1]();
  await until(() => room);
  for (let i = 2; i < 5; i++) {
    await until(() => ends.length > i);
    ends[i]();
  }
  await until(() => lane.size === 0);
  expect(most).toBe(2);
});

test("an alarm ends waits early when there is news, and all of them when it is closed", async () => {
  const alarm = new Alarm();
  let ended = 0;
  const waits = [alarm.wait(60_000), alarm.wait(60_000)].map((wait) => wait.then(() => ended++));
  alarm.hurry(() => 1);
  await Promise.all(waits);
  expect(ended).toBe(2);
  const last = alarm.wait(60_000);
  alarm.close();
  await last;
  await alarm.wait(60_000);
});

describe("the swapper", () => {
  const ready = (zone: string, served: () => void, wanted = () => true): ReadySwap => ({
    ...{ zone, image: new SharedArrayBuffer(1), wanted, served },
    failed: (why) => {
      throw new Error(why);
    },
  });

  test("gives what is ready at the same time in one go, and what comes meanwhile in the next", async () => {
    const goes: string[][] = [];
    let go = () => {};
    const swapper = new Swapper(
      async (swaps) => {
        goes.push(swaps.map(({ zone }) => zone));
        await new Promise<void>((resolve) => (go = resolve));
      },
      () => false,
    );
    let served = 0;
    for (const zone of ["a.", "b."]) swapper.add(ready(zone, () => served++));
    await until(() => goes.length === 1);
    expect(swapper.landed("a.")).toBeDefined();
    for (const zone of ["a.", "c.", "d."])
      swapper.add(
        ready(
          zone,
          () => served++,
          () => zone !== "d.",
        ),
      );
    expect(served).toBe(0);
    go();
    await until(() => goes.length === 2);
    expect(served).toBe(2);
    go();
    await swapper.idle();
    expect(goes).toEqual([
      ["a.", "b."],
      ["a.", "c."],
    ]);
    expect(served).toBe(4);
    expect(swapper.landed("a.")).toBeUndefined();
  });

  test("the copy is written before any of it is served, once for all of one go", async () => {
    const order: string[] = [];
    const swapper = new Swapper(
      async () => void order.push("serve"),
      () => false,
      async () => void order.push("written"),
    );
    for (const zone of ["a.", "b."]) {
      swapper.add({ ...ready(zone, () => order.push(`${zone} served`)), keep: () => order.push(`${zone} kept`) });
    }
    await swapper.idle();
    expect(order).toEqual(["a. kept", "b. kept", "written", "serve", "a. served", "b. served"]);
  });

  test("a zone is in one go once, and the last one is what is served", async () => {
    const goes: string[][] = [];
    const order: number[] = [];
    const swapper = new Swapper(
      async (swaps) => void goes.push(swaps.map(({ zone }) => zone)),
      () => false,
    );
    swapper.add(ready("a.", () => order.push(1)));
    swapper.add(ready("a.", () => order.push(2)));
    await swapper.idle();
    expect(goes).toEqual([["a."], ["a."]]);
    expect(order).toEqual([1, 2]);
  });
});

describe("removals", () => {
  test("are due after a while, a twentieth of what is served at once", () => {
    const removals = new Removals(1000);
    for (let i = 0; i < 30; i++) removals.add(`z${i}.`, i);
    expect(removals.next(0, 10)).toBe(1000);
    expect(removals.step(999, 100)).toEqual([]);
    expect(removals.step(2000, 100)).toEqual(["z0.", "z1.", "z2.", "z3.", "z4."]);
    expect(removals.step(2000, 3)).toEqual(["z0."]);
    removals.delete("z0.");
    removals.later("z1.", 2000);
    expect(removals.step(2000, 3)).toEqual(["z2."]);
    expect(removals.next(2000, 10)).toBe(10);
  });

  test("seen again are due no later", () => {
    const removals = new Removals(1000);
    removals.add("a.", 0);
    removals.add("a.", 900);
    expect(removals.step(1000, 1)).toEqual(["a."]);
    removals.delete("a.");
    expect(removals.next(1000, 10)).toBeUndefined();
  });
});
