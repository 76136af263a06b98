/** Replays every transcript in this directory: a difference fails, `vitest -u` takes the replies as they are now. */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { replay } from "../support/transcript.ts";

const directory = import.meta.dirname;

for (const file of readdirSync(directory).filter((name) => name.endsWith(".txt"))) {
  const path = join(directory, file);
  test(file, async () => {
    const text = replay(readFileSync(path, "utf8"), file);
    expect.soft(text.split("\n").filter((line) => line.startsWith("BROKEN"))).toEqual([]);
    await expect(text).toMatchFileSnapshot(path);
  });
}
