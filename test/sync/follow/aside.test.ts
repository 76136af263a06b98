/** A copy that can't be used: it is set aside, and everything comes from the store. */

import { readdirSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { Copy } from "../../../src/sync/follow/copy.ts";
import { until } from "./pop.ts";
import { setUp } from "./setup.ts";

test("two POPs with one state directory: the second serves without a copy, and says what to do", async () => {
  await using at = setUp();
  const first = at.pop();
  await first.start();
  await at.publisher.push({ zone: "example.", serial: 1 });
  const second = at.pop({ pop: "fra1" });
  await second.start();
  await until(() => second.serial("example.") === 1 && first.serial("example.") === 1);
  expect(second.events("copy.unkept")[0].text).toMatch(
    /another process uses it: give each POP .* of its own; serving goes on/,
  );
  await first.close();
  // Its directory is free: what is served comes into the copy there.
  await until(() => second.events("copy.kept").length === 1);
  second.kill();
  at.store.lose();
  const third = at.pop({ pop: "fra1" });
  await third.start();
  expect(third.serial("example.")).toBe(1);
});

test("a copy that is no database is set aside, and everything comes from the store", async () => {
  await using at = setUp();
  await at.publisher.push({ zone: "example.", serial: 1 });
  writeFileSync(join(at.folder.path, "copy.db"), "this is no database".repeat(1000));
  writeFileSync(join(at.folder.path, "copy.db.aside-2020"), "an older one");
  const pop = at.pop();
  await pop.start();
  expect(pop.serial("example.")).toBe(1);
  expect(pop.events("copy.aside")[0].text).toMatch(/copy\.db can't be used: it is damaged; it is now copy\.db\.aside-/);
  const aside = readdirSync(at.folder.path).filter((name) => name.startsWith("copy.db.aside-"));
  expect(aside).toHaveLength(1);
  expect(aside[0]).not.toBe("copy.db.aside-2020");
  await until(() => pop.follower.view.cursor !== undefined);
  pop.kill();
  at.store.lose();
  const again = at.pop();
  await again.start();
  expect(again.serial("example.")).toBe(1);
});

test("a copy of a later zonecast is set aside, too", async () => {
  await using at = setUp();
  const copy = new Copy(at.folder.path);
  copy.close();
  const db = new DatabaseSync(join(at.folder.path, "copy.db"));
  db.exec("pragma user_version = 99");
  db.close();
  const pop = at.pop();
  await pop.start();
  expect(pop.events("copy.aside")[0].text).toMatch(/it has format 99, of a later zonecast/);
  expect(pop.follower.view.unkept).toBeUndefined();
});

test("a copy with damaged pages is set aside when it is read, and what it had comes from the store", async () => {
  await using at = setUp();
  const before = at.pop();
  await before.start();
  const zones = Array.from({ length: 300 }, (_, i) => ({ zone: `z${i}.example.`, serial: 1 }));
  await at.publisher.pushAll(zones);
  await until(() => before.follower.view.cursor?.position === 300);
  await before.close();
  // The first pages stay, so that the damage is not seen before the rows are read.
  truncateSync(join(at.folder.path, "copy.db"), 16 * 4096);
  const pop = at.pop();
  await pop.start();
  expect(pop.answers.size).toBe(300);
  expect(pop.events("copy.aside")).toHaveLength(1);
  await until(() => pop.follower.view.cursor?.position === 300);
  pop.kill();
  at.store.lose();
  const again = at.pop();
  await again.start();
  expect(again.answers.size).toBe(300);
});

test("a zone whose message is damaged in the copy comes from the store, and its id is not forgotten", async () => {
  await using at = setUp();
  const before = at.pop();
  await before.start();
  await at.publisher.push({ zone: "a.example.", serial: 1 });
  await at.publisher.push({ zone: "b.example.", serial: 1 });
  await until(() => before.follower.view.cursor?.position === 2);
  await before.close();
  const db = new DatabaseSync(join(at.folder.path, "copy.db"));
  db.exec("update zones set body = x'00112233' where zone = 'a.example.'");
  db.close();
  const pop = at.pop();
  await pop.start();
  expect(pop.events("copy.damaged")).toHaveLength(1);
  await until(() => pop.answers.size === 2);
  expect(pop.follower.zone("a.example.")).toMatchObject({ id: 1, refused: undefined });
});
