/** A publisher's folders of blobs and images: what is there is whole, and what is wrong is as good as not there. */

import { createHash } from "node:crypto";
import { existsSync, readdirSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { BlobCache } from "../../../src/sync/publish/blobcache.ts";
import { ImageCache } from "../../../src/sync/publish/imagecache.ts";
import { zoneText } from "../../../src/zone/text.ts";
import { hostsZone } from "../../cli/publisher.ts";
import { directoryWith } from "../../server/program.ts";
import { imageOf } from "./making.ts";

const digest = (text: string) => createHash("sha256").update(text).digest("hex");

describe("blobs", () => {
  test("what is put is got, from the store only once", async () => {
    const cache = new BlobCache(join(directoryWith(), "blobs"));
    const asked: string[] = [];
    const getBlob = cache.through(async (sha256) => {
      asked.push(sha256);
      return sha256 === digest("one") ? Buffer.from("one") : undefined;
    });
    for (let i = 0; i < 3; i++) expect(String(await getBlob(digest("one")))).toBe("one");
    expect(await getBlob(digest("two"))).toBeUndefined();
    expect(asked).toEqual([digest("one"), digest("two")]);
  });

  test("a damaged file is not taken, and a folder that can't be written costs nothing", async () => {
    const path = directoryWith({ "a-file": "" });
    const cache = new BlobCache(join(path, "blobs"));
    await cache.put(digest("one"), Buffer.from("one"));
    const [folder = ""] = readdirSync(join(path, "blobs"));
    writeFileSync(join(path, "blobs", folder, digest("one")), "two");
    expect(await cache.get(digest("one"))).toBeUndefined();
    const nowhere = new BlobCache(join(path, "a-file"));
    await nowhere.put(digest("one"), Buffer.from("one"));
    expect(await nowhere.get(digest("one"))).toBeUndefined();
    await nowhere.trim();
  });

  test("what was used longest ago goes first", async () => {
    const path = directoryWith();
    const cache = new BlobCache(path);
    const file = (text: string) => join(path, digest(text).slice(0, 2), digest(text));
    for (const [i, text] of ["one", "two", "six"].entries()) {
      await cache.put(digest(text), Buffer.from(text));
      utimesSync(file(text), 1000 + i, 1000 + i);
    }
    await cache.get(digest("one"));
    await cache.trim(6);
    expect(["one", "two", "six"].map((text) => existsSync(file(text)))).toEqual([true, false, true]);
  });
});

describe("images", () => {
  test("what is put is got; one that is cut short or changed is not", async () => {
    const path = join(directoryWith(), "images");
    const cache = new ImageCache(path);
    const image = imageOf("a.example.", hostsZone(1, 10));
    await cache.put("ab", image);
    const got = await cache.get("ab");
    expect(got && Buffer.from(zoneText(got))).toEqual(Buffer.from(zoneText(image)));
    expect(await cache.get("cd")).toBeUndefined();
    const [name = ""] = readdirSync(path);
    const octets = Buffer.from(image.bytes);
    writeFileSync(join(path, name), octets.subarray(0, 100));
    expect(await cache.get("ab")).toBeUndefined();
    writeFileSync(join(path, name), Buffer.concat([octets, Buffer.alloc(4)]));
    expect(await cache.get("ab")).toBeUndefined();
  });
});
