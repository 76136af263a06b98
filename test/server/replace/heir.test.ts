/** The old process and its heir, word for word: who is gone, who hangs, and who takes what. */

import { Duplex } from "node:stream";
import { setImmediate } from "node:timers/promises";
import { expect, test } from "vitest";
import { handOver } from "../../../src/server/replace/handover.ts";
import { Heir } from "../../../src/server/replace/heir.ts";
import { Succession } from "../../../src/server/replace/succession.ts";
import { giveWay } from "../../../src/server/replace/takeover.ts";
import { PLACE, PROTOCOL } from "../../../src/server/replace/words.ts";
import type { RoutesBequest } from "../../../src/server/routes/estate.ts";
import type { Routes } from "../../../src/server/routes/open.ts";

/** A connection's end, and what was said over it. */
function connection() {
  const said: string[] = [];
  const socket = new Duplex({
    read() {},
    write(chunk: Buffer, _encoding, done) {
      said.push(...[...chunk.toString().matchAll(/"say":"(\w+)"/g)].map(([, word]) => word as string));
      done();
    },
  });
  return { socket, said, say: (word: unknown) => socket.push(`${JSON.stringify(word)}\n`) };
}

/** A succession, and what it did. */
function succession() {
  const deeds: string[] = [];
  const args = { pop: "lhr1", version: "2", secrets: [], leaving: 0, unable: () => undefined, serves: () => [] };
  const one = new Succession({
    ...args,
    routes: () => true,
    failed: () => deeds.push("failed"),
    tell: (_level, event) => deeds.push(event),
  });
  const meet = () => {
    const met = connection();
    one.meet(`${PLACE}?pop=lhr1&pid=7&version=3`, PROTOCOL, met.socket, new Uint8Array());
    return met;
  };
  return { one, deeds, meet };
}

/** Routes with one session, and what becomes of them. */
function routes() {
  const deeds: string[] = [];
  const bequest = {
    estate: {},
    descriptors: [],
    left: async (taken: readonly string[]) => void deeds.push(`left ${taken.join()}`),
    kept: () => void deeds.push("kept"),
  } as unknown as RoutesBequest;
  return { deeds, routes: { bequeath: async () => bequest } as unknown as Routes };
}

const READY = { say: "ready", failed: [], routes: { box: "/nowhere" } };
const told: string[] = [];
const tell = (_level: string, event: string) => void told.push(event);

test("one that takes a session has it before it is told that it is its own", async () => {
  const { one, meet } = succession();
  const heir = meet();
  heir.say(READY);
  const ours = routes();
  const handed = handOver(await one.ready, ours.routes, tell);
  await setImmediate();
  heir.say({ say: "took", peers: ["a"], refused: [] });
  expect(await handed).toBe("left");
  expect(ours.deeds).toEqual(["left a"]);
  expect(heir.said).toEqual(["welcome", "routes", "yours"]);
});

test("one that takes none gets them in good order", async () => {
  const { one, meet } = succession();
  const heir = meet();
  heir.say(READY);
  const ours = routes();
  const handed = handOver(await one.ready, ours.routes, tell);
  await setImmediate();
  heir.say({ say: "took", peers: [], refused: [{ peer: "a", why: "it is another one" }] });
  expect(await handed).toBe("leave");
  expect(ours.deeds).toEqual(["kept"]);
  expect(told).toContain("replace.session");
  expect(heir.said).toEqual(["welcome", "routes"]);
});

test("one that is gone before it has said what it takes: all is kept, and the next one can come", async () => {
  const { one, deeds, meet } = succession();
  const heir = meet();
  heir.say(READY);
  const ours = routes();
  const handed = handOver(await one.ready, ours.routes, tell);
  await setImmediate();
  heir.socket.destroy();
  expect(await handed).toBe("kept");
  expect(ours.deeds).toEqual(["kept"]);
  expect(deeds).toEqual(["replace.begun", "failed", "replace.failed"]);
  const next = meet();
  next.say(READY);
  expect(await handOver(await one.ready, undefined, tell)).toBe("leave");
});

test("one that is gone when its turn comes is no heir", async () => {
  const { one, deeds, meet } = succession();
  const heir = meet();
  heir.say({ say: "ready", failed: [] });
  const ready = await one.ready;
  heir.socket.destroy();
  expect(await handOver(ready, undefined, tell)).toBe("kept");
  expect(deeds).toContain("failed");
});

test("a word that can't be read ends the connection, and is no heir's", async () => {
  const { one, meet } = succession();
  const heir = meet();
  heir.socket.push("{no word\n");
  await setImmediate();
  expect(heir.socket.destroyed).toBe(true);
  expect(await Promise.race([one.ready, setImmediate("nobody")])).toBe("nobody");
});

test("whether the heir lives when we have given way is told to whoever has started us", async () => {
  const possessions = {
    threads: { leave: async () => {}, gone: async () => {} },
    files: Promise.resolve(),
    tell,
    hurry: new Promise(() => {}),
  } as unknown as Parameters<typeof giveWay>[1];
  const { socket, said } = connection();
  const facts = { pid: 7, version: "3", box: undefined };
  expect(await giveWay(new Heir(facts, socket), possessions)).toBe(true);
  expect(said).toEqual(["over"]);
  socket.destroy();
  expect(await giveWay(new Heir(facts, socket), possessions)).toBe(false);
  expect(told).toContain("replace.orphaned");
});
