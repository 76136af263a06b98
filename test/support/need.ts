/** What a test needs of the machine: on a laptop it is skipped by name when that is missing, in CI it must be there. */

import { spawnSync } from "node:child_process";
import { networkInterfaces } from "node:os";
import { test } from "vitest";

/** True when the test can run. False on a laptop that lacks it; in CI that is an error. */
export function have(what: string, there: boolean): boolean {
  if (!there && process.env.CI === "true") throw new Error(`this test run needs ${what}`);
  return there;
}

/** A test that needs a program to be installed, such as "dig"; the name of a skipped one says so. */
export function testWith(program: string, name: string, run: () => Promise<void> | void): void {
  const there = have(program, spawnSync("which", [program]).status === 0);
  if (there) test(name, run);
  else test.skip(`${name} (needs ${program})`, () => {});
}

/** True on the Node that the program is for, which has threads in TypeScript and reusePort: `npm test` is, a bare vitest may not be. */
export function hasNode24(): boolean {
  return have("Node 24, which npm test runs on", Number(process.versions.node.split(".")[0]) >= 24);
}

/** True when the loopback interface has ::1. */
export function hasIpv6(): boolean {
  return Object.values(networkInterfaces()).some((list) => list?.some(({ address }) => address === "::1"));
}
