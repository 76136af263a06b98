/** zonecast store collect: what goes, and what never does. */

import { rmSync } from "node:fs";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import type { Store } from "../../src/sync/store/store.ts";
import { folder, randomZone } from "./publisher.ts";

vi.setConfig({ testTimeout: 60_000 });

async function countBlobs(store: Store): Promise<number> {
  let count = 0;
  for await (const _ of store.blobs()) count++;
  return count;
}

test("only what no kept version needs, and only after the grace", async () => {
  const desk = await folder({ files: { "a.example.zone": randomZone(1) } });
  await desk.run("push", "a.example.zone");
  desk.write("a.example.zone", `${randomZone(2)}extra A 192.0.2.1\n`);
  await desk.run("push", "a.example.zone");
  const store = await desk.open();
  const live = await countBlobs(store);
  const stray = "ab".repeat(32);
  await store.putBlob(stray, Buffer.from("stray"));
  const kept = await desk.run("store", "collect");
  expect([kept.code, kept.stdout]).toEqual([0, expect.stringContaining(": 0 dropped, 1 are kept for the grace")]);
  const dry = await desk.run("store", "collect", "--grace", "0", "--dry-run");
  expect([dry.code, dry.stdout]).toEqual([0, expect.stringContaining(": 1 would be dropped")]);
  expect(await store.getBlob(stray)).toBeDefined();
  expect((await desk.run("store", "collect", "--grace", "0")).stdout).toContain(": 1 dropped");
  expect(await store.getBlob(stray)).toBeUndefined();
  expect(await countBlobs(store)).toBe(live);
  await store.close();
  rmSync(join(desk.path, "cache"), { recursive: true });
  for (const version of [1, 2]) expect((await desk.run("show", `a.example@${version}`)).code).toBe(0);
});

test("a number of days that is none", async () => {
  const desk = await folder({ store: false });
  const { code, stderr } = await desk.run("store", "collect", "--grace", "soon");
  expect([code, stderr]).toEqual([2, expect.stringContaining("--grace: expected days")]);
});
