/**
 * Every target's corpus, what once broke it, and some new cases, by the program that does millions of them
 * (`npm run fuzz`): the same code, the same checks, a share that a build can wait for: 8 s of one processor.
 */

import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import type { Result } from "./engine/session.ts";
import { TARGETS } from "./targets/table.ts";

const run = promisify(execFile);
const PROGRAM = join(import.meta.dirname, "run.ts");
/** New cases of each target, and the seconds after which there are no more of them. */
const SHARE = ["--times", "1500", "--seconds", "0.5"];

test("no case breaks anything, and nothing is kept of those that are over", async () => {
  const args = ["--disable-warning=ExperimentalWarning", PROGRAM, "--json", "--quick", ...SHARE];
  // It ends with 1 when a case broke something, and says on stderr which.
  const { stdout } = await run(process.execPath, args, { maxBuffer: 16 << 20, timeout: 580_000 });
  const results = JSON.parse(stdout) as Result[];
  expect(results.map(({ target }) => target)).toEqual(Object.keys(TARGETS));
  for (const { target, cases, crashes, reached, corpus } of results) {
    expect({ target, crashes }).toEqual({ target, crashes: 0 });
    expect(cases, target).toBeGreaterThan(20);
    // What is checked is what is counted: the code of the target has been gone through.
    expect(Math.min(corpus, reached), target).toBeGreaterThan(10);
  }
}, 600_000);
