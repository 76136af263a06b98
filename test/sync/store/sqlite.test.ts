/** What can be the matter with the file of a store, and what is said of it. */

import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { have } from "../../support/need.ts";
import { Place } from "./sqliteplace.ts";
import { Watching } from "./watching.ts";

const CHILD = resolve(import.meta.dirname, "sqlitechild.ts");
const octets = Buffer.from("one");
const EXAMPLE = { zone: "example.com.", octets, expected: 0 };

let place: Place;
let watchings: Watching[];
beforeEach(() => {
  place = new Place();
  watchings = [];
});
afterEach(async () => {
  for (const watching of watchings) await watching.stop();
  await place.close();
});

describe("making a store", () => {
  test("only its owner may read and write it, and what SQLite keeps beside it", async () => {
    await place.init();
    const store = await place.open();
    await store.swap([EXAMPLE]);
    for (const suffix of ["", "-wal", "-shm"]) expect(statSync(place.file + suffix).mode & 0o777).toBe(0o600);
  });

  test("one that is there keeps what it holds, and gets the new plan", async () => {
    await place.init({ history: 3 });
    const store = await place.open();
    let expected = 0;
    for (let i = 0; i < 3; i++) [expected] = await store.swap([{ ...EXAMPLE, expected }]);
    const before = watch(store);
    await before.synced();
    await place.init({ history: 2, trust: ["ed25519:x"] });
    await store.swap([{ ...EXAMPLE, expected }]);
    expect(await store.history("example.com.")).toHaveLength(2);
    const after = watch(await place.open());
    await after.synced();
    expect(after.cursor?.epoch).toBe(before.cursor?.epoch);
  });

  test("a plan that says no number keeps the number that it has", async () => {
    await place.init({ history: 3 });
    await place.init({ history: undefined, replicas: undefined });
    const store = await place.open();
    let expected = 0;
    for (let i = 0; i < 5; i++) [expected] = await store.swap([{ ...EXAMPLE, expected }]);
    expect(await store.history("example.com.")).toHaveLength(3);
  });

  test("ten processes' worth of makers at once make one store", async () => {
    await Promise.all(Array.from({ length: 10 }, () => place.init()));
    const store = await place.open();
    expect(await store.swap([EXAMPLE])).toHaveLength(1);
  });

  test("a folder that is not there is named", async () => {
    place.remove();
    const missing = new Place();
    await missing.close();
    await expect(missing.init()).rejects.toMatchObject({
      kind: "missing",
      message: `sqlite:${missing.file}: there is no folder ${missing.folder}: make it first`,
    });
  });

  test("a file of something else is left as it is", async () => {
    const other = new DatabaseSync(place.file);
    other.exec("create table mine (a); insert into mine values (1)");
    other.close();
    const before = readFileSync(place.file);
    const refusal = { kind: "broken", message: expect.stringContaining("no store of zonecast: name another file") };
    await expect(place.init()).rejects.toMatchObject(refusal);
    await expect(place.open()).rejects.toMatchObject(refusal);
    expect(readFileSync(place.file).equals(before)).toBe(true);
    writeFileSync(place.file, "a text, and a long one\n".repeat(100));
    await expect(place.init()).rejects.toMatchObject({ kind: "broken" });
    expect(readFileSync(place.file, "utf8")).toContain("a text");
  });
});

