/** The kernel settings for a POP: this kernel knows every one of them. */

import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, test } from "vitest";

const FILE = resolve(import.meta.dirname, "../../deploy/sysctl/90-zonecast.conf");

test("every key is under /proc/sys", () => {
  const lines = readFileSync(FILE, "utf8").split("\n");
  const keys = lines.filter((line) => /^[a-z]/.test(line)).map((line) => line.split(" = ")[0] ?? "");
  expect(keys.length).toBeGreaterThan(0);
  expect(keys.filter((key) => !existsSync(join("/proc/sys", ...key.split("."))))).toEqual([]);
});
