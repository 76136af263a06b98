/** When the memory of replaced images is worth a collection. */

import { expect, test } from "vitest";
import { OldImages } from "../../src/server/oldimages.ts";

/** How many collections so many images of a size are worth. */
function collections(images: number, octets: number): number {
  let asked = 0;
  const old = new OldImages(() => asked++);
  const image = new SharedArrayBuffer(octets);
  for (let i = 0; i < images; i++) old.replaced(image);
  return asked;
}

test("large images: one for each 32 MB", () => {
  expect(collections(1, 40 << 20)).toBe(1);
  expect(collections(64, 1 << 20)).toBe(2);
  expect(collections(31, 1 << 20)).toBe(0);
});

test("images of small zones, however many: none, as V8 sees what goes with them", () => {
  expect(collections(200_000, 1500)).toBe(0);
});

test("no image is nothing", () => {
  const old = new OldImages(() => expect.fail("nothing to collect"));
  old.replaced(undefined);
});
