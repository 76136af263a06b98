/** The kernel settings for a POP: this kernel knows every one of them and takes its value, and each says what it is for. */

import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, test } from "vitest";

const FILE = resolve(import.meta.dirname, "../../deploy/sysctl/90-zonecast.conf");
const lines = readFileSync(FILE, "utf8").trimEnd().split("\n");
const SETTING = /^([a-z][\w.]*) = (\d+)$/;
const settings = lines.flatMap((line) => {
  const [, key = "", value] = SETTING.exec(line) ?? [];
  return key === "" ? [] : [{ key, value: Number(value), path: join("/proc/sys", ...key.split(".")) }];
});

test("a line is a setting, a comment or empty; each setting is there once", () => {
  expect(lines.filter((line) => line !== "" && !line.startsWith("# ") && !SETTING.test(line))).toEqual([]);
  expect(settings.length).toBeGreaterThan(0);
  expect(new Set(settings.map(({ key }) => key)).size).toBe(settings.length);
});

test("above each setting stands what it is for, of its own or of those that it goes with", () => {
  const bare = lines.filter((line, i) => SETTING.test(line) && (lines[i - 1] ?? "") === "");
  expect(bare).toEqual([]);
});

test("every key is under /proc/sys", () => {
  expect(settings.filter(({ path }) => !existsSync(path)).map(({ key }) => key)).toEqual([]);
});

test("what is a number of octets, packets or connections is no less than Linux has by itself", () => {
  const own = { rmem_max: 212_992, wmem_max: 212_992, netdev_max_backlog: 1000, somaxconn: 4096 };
  for (const [name, least] of Object.entries(own)) {
    expect(settings.find(({ key }) => key.endsWith(`.${name}`))?.value, name).toBeGreaterThanOrEqual(least);
  }
});

test("the batch transport may ask for the queue that it wants", () => {
  const source = readFileSync(resolve(import.meta.dirname, "../../src/transport/boundsocket.ts"), "utf8");
  const [, megabytes] = /^const QUEUE = (\d+) << 20;$/m.exec(source) ?? [];
  const room = settings.find(({ key }) => key === "net.core.rmem_max")?.value ?? 0;
  expect(room).toBeGreaterThanOrEqual(Number(megabytes) << 20);
});
