/** Blobs are kept under the digest that their octets have. */

import { hash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { BLOB_MOST } from "../../../../src/sync/store/store.ts";
import type { MakeEngine } from "../storeengine.ts";
import { gathered, trial } from "./trial.ts";

export function blobContract(makeEngine: MakeEngine): void {
  describe("blobs", () => {
    test(
      "one comes back as it was put, and is put once",
      trial(makeEngine, async ({ open }) => {
        const store = await open();
        const { sha256, octets } = blob("octets");
        expect(await store.getBlob(sha256)).toBeUndefined();
        expect(await store.putBlob(sha256, octets)).toBe(true);
        const other = await open();
        expect(await other.putBlob(sha256, octets)).toBe(false);
        expect(octets.equals((await other.getBlob(sha256)) ?? Buffer.alloc(0))).toBe(true);
        expect((await gathered(store.blobs())).map((info) => info.sha256)).toEqual([sha256]);
      }),
    );

    test(
      "many are put at once, from two sides, each of them new to one",
      trial(makeEngine, async ({ open }) => {
        const stores = [await open(), await open()];
        const blobs = Array.from({ length: 200 }, (_, i) => blob(`blob ${i} `, 40_000));
        const news = await Promise.all(
          blobs.map(({ sha256, octets }) => Promise.all(stores.map((store) => store.putBlob(sha256, octets)))),
        );
        expect(news.map((both) => both.filter((isNew) => isNew).length)).toEqual(blobs.map(() => 1));
        const got = await Promise.all(blobs.map(({ sha256 }) => stores[0].getBlob(sha256)));
        expect(got.every((octets, i) => blobs[i].octets.equals(octets ?? Buffer.alloc(0)))).toBe(true);
        const listed = (await gathered(stores[1].blobs())).map(({ sha256 }) => sha256);
        expect(listed.sort()).toEqual(blobs.map(({ sha256 }) => sha256).sort());
      }),
    );

    test(
      "the largest comes back as it was",
      trial(makeEngine, async ({ open }) => {
        const store = await open();
        const { sha256, octets } = blob("large ", BLOB_MOST);
        await store.putBlob(sha256, octets);
        expect(octets.equals((await store.getBlob(sha256)) ?? Buffer.alloc(0))).toBe(true);
      }),
    );

    test(
      "one that is dropped is gone, and may be put again",
      trial(makeEngine, async ({ open }) => {
        const store = await open();
        const { sha256, octets } = blob("octets");
        const other = blob("others");
        await store.putBlob(sha256, octets);
        await store.putBlob(other.sha256, other.octets);
        await store.dropBlob(sha256);
        await store.dropBlob(sha256);
        expect(await store.getBlob(sha256)).toBeUndefined();
        expect((await gathered(store.blobs())).map((info) => info.sha256)).toEqual([other.sha256]);
        expect(await store.putBlob(sha256, octets)).toBe(true);
        expect(await store.getBlob(sha256)).toBeDefined();
      }),
    );

    test(
      "who puts one again has it kept from a collection that saw it before",
      trial(makeEngine, async ({ open }) => {
        const store = await open();
        const { sha256, octets } = blob("octets");
        await store.putBlob(sha256, octets);
        const [seen] = await gathered(store.blobs());
        expect(Math.abs(seen.at - Date.now())).toBeLessThan(60_000);
        while (Date.now() <= seen.at + 1) await new Promise(setImmediate);

        expect(await store.putBlob(sha256, octets)).toBe(false);
        const [again] = await gathered(store.blobs());
        expect(again.at).toBeGreaterThan(seen.at);
        await store.dropBlob(sha256, seen.at + 1);
        expect(await store.getBlob(sha256)).toBeDefined();
        await store.dropBlob(sha256, again.at + 1);
        expect(await store.getBlob(sha256)).toBeUndefined();
      }),
    );
  });
}

function blob(text: string, size = 100): { readonly sha256: string; readonly octets: Buffer } {
  const octets = Buffer.alloc(size, text);
  return { sha256: hash("sha256", octets), octets };
}
