/** The compile thread: results for each job, also when one of them takes the thread with it. */

import { join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { Compiler } from "../../src/server/compiler.ts";
import type { FileJob, FileResult } from "../../src/server/messages.ts";
import { nameFromText } from "../../src/text/name.ts";
import { hasNode24 } from "../support/need.ts";
import { until } from "../transport/stream.ts";
import { directoryWith } from "./program.ts";
import { BROKEN, zoneText } from "./zonetext.ts";

vi.setConfig({ testTimeout: 30_000 });

const directory = directoryWith(
  Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`z${i}`, i === 150 ? BROKEN : zoneText(i + 1)])),
);
const open: Compiler[] = [];

afterEach(async () => {
  await Promise.all(open.splice(0).map((compiler) => compiler.close()));
});

const job = (i: number): FileJob => ({
  file: join(directory, `z${i}`),
  root: directory,
  apex: nameFromText(`z${i}.example.`),
  origin: undefined,
});
const jobs = (count: number) => Array.from({ length: count }, (_, i) => job(i));
/** What no listing would ever give: the thread can't survive it, as it can't survive a want of memory. */
const deadly = (i: number): FileJob => ({ ...job(i), apex: 7 as unknown as Uint8Array });

/** Loads jobs, and gives all results once the compiler is idle. */
async function results(...rounds: (readonly FileJob[])[]): Promise<FileResult[]> {
  const all: FileResult[] = [];
  const compiler = new Compiler((some) => all.push(...some));
  open.push(compiler);
  for (const round of rounds) {
    const wanted = all.length + round.length;
    compiler.load(round);
    expect(compiler.busy).toBe(round.length > 0);
    await until(() => all.length >= wanted, `${wanted} results`);
    expect(compiler.busy).toBe(false);
  }
  return all;
}

const failed = (all: readonly FileResult[]) => all.filter(({ image }) => image === undefined).map(({ file }) => file);
const withThreads = test.skipIf(!hasNode24());

test("no jobs, no thread", async () => {
  expect(await results([])).toEqual([]);
});

withThreads("each job gives one result, in order, and a broken file is no one else's trouble", async () => {
  const all = await results(jobs(200));
  expect(all.map(({ file }) => file)).toEqual(jobs(200).map(({ file }) => file));
  expect(failed(all)).toEqual([job(150).file]);
});

withThreads("one after another", async () => {
  expect(failed(await results([job(1)], [job(2), job(3)], [job(1)]))).toEqual([]);
});

withThreads("a job that ends the thread fails alone, wherever it stands among the others", async () => {
  for (const place of [0, 40, 99]) {
    const all = await results(jobs(100).map((one, i) => (i === place ? deadly(i) : one)));
    expect(failed(all)).toEqual([job(place).file]);
    expect(all.map(({ file }) => file).sort()).toEqual(
      jobs(100)
        .map(({ file }) => file)
        .sort(),
    );
    const [problem] = all.find(({ file }) => file === job(place).file)?.problems ?? [];
    expect(problem.message).toMatch(/^the compile thread ended: /);
  }
});

withThreads("so do two of them, and a new thread takes the next jobs", async () => {
  const all = await results(
    jobs(20).map((one, i) => (i === 3 || i === 17 ? deadly(i) : one)),
    jobs(5),
  );
  expect(failed(all).sort()).toEqual([job(3).file, job(17).file].sort());
  expect(all).toHaveLength(25);
});
