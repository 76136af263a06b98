/** zonecast check: what it says of files, good and bad, and its exit codes. */

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { directoryWith, run } from "../server/program.ts";
import { zoneText } from "../server/zonetext.ts";

vi.setConfig({ testTimeout: 30_000 });

const directory = directoryWith({
  "good.example.zone": zoneText(2026110101),
  "other.example.db": zoneText(2),
  "bad.example.zone": `${zoneText(1)}mail A 192.0.2.256\nmx MX ten mail\n`,
  "warned.example.zone": `${zoneText(1)}@ MX 10 nowhere\n`,
  "plain.txt": zoneText(3),
  "origin.txt": zoneText(4, "v4", "named.example."),
  "including.example.zone": `${zoneText(5).replace(/www.*\n/, "")}$INCLUDE sub/www.inc\n`,
});
mkdirSync(join(directory, "sub"));
writeFileSync(join(directory, "sub", "www.inc"), "www A 192.0.2.256\n");

/** Runs it in that directory. */
async function check(...args: string[]): Promise<{ lines: string[]; stderr: string; code: number | null }> {
  const { stdout, stderr, code } = await run(["check", ...args], { cwd: directory });
  return { lines: stdout.split("\n").slice(0, -1), stderr, code };
}

test("a good file: its zone, serial and records, and 0", async () => {
  expect(await check("good.example.zone")).toEqual({
    lines: ["good.example.zone: ok: zone good.example. serial 2026110101, 4 records"],
    stderr: "",
    code: 0,
  });
});

test("a bad file: every error with line and column, and 1", async () => {
  const { lines, stderr, code } = await check("bad.example.zone");
  expect([stderr, code]).toEqual(["", 1]);
  expect(lines[0]).toMatch(/^bad\.example\.zone:6:8: error: \S/);
  expect(lines[1]).toMatch(/^bad\.example\.zone:7:7: error: \S/);
  expect(lines.at(-1)).toMatch(/^bad\.example\.zone: not loadable: 2 errors$/);
});

test("several files are all checked, in order; one bad one makes it 1", async () => {
  const { lines, code } = await check("good.example.zone", "bad.example.zone", "other.example.db");
  expect(code).toBe(1);
  expect(lines.filter((line) => /: (?:ok|not loadable): /.test(line)).map((line) => line.split(":")[0])).toEqual([
    "good.example.zone",
    "bad.example.zone",
    "other.example.db",
  ]);
  expect((await check("good.example.zone", "other.example.db")).code).toBe(0);
});

test("warnings are told and are no errors", async () => {
  const { lines, code } = await check("warned.example.zone");
  expect(code).toBe(0);
  expect(lines[0]).toMatch(/^warned\.example\.zone:6:\d+: warning: \S/);
  expect(lines[1]).toMatch(/^warned\.example\.zone: ok: /);
});

test("--quiet says nothing of good files, and all of the others", async () => {
  expect(await check("--quiet", "good.example.zone", "other.example.db")).toEqual({ lines: [], stderr: "", code: 0 });
  const { lines, code } = await check("--quiet", "good.example.zone", "warned.example.zone", "bad.example.zone");
  expect(code).toBe(1);
  expect(lines.some((line) => line.includes(": ok: "))).toBe(false);
  expect(lines.some((line) => line.includes(": warning: "))).toBe(true);
});

test("the zone's name: from the file's name, from --origin, from $ORIGIN", async () => {
  expect((await check("other.example.db")).lines[0]).toContain("zone other.example. serial 2");
  expect((await check("--origin", "plain.example", "plain.txt")).lines[0]).toContain("zone plain.example. serial 3");
  expect((await check("--origin", "plain.example.", "plain.txt")).lines[0]).toContain("zone plain.example. serial 3");
  expect((await check("origin.txt")).lines[0]).toContain("zone named.example. serial 4");
});

test("an error in a file that is included is told with that file's name and line", async () => {
  const { lines, code } = await check("including.example.zone");
  expect(code).toBe(1);
  expect(lines[0]).toMatch(/sub\/www\.inc:1:7: error: /);
});

test("a file that is not there, or a directory, is an error like others", async () => {
  const { lines, code } = await check("nowhere.zone", "sub", "good.example.zone");
  expect(code).toBe(1);
  expect(lines.slice(0, 4)).toEqual([
    "nowhere.zone: error: can't read: no such file or directory",
    "nowhere.zone: not loadable: 1 error",
    "sub: error: can't read: it is a directory",
    "sub: not loadable: 1 error",
  ]);
  expect(lines[4]).toContain("good.example.zone: ok");
});

test("no file, or a name that is none, is a command line that can't be understood", async () => {
  expect(await check()).toEqual({ lines: [], stderr: "zonecast: name a zone file to check; see --help\n", code: 2 });
  const { stderr, code } = await check("--origin", "a..b", "plain.txt");
  expect(code).toBe(2);
  expect(stderr).toMatch(/^zonecast: --origin: .*; see --help\n$/);
});
