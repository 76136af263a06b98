/** The copy on disk: written whole or not at all, and never in the way of serving. */

import { spawnSync } from "node:child_process";
import { chmodSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { Copy, type CopyWrite } from "../../../src/sync/follow/copy.ts";
import { scratch, until } from "./pop.ts";
import { longText } from "./publisher.ts";
import { setUp } from "./setup.ts";

const write = (more: Partial<CopyWrite>): CopyWrite => ({
  ...{ zones: [], refused: [], cursor: undefined, complete: false },
  ...more,
});
const taken = (id: number) => ({ id, revision: id * 10, mark: `mark${id}` });

/** What SQLite says when there is no room. */
function full(): Error {
  return Object.assign(new Error("database or disk is full"), { code: "ERR_SQLITE_ERROR", errcode: 13 });
}

test("a copy gives back what was written", () => {
  using folder = scratch();
  const copy = new Copy(folder.path);
  const octets = Buffer.from("message");
  const cursor = { epoch: "e", position: 12 };
  const refused = { zone: "c.", revision: 3, octets };
  copy.write(
    write({
      zones: [
        { zone: "a.", taken: taken(1), removal: "no", body: { version: 4, octets } },
        { zone: "b.", taken: taken(2), removal: "doubt", body: { version: 5, octets } },
      ],
      refused: [["c.", refused]],
      ...{ cursor, complete: true },
    }),
  );
  // Another manifest with the same content, and a removal that was carried out.
  copy.write(write({ zones: [{ zone: "a.", taken: taken(3), removal: "no", body: undefined }], cursor }));
  copy.close();
  const again = new Copy(folder.path);
  expect(again.cursor()).toEqual(cursor);
  expect(again.complete()).toBe(true);
  expect([...again.refused()].map((one) => ({ ...one, octets: Buffer.from(one.octets) }))).toEqual([refused]);
  const zones = () =>
    [...again.zones()]
      .flat()
      .map(({ zone, taken: { id }, removal, body }) => ({ zone, id, removal, version: body?.version }));
  expect(zones()).toEqual([
    { zone: "a.", id: 3, removal: "no", version: 4 },
    { zone: "b.", id: 2, removal: "doubt", version: 5 },
  ]);
  again.write(
    write({ zones: [{ zone: "b.", taken: taken(2), removal: "done", body: null }], refused: [["c.", undefined]] }),
  );
  expect(zones()[1]).toEqual({ zone: "b.", id: 2, removal: "done", version: undefined });
  expect([...again.refused()]).toEqual([]);
  expect(again.cursor()).toBeUndefined();
  again.close();
});

test("a write that fails leaves nothing of itself", () => {
  using folder = scratch();
  const copy = new Copy(folder.path);
  const zone = { zone: "a.", taken: taken(1), removal: "no", body: { version: 1, octets: Buffer.from("x") } } as const;
  const bad = { ...zone, zone: "b.", taken: { ...taken(2), mark: undefined as unknown as string } };
  expect(() => copy.write(write({ zones: [zone, bad] }))).toThrow();
  expect([...copy.zones()]).toEqual([]);
  copy.write(write({ zones: [zone] }));
  expect([...copy.zones()].flat()).toHaveLength(1);
  copy.close();
});

/** A copy's disk, which is full while it has no room. */
function smallDisk(directory: string) {
  const disk = {
    room: true,
    written: undefined as CopyWrite | undefined,
    openCopy: (useless?: string) => {
      const copy = new Copy(directory, useless);
      const kept = copy.write.bind(copy);
      copy.write = (all) => {
        if (!disk.room) throw full();
        kept(all);
        disk.written = all;
      };
      return copy;
    },
  };
  return disk;
}

test("a full disk: serving and reports go on, it is told once, and again when there is room", async () => {
  await using at = setUp();
  const disk = smallDisk(at.folder.path);
  const pop = at.pop({ openCopy: disk.openCopy });
  await pop.start();
  await at.publisher.push({ zone: "a.example.", serial: 1 });
  await until(() => pop.follower.view.cursor?.position === 1);
  disk.room = false;
  await at.publisher.push({ zone: "a.example.", serial: 2 });
  await at.publisher.push({ zone: "b.example.", serial: 1 });
  await until(async () => (await pop.report())?.position === 3);
  expect([pop.serial("a.example."), pop.serial("b.example.")]).toEqual([2, 1]);
  expect(pop.follower.view.unkept).toBe("no space left on the disk: make room");
  expect(pop.events("copy.unkept")).toHaveLength(1);
  expect(pop.events("copy.unkept")[0].text).toMatch(/no space left on the disk: make room; serving goes on/);

  // A kill now: the cursor on disk says no more than the rows beside it.
  const look = () => {
    const db = new DatabaseSync(join(at.folder.path, "copy.db"), { readOnly: true });
    const { value } = db.prepare("select value from meta where name = 'position'").get()!;
    db.close();
    return Number(value);
  };
  disk.room = true;
  await until(() => pop.events("copy.kept").length === 1);
  expect(pop.follower.view.unkept).toBeUndefined();
  await pop.close();
  expect(look()).toBe(3);
});

test("killed on a full disk, a POP takes up where its copy is, and misses nothing", async () => {
  await using at = setUp();
  const disk = smallDisk(at.folder.path);
  const before = at.pop({ openCopy: disk.openCopy });
  await before.start();
  await at.publisher.push({ zone: "a.example.", serial: 1 });
  await until(() => before.follower.view.cursor?.position === 1);
  disk.room = false;
  await at.publisher.push({ zone: "a.example.", serial: 2 });
  await at.publisher.push({ zone: "b.example.", serial: 1 });
  await until(() => before.follower.view.cursor?.position === 3);
  before.kill();
  const pop = at.pop();
  await pop.start();
  expect(pop.swaps[0]).toEqual(["a.example."]);
  await until(() => pop.follower.view.cursor?.position === 3);
  expect([pop.serial("a.example."), pop.serial("b.example.")]).toEqual([2, 1]);
});

test("more than waits for a disk is asked of the store again when the disk works", async () => {
  await using at = setUp();
  const disk = smallDisk(at.folder.path);
  disk.room = false;
  const pop = at.pop({ openCopy: disk.openCopy, options: { waitMost: 2_000 } });
  await pop.start();
  const zones = Array.from({ length: 20 }, (_, i) => ({ zone: `z${i}.example.`, serial: 1 }));
  await at.publisher.pushAll(zones);
  await until(() => pop.answers.size === 20);
  await until(() => pop.events("copy.unkept").length === 1);
  const compiled = pop.compiled.length;
  disk.room = true;
  await until(() => pop.events("copy.kept").length === 1);
  await until(() => disk.written?.cursor?.position === 20 && disk.written.complete);
  // Nothing that is served is made again for that.
  expect(pop.compiled.length).toBe(compiled);
  pop.kill();
  at.store.lose();
  const again = at.pop();
  await again.start();
  expect(again.answers.size).toBe(20);
});

test("a directory that can't be made: all is served, and that it can't be kept is told", async () => {
  await using at = setUp();
  writeFileSync(join(at.folder.path, "file"), "");
  const directory = join(at.folder.path, "file", "state");
  const pop = at.pop({ directory });
  await pop.start();
  await at.publisher.push({ zone: "small.example.", serial: 1 });
  await at.publisher.push({ zone: "large.example.", serial: 1, more: longText(1, 300_000) });
  await until(() => pop.answers.size === 2);
  await until(async () => (await pop.report())?.position === 2);
  expect(pop.events("copy.unkept")).toHaveLength(1);
  expect(pop.events("blobs.unkept")).toHaveLength(1);
  rmSync(join(at.folder.path, "file"));
  await until(() => pop.events("copy.kept").length === 1);
});

/** What a process that may only read finds in a state directory. */
function readIn(directory: string): { zones: readonly string[]; why: string | undefined } {
  const { stdout, stderr } = spawnSync(process.execPath, [join(import.meta.dirname, "readerchild.ts"), directory]);
  expect(String(stderr)).toBe("");
  return JSON.parse(String(stdout));
}

test("a copy that can only be read is served from, and it is said that it can't be written", () => {
  using folder = scratch();
  const state = join(folder.path, "state");
  const first = new Copy(state);
  const body = { version: 1, octets: Buffer.from("x") };
  first.write(write({ zones: [{ zone: "a.", taken: taken(1), removal: "no", body }] }));
  first.close();
  chmodSync(join(state, "copy.db"), 0o444);
  chmodSync(state, 0o555);
  chmodSync(folder.path, 0o755);
  const why = "it can't be written: make the directory writable for the user that runs zonecast";
  expect(readIn(state)).toEqual({ zones: ["a."], why });
  chmodSync(state, 0o755);
  rmSync(join(state, "copy.db"));
  expect(readIn(state)).toEqual({ zones: [], why });
});

test("blobs that nothing is made of any more are swept", async () => {
  await using at = setUp();
  const pop = at.pop();
  await pop.start();
  await at.publisher.push({ zone: "example.", serial: 1, more: longText(1, 300_000) });
  await until(() => pop.follower.view.cursor?.position === 1);
  const blobs = () =>
    readdirSync(join(at.folder.path, "blobs"), { recursive: true }).filter((name) => String(name).length > 10);
  const first = blobs().length;
  await at.publisher.push({ zone: "example.", serial: 2, more: longText(2, 300_000) });
  await until(() => pop.follower.view.cursor?.position === 2);
  expect(blobs().length).toBeGreaterThan(first);
  await pop.follower.reconcile();
  // Young ones stay: they may be of a version that is just coming in.
  expect(blobs().length).toBeGreaterThan(first);
  pop.ahead = 2 * 3_600_000;
  await pop.follower.reconcile();
  const left = blobs();
  expect(left.length).toBeLessThanOrEqual(first + 2);
  pop.kill();
  at.store.lose();
  const again = at.pop();
  await again.start();
  expect(again.serial("example.")).toBe(2);
});
