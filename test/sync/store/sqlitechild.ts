/**
 * Another process with a store of SQLite. Its arguments: the store's file, and the job. What it found is printed as JSON.
 *
 *   look  as a user without rights (when the test is run by root): what reading and reporting say
 *   full  on a disk with a filler beside the store: makes it, fills it, takes the filler away, and writes again
 */

import { rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { initSqlite, openSqlite } from "../../../src/sync/store/sqlite.ts";
import { type Store, StoreError } from "../../../src/sync/store/store.ts";
import { ACCESS, PLAN } from "./sqliteplace.ts";

/** The user nobody, on the systems that we know. */
const NOBODY = 65534;

const [, , file, job] = process.argv;
const found = job === "look" ? await look() : await full();
process.stdout.write(JSON.stringify(found));

async function look(): Promise<Record<string, string>> {
  if (process.getuid?.() === 0) process.setuid?.(NOBODY);
  const opened = await openSqlite(file, ACCESS).catch(told);
  if (typeof opened === "string") return { opened };
  const head = await opened.head("example.com.").catch(told);
  const report = await opened.report({ pop: "fra1", octets: Buffer.from("1") }).catch(told);
  const swap = await opened.swap([{ zone: "example.org.", octets: Buffer.from("1"), expected: 0 }]).catch(told);
  await opened.close();
  const text = typeof head === "object" ? Buffer.from(head.octets).toString() : String(head);
  return { opened: "yes", head: text, report: String(report), swap: String(swap) };
}

async function full(): Promise<Record<string, unknown>> {
  const filler = join(dirname(file), "filler");
  writeFileSync(filler, Buffer.alloc(1 << 20));
  await initSqlite(file, PLAN);
  const store = await openSqlite(file, ACCESS);
  const swapped = await fill(async (i) => {
    await store.swap([0, 1, 2].map((k) => ({ zone: `z${i}x${k}.`, octets: Buffer.alloc(6000, "text"), expected: 0 })));
  });
  const put = await fill(async (i) => {
    await store.putBlob(String(i).padStart(64, "0"), Buffer.alloc(20_000, "blob"));
  });
  const zones = await count(store);
  rmSync(filler);
  const [revision] = await store.swap([{ zone: "example.com.", octets: Buffer.alloc(6000), expected: 0 }]);
  await store.close();
  // Without any room, not even the file that connections share can be made.
  await fill(async () => writeFileSync(filler, Buffer.alloc(4096), { flag: "a" }));
  const opened = await openSqlite(file, ACCESS).catch(told);
  rmSync(filler);
  const again = await openSqlite(file, ACCESS);
  const whole = (await again.head("example.com."))?.revision === revision && (await count(again)) === zones + 1;
  await again.close();
  return { swapped: swapped.done, why: swapped.why, put: put.why, opened, zones, whole };
}

/** Does it again and again until it fails: how often it was done, and what was said. */
async function fill(work: (i: number) => Promise<void>): Promise<{ readonly done: number; readonly why: string }> {
  for (let i = 0; i < 10_000; i++) {
    const why = await work(i).catch(told);
    if (why !== undefined) return { done: i, why };
  }
  return { done: Number.NaN, why: "never full" };
}

async function count(store: Store): Promise<number> {
  let zones = 0;
  for await (const batch of store.heads()) zones += batch.length;
  return zones;
}

function told(error: unknown): string {
  return error instanceof StoreError ? `${error.kind}: ${error.message}` : `other: ${error}`;
}
