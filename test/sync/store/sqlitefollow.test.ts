/** Following a store's file, and writing it beside others. */

import { copyFileSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { MANIFEST_MOST } from "../../../src/sync/store/store.ts";
import { Place } from "./sqliteplace.ts";
import { Watching } from "./watching.ts";

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

describe("following a file", () => {
  test("a POP that comes before the store waits for it", async () => {
    const follower = watch(await place.open({ patience: "pop" }));
    await follower.until("told", () => follower.events.length > 0);
    await place.init();
    await follower.synced();
    expect(follower.says).toEqual(["lost", "back", "synced"]);
    await (await place.open()).swap([EXAMPLE]);
    await follower.until("the zone", () => follower.heads.has("example.com."));
  });

  test("a file that is moved away and back is lost, and back", async () => {
    await place.init();
    const store = await place.open();
    const follower = watch(await place.open({ patience: "pop" }));
    await store.swap([EXAMPLE]);
    await follower.until("the zone", () => follower.heads.has("example.com."));
    renameSync(place.file, `${place.file}.away`);
    await follower.until("lost", () => follower.says.includes("lost"));
    await expect(store.swap([{ ...EXAMPLE, zone: "example.org." }])).rejects.toMatchObject({ kind: "missing" });
    renameSync(`${place.file}.away`, place.file);
    await follower.until("back", () => follower.says.at(-1) === "synced" && follower.says.includes("back"));
    await store.swap([{ ...EXAMPLE, zone: "example.org." }]);
    await follower.until("the next zone", () => follower.heads.has("example.org."));
    expect(follower.says).not.toContain("reset");
  });

  test("a copy that is put right in its place is told of when it is", async () => {
    await place.init();
    const store = await place.open();
    await store.swap(Array.from({ length: 500 }, (_, i) => ({ ...EXAMPLE, zone: `z${i}.example.` })));
    await store.close();
    const copy = `${place.file}.copy`;
    copyFileSync(place.file, copy);
    const follower = watch(await place.open({ patience: "pop" }));
    await follower.synced();
    place.remove();
    const whole = readFileSync(copy);
    writeFileSync(place.file, Buffer.from(whole).fill(0xa5, 3 * 4096));
    await follower.until("damaged", () =>
      follower.events.some((event) => event.say === "lost" && /damaged/.test(event.why)),
    );
    writeFileSync(place.file, whole, { flag: "r+" });
    await follower.until("back", () => follower.says.at(-1) === "synced" && follower.says.includes("reset"));
    expect(follower.heads.size).toBe(500);
    await (await place.open()).swap([EXAMPLE]);
    await follower.until("what comes then", () => follower.heads.has("example.com."));
  });

  test("manifests of 30 MB come in batches of a few", async () => {
    await place.init();
    const store = await place.open();
    const large = Buffer.alloc(MANIFEST_MOST);
    await store.swap(Array.from({ length: 33 }, (_, i) => ({ zone: `z${i}.example.`, octets: large, expected: 0 })));
    const follower = watch(store);
    await follower.synced();
    expect(follower.heads.size).toBe(33);
    const batches = follower.events.flatMap((event) => (event.say === "entries" ? [event.entries.length] : []));
    expect(Math.max(...batches)).toBeLessThanOrEqual(5);
  });

  test("reports are followed into a store that was made anew", async () => {
    await place.init();
    const store = await place.open();
    const signal = new AbortController();
    const told: string[] = [];
    const watching = (async () => {
      for await (const event of store.watchReports(signal.signal)) {
        if (event.say === "reset") told.push(event.say);
        if (event.say !== "report") continue;
        told.push(Buffer.from(event.report.octets).toString());
        if (told.length === 1) {
          place.remove();
          await place.init();
          await store.report({ pop: "fra1", octets: Buffer.from("after") });
        } else signal.abort();
      }
    })();
    await store.report({ pop: "fra1", octets: Buffer.from("before") });
    await watching;
    expect(told).toEqual(["before", "reset", "after"]);
  });
});

describe("writing beside others", () => {
  test("while another process writes, reads and timers go on, and the swap comes after it", async () => {
    await place.init();
    const store = await place.open();
    const [revision] = await store.swap([EXAMPLE]);
    const other = new DatabaseSync(place.file);
    other.exec("begin immediate");
    let done = false;
    const swap = store.swap([{ ...EXAMPLE, expected: revision }]).finally(() => {
      done = true;
    });
    for (let i = 0; i < 30; i++) await new Promise((resolve) => setTimeout(resolve, 1));
    expect((await store.head("example.com."))?.revision).toBe(revision);
    expect(done).toBe(false);
    other.exec("commit");
    other.close();
    expect((await swap)[0]).toBeGreaterThan(revision);
  });

  test("who is kept waiting for too long is told, and nothing is changed", async () => {
    await place.init();
    const store = await place.open({}, { patience: 50 });
    const other = new DatabaseSync(place.file);
    other.exec("begin immediate");
    const refusal = { kind: "lost", message: expect.stringContaining("another process keeps it locked; try again") };
    await expect(store.swap([EXAMPLE])).rejects.toMatchObject(refusal);
    await expect(store.putBlob("0".repeat(64), octets)).rejects.toMatchObject(refusal);
    other.close();
    expect(await store.head("example.com.")).toBeUndefined();
    expect(await store.putBlob("0".repeat(64), octets)).toBe(true);
  });

  test("a swap of 3,000 zones lets others have their turn, and is seen whole or not at all", async () => {
    await place.init();
    const [store, reader] = [await place.open(), await place.open()];
    let done = false;
    const swap = store
      .swap(Array.from({ length: 3000 }, (_, i) => ({ ...EXAMPLE, zone: `z${i}.example.` })))
      .finally(() => {
        done = true;
      });
    let turns = 0;
    for (; !done; turns++) {
      const seen = [await reader.head("z0.example."), await store.head("z2999.example.")];
      if (!done) expect(new Set(seen.map((head) => head !== undefined)).size).toBe(1);
      await new Promise(setImmediate);
    }
    await swap;
    expect(turns).toBeGreaterThan(5);
  });

  test("a clock that goes back, or an hour wrong, does not make revisions fall", async () => {
    await place.init();
    const times = [1_800_000_000_000, 1_799_996_400_000, 0, 1_800_003_600_000];
    let expected = 0;
    for (const time of times) {
      const store = await place.open({}, { now: () => time });
      const [revision] = await store.swap([{ ...EXAMPLE, expected }]);
      expect(revision).toBeGreaterThan(expected);
      expect(Number.isSafeInteger(revision)).toBe(true);
      expected = revision;
    }
  });
});

function watch(...args: ConstructorParameters<typeof Watching>): Watching {
  const watching = new Watching(...args);
  watchings.push(watching);
  return watching;
}
