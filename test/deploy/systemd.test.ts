/** The unit file: systemd reads it without a complaint, and finds that little is left to whoever breaks in. */

import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect } from "vitest";
import { directoryWith } from "../server/program.ts";
import { testWith } from "../support/need.ts";

const UNIT = resolve(import.meta.dirname, "../../deploy/systemd/zonecast.service");

/** The unit as it is, but for a program and a user that are on this machine. */
function unitHere(): string {
  const file = join(directoryWith(), "zonecast.service");
  const text = readFileSync(UNIT, "utf8").replaceAll("/usr/local/bin/zonecast", "/bin/true");
  writeFileSync(file, text.replaceAll("=zonecast\n", "=daemon\n"));
  return file;
}

testWith("systemd-analyze", "systemd-analyze verify has nothing to say", () => {
  const { stdout, stderr, status } = spawnSync("systemd-analyze", ["verify", "--man=no", unitHere()], {
    encoding: "utf8",
  });
  const ours = `${stdout}${stderr}`.split("\n").filter((line) => line.includes("zonecast"));
  expect(ours).toEqual([]);
  expect(status).toBe(0);
});

testWith("systemd-analyze", "systemd-analyze security finds an exposure of 2.0 at most", () => {
  const { stdout, stderr, status } = spawnSync(
    "systemd-analyze",
    ["security", "--offline=yes", "--threshold=20", "--no-pager", unitHere()],
    { encoding: "utf8" },
  );
  expect(`${status} ${stderr}`, stdout).toBe("0 ");
});
