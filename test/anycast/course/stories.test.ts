/** Retells every story in this directory: a difference fails, `vitest -u` takes what happens now. */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { retell } from "./story.ts";

const directory = import.meta.dirname;

for (const file of readdirSync(directory).filter((name) => name.endsWith(".txt"))) {
  const path = join(directory, file);
  test(file, async () => {
    await expect(retell(readFileSync(path, "utf8"), file)).toMatchFileSnapshot(path);
  });
}
