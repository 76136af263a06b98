/** The fuzzer itself: it finds what is hidden behind one octet after the other, and what it writes down comes back. */

import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runInThisContext } from "node:vm";
import { expect, test } from "vitest";
import { inputOf, lineOf } from "./engine/corpus.ts";
import { Coverage } from "./engine/coverage.ts";
import { Crashes } from "./engine/crashes.ts";
import { judgeFlat } from "./engine/flat.ts";
import { Fuzzer } from "./engine/fuzzer.ts";
import { instrument } from "./engine/instrument.ts";
import { minimised } from "./engine/minimise.ts";
import { Random } from "./engine/random.ts";
import type { Check, Target } from "./engine/target.ts";

/** Four octets that only coverage leads to one by one: at random it would be one case in four billion. */
const HIDDEN = `(octets) => {
  if (octets[0] !== 0x5a) return;
  if (octets[1] === 0x43) {
    for (const at of [2]) switch (octets[at]) { case 0x4d: return octets[3] === 0x21 ? boom() : undefined; }
  }
}`;

function targetOf(source: string, boom: () => void): { target: Target; coverage: Coverage } {
  const coverage = new Coverage();
  const { code, cells } = instrument(`(boom) => (${source})`, 0, "zonecastCoverage");
  coverage.share();
  coverage.cells = cells;
  const check = (runInThisContext(`{${code}}`) as (boom: () => void) => Check)(boom);
  return { target: { name: "hidden", most: 16, seeds: [], words: [Uint8Array.of(0)], check }, coverage };
}

/** Nothing hangs here. */
const watchdog = { begin() {}, end() {} };

function fuzzerOf(target: Target, coverage: Coverage) {
  const folder = mkdtempSync(join(tmpdir(), "zonecast-fuzz-"));
  const crashes = new Crashes(target.name, folder);
  return {
    fuzzer: new Fuzzer(target, target.words, { coverage, random: new Random(7), crashes, watchdog }),
    crashes,
    folder,
  };
}

test("goes where a check has not been, finds what breaks there, and says how to repeat it", async () => {
  const { target, coverage } = targetOf(HIDDEN, () => {
    throw new Error("found");
  });
  const { fuzzer, crashes, folder } = fuzzerOf(target, coverage);
  await fuzzer.replay([Uint8Array.of(1, 2, 3, 4, 5)]);
  await fuzzer.explore(400_000, () => crashes.count > 0);
  expect(crashes.count).toBeGreaterThan(0);
  const [file] = readdirSync(folder);
  expect([...readFileSync(join(folder, file)).subarray(0, 4)]).toEqual([0x5a, 0x43, 0x4d, 0x21]);
  expect([...crashes.kinds.values()][0].what).toContain("found");
});

test("a corpus made small goes every way that it went before", async () => {
  const { target, coverage } = targetOf(HIDDEN, () => {});
  const { fuzzer } = fuzzerOf(target, coverage);
  await fuzzer.replay([Uint8Array.of(1)]);
  await fuzzer.explore(400_000, () => coverage.reached === coverage.cells);
  const reached = coverage.reached;
  const small = await minimised([...fuzzer.corpus, Uint8Array.of(0x5a, 0x43, 0x4d, 0x21, 9, 9, 9)], target, coverage);
  expect(small.length).toBeLessThanOrEqual(fuzzer.corpus.length);
  expect(Math.max(...small.map(({ length }) => length))).toBe(4);
  const again = targetOf(HIDDEN, () => {});
  const { fuzzer: other } = fuzzerOf(again.target, again.coverage);
  await other.replay(small);
  expect(again.coverage.reached).toBe(reached);
});

test("instrumented code does what it did", () => {
  const source = `(a) => { const f = (x) => x ? [x, a?.b ?? "n"] : ({ no: !x && a }); if (a) for (let i = 0; i < 2; i++) a.c += i; else return f(0); try { if (a.d) throw 1; else if (a.e) return "e" } catch { return f(1) } do a.c--; while (a.c > 5 || a.f); return a.c; }`;
  const plain = runInThisContext(source) as (a: unknown) => unknown;
  (globalThis as Record<string, unknown>).cellsOfTest = new Uint8Array(64);
  const counted = runInThisContext(`{${instrument(source, 0, "cellsOfTest").code}}`) as (a: unknown) => unknown;
  for (const a of [undefined, { c: 1 }, { c: 9 }, { c: 1, d: 1 }, { c: 1, d: 1, b: 7 }, { c: 0, e: 1 }]) {
    expect(counted(structuredClone(a))).toEqual(plain(structuredClone(a)));
  }
});

test("any case is a line, and a line that case", () => {
  const random = new Random(1);
  for (let i = 0; i < 500; i++) {
    const input = Uint8Array.from({ length: random.below(40) }, () => random.word());
    const line = lineOf(input);
    expect(line).not.toMatch(/[^ -~]|^#/);
    expect(inputOf(line)).toEqual(input);
  }
});

test("what is kept, and what is left open, is a failure", () => {
  const flat = { grown: 0, rss: 1, descriptors: 20 };
  expect(() => judgeFlat(flat, 20)).not.toThrow();
  expect(() => judgeFlat({ ...flat, grown: 9 << 20 }, 20)).toThrow(/octets are kept/);
  expect(() => judgeFlat({ ...flat, descriptors: 21 }, 20)).toThrow(/1 descriptors are left open/);
});

test("a case that never ends is written down before the process is ended", async () => {
  const path = join(mkdtempSync(join(tmpdir(), "zonecast-fuzz-")), "hung");
  const program = `
    import { Watchdog } from ${JSON.stringify(join(import.meta.dirname, "engine/watchdog.ts"))};
    const watchdog = new Watchdog(10, ${JSON.stringify(path)}, 1);
    await watchdog.ready();
    watchdog.begin(Uint8Array.of(1, 2, 3));
    for (;;);`;
  const { signal, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", program], { timeout: 60_000 });
  expect([signal, String(stderr)]).toEqual(["SIGKILL", `a case has not ended in 1 s; it is in ${path}\n`]);
  expect([...readFileSync(path)]).toEqual([1, 2, 3]);
}, 70_000);
