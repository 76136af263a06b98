/** A publisher's folder of images: what is there is whole, and what is wrong is as good as not there. */

import { readdirSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ImageCache } from "../../../src/sync/publish/imagecache.ts";
import { trimFolder } from "../../../src/sync/publish/trim.ts";
import { zoneText } from "../../../src/zone/text.ts";
import { hostsZone } from "../../cli/publisher.ts";
import { directoryWith } from "../../server/program.ts";
import { imageOf } from "./making.ts";

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

test("what was used longest ago goes first", async () => {
  const path = directoryWith({ one: "1", two: "22", six: "333" });
  for (const [i, name] of ["two", "one", "six"].entries()) utimesSync(join(path, name), 1000 + i, 1000 + i);
  await trimFolder(path, 4);
  expect(readdirSync(path).sort()).toEqual(["one", "six"]);
  await trimFolder(join(path, "nowhere"), 4);
});