describe("opening a store", () => {
  test("no file, an empty one: there is no store, and the verb that makes one", async () => {
    const missing = `sqlite:${place.file}: there is no store; make one with "zonecast store init"`;
    await expect(place.open()).rejects.toMatchObject({ kind: "missing", message: missing });
    expect(() => statSync(place.file)).toThrow("ENOENT");
    writeFileSync(place.file, "");
    await expect(place.open()).rejects.toMatchObject({ kind: "missing", message: missing });
  });

  test("a folder, a text", async () => {
    mkdirSync(place.file);
    await expect(place.open()).rejects.toMatchObject({
      kind: "broken",
      message: expect.stringContaining("not a file"),
    });
    await place.close();
    place = new Place();
    writeFileSync(place.file, "a text, and a long one\n".repeat(100));
    await expect(place.open()).rejects.toMatchObject({ kind: "broken" });
  });

  test("a store of a later format", async () => {
    await place.init();
    const later = new DatabaseSync(place.file);
    later.exec("pragma user_version = 2");
    later.close();
    const upgrade = `sqlite:${place.file}: a store of format 2, and this zonecast reads 1: upgrade this zonecast`;
    await expect(place.open()).rejects.toMatchObject({ kind: "broken", message: upgrade });
    await expect(place.init()).rejects.toMatchObject({ kind: "broken", message: upgrade });
    const follower = watch(await place.open({ patience: "pop" }));
    await follower.until("told", () => follower.events.length > 0);
    expect(follower.events[0]).toEqual({ say: "lost", why: upgrade });
  });

  test("damaged pages are told of, and not taken for an empty store", async () => {
    await place.init();
    const store = await place.open();
    await store.swap(Array.from({ length: 500 }, (_, i) => ({ ...EXAMPLE, zone: `z${i}.example.` })));
    await store.close();
    const file = readFileSync(place.file);
    writeFileSync(place.file, file.fill(0xa5, 3 * 4096));
    const damaged = await place.open({ patience: "pop" });
    await expect(damaged.head("z7.example.")).rejects.toMatchObject({ kind: "broken" });
    const listed = (async () => {
      for await (const _ of damaged.heads());
    })();
    await expect(listed).rejects.toMatchObject({ kind: "broken" });
    const follower = watch(damaged);
    await follower.until("told", () => follower.events.length > 0);
    expect(follower.says).toEqual(["lost"]);
  });

  test("after closing there is no more of it", async () => {
    await place.init();
    const store = await place.open();
    await store.close();
    await expect(store.head("example.com.")).rejects.toMatchObject({ kind: "lost" });
    await expect(store.swap([EXAMPLE])).rejects.toMatchObject({ kind: "lost" });
  });

  test("without the right to read: what must be readable, and for whom", async () => {
    await place.init();
    chmodSync(place.folder, 0o755);
    if (process.getuid?.() !== 0) chmodSync(place.file, 0);
    const found = child("look");
    expect(found.opened).toMatch(/^denied: sqlite:.*: permission denied: the file and its folder must be readable and/);
  });

  test("with the right to read alone, beside a writer: heads are read, a report is refused", async () => {
    await place.init();
    chmodSync(place.file, 0o644);
    chmodSync(place.folder, 0o755);
    const store = await place.open();
    await store.swap([EXAMPLE]);
    if (process.getuid?.() !== 0) chmodSync(place.file, 0o444);
    const found = child("look");
    expect(found).toMatchObject({ opened: "yes", head: "one" });
    expect(found.report).toMatch(/^denied: /);
    expect(found.swap).toMatch(/^denied: /);
  });

  const name = "a full disk: nothing is lost or there by half, and it goes on with room";
  if (have("unshare -rm", spawnSync("unshare", ["-rm", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]).status === 0)) {
    test(name, fullDisk);
  } else test.skip(`${name} (needs unshare -rm)`, () => {});
});

function fullDisk(): void {
  const mount = `mount -t tmpfs -o size=1700k tmpfs ${place.folder} && exec "$0" "$@"`;
  const args = ["-rm", "sh", "-c", mount, process.execPath, CHILD, place.file, "full"];
  const found = JSON.parse(spawnSync("unshare", args).stdout.toString()) as Record<string, unknown>;
  const full = `full: sqlite:${place.file}: no space left on the disk: nothing was changed; make room, then try again`;
  expect(found).toMatchObject({ why: full, put: full, opened: full, whole: true });
  expect(found.swapped).toBeGreaterThan(1);
  expect(found.zones).toBe(Number(found.swapped) * 3);
}

function watch(...args: ConstructorParameters<typeof Watching>): Watching {
  const watching = new Watching(...args);
  watchings.push(watching);
  return watching;
}

function child(job: string): Record<string, string> {
  const { stdout, stderr } = spawnSync(process.execPath, [CHILD, place.file, job]);
  if (stdout.length === 0) throw new Error(stderr.toString());
  return JSON.parse(stdout.toString()) as Record<string, string>;
}
