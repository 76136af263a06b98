/** Our verdict on the sample zones, errors or none, is that of named-checkzone and of kzonecheck. */

import { execFile } from "node:child_process";
import { describe, expect, test } from "vitest";
import { NOW } from "../zone/loading.ts";
import { loadSample, pathOf, type Sample, samples } from "../zone/samples.ts";
import { type Difference, differences, type Verdict } from "./checkerdifferences.ts";
import { available } from "./peers.ts";

const all = [...samples("good"), ...samples("broken")];

/** The verdict of a checker, by its exit status, run in the sample's folder. */
function verdict(command: string, args: readonly string[], { folder }: Sample): Promise<Verdict> {
  const env = {
    ...process.env,
    PATH: `${process.env.PATH}:/usr/sbin`,
    // named-checkzone looks up servers outside the zone, which is no part of its verdict and may take long.
    RES_OPTIONS: "timeout:1 attempts:1",
  };
  return new Promise((resolve, reject) => {
    execFile(command, args, { cwd: pathOf(folder), env, timeout: 20_000 }, (error) => {
      if (error?.signal === "SIGSEGV") resolve("crash");
      else if (error && typeof error.code !== "number") reject(error);
      else resolve(error ? "errors" : "none");
    });
  });
}

function decided({ folder, file }: Sample): Difference | undefined {
  return differences.find((one) => one.folder === folder && one.file === file);
}

const checkers = {
  bind: {
    command: "named-checkzone",
    judge: (sample: Sample) => verdict("named-checkzone", [sample.origin, sample.file], sample),
  },
  knot: {
    command: "kzonecheck",
    judge: (sample: Sample) => verdict("kzonecheck", ["-o", sample.origin, "-t", String(NOW), sample.file], sample),
  },
} as const;

for (const [name, { command, judge }] of Object.entries(checkers) as [
  keyof typeof checkers,
  (typeof checkers)["bind"],
][]) {
  describe.skipIf(!available(command))(command, () => {
    for (const sample of all) {
      test.concurrent(`${sample.folder}/${sample.file}`, async () => {
        const ours: Verdict = loadSample(sample).errors > 0 ? "errors" : "none";
        const difference = decided(sample);
        expect({ ours, theirs: await judge(sample) }).toEqual({
          ours: difference?.ours ?? ours,
          theirs: difference?.[name] ?? ours,
        });
        // kzonecheck follows a file that includes itself for several seconds.
      }, 30_000);
    }
  });
}

test("the list of differences holds nothing but differences, each of a sample", () => {
  const same = differences.filter(({ ours, bind, knot }) => ours === bind && ours === knot);
  expect(same).toEqual([]);
  const gone = differences.filter((one) => !all.some(({ folder, file }) => folder === one.folder && file === one.file));
  expect(gone).toEqual([]);
});
