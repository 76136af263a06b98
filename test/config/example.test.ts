import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { expect, test } from "vitest";
import { configFromYaml } from "../../src/config/load.ts";

const example = resolve(import.meta.dirname, "../../deploy/pop.yaml");

test.skipIf(!existsSync(example))("deploy/pop.yaml loads without an error", () => {
  expect(configFromYaml(readFileSync(example, "utf8"), example).listen.length).toBeGreaterThan(0);
});
