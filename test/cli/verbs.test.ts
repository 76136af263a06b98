/** The command line as people type it: help, version, what is no verb, and their exit codes. */

import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { expect, test, vi } from "vitest";
import { run } from "../server/program.ts";

vi.setConfig({ testTimeout: 30_000 });

const { version } = JSON.parse(readFileSync(resolve(import.meta.dirname, "../../package.json"), "utf8")) as {
  version: string;
};

test("help: on stdout, with exit code 0, each verb with a line", async () => {
  const outputs: string[] = [];
  for (const asked of ["help", "--help", "-h"]) {
    const { stdout, stderr, code } = await run([asked]);
    expect([stderr, code]).toEqual(["", 0]);
    outputs.push(stdout);
  }
  expect(new Set(outputs).size).toBe(1);
  expect(outputs[0]).toContain(`zonecast ${version}: `);
  const verbs = ["serve", "check", "push", "rollback", "remove", "log", "diff", "show", "store init", "store collect"];
  for (const verb of verbs) expect(outputs[0]).toMatch(new RegExp(`^ {2}${verb} +[A-Z].*\\.$`, "m"));
});

test("no verb is the same help, on stderr and with exit code 2", async () => {
  const [nothing, help] = [await run([]), await run(["help"])];
  expect([nothing.stdout, nothing.stderr, nothing.code]).toEqual(["", help.stdout, 2]);
});

test("a verb that there is not is named", async () => {
  const { stdout, stderr, code } = await run(["sevre", "--zones", "x"]);
  expect([stdout, code]).toEqual(["", 2]);
  expect(stderr).toMatch(/^zonecast: no such verb: sevre\n\nzonecast /);
});

test("--version", async () => {
  const { stdout, stderr, code } = await run(["--version"]);
  expect([stdout, stderr, code]).toEqual([`${version}\n`, "", 0]);
});

test.each([
  [
    "serve",
    [
      "--config FILE",
      "--listen ADDR@PORT",
      "--zones DIR",
      "--pop ID",
      "--transport auto|batch|dgram",
      "--admin ADDR@PORT",
    ],
  ],
  ["check", ["--origin NAME", "--quiet"]],
  ["push", ["--store PLACE", "--key FILE", "--allow GUARD", "--why TEXT", "--serial POLICY", "--dry-run", "--json"]],
  ["rollback", ["--to VERSION", "--wait"]],
  ["store init", ["--key FILE", "--history N", "--replicas N"]],
])("%s --help lists its flags, whatever else is on the line", async (verb, flags) => {
  const words = verb.split(" ");
  const outputs = await Promise.all(
    [
      [...words, "--help"],
      [...words, "-h"],
      [...words, "--nonsense", "--help"],
    ].map((args) => run(args)),
  );
  for (const { stdout, stderr, code } of outputs) {
    expect([stderr, code]).toEqual(["", 0]);
    expect(stdout).toBe(outputs[0].stdout);
    expect(stdout).toMatch(new RegExp(`^Usage: zonecast ${verb} \\[flags\\]`, "m"));
    for (const flag of [...flags, "--help"]) {
      expect(stdout).toMatch(new RegExp(`^ {2}${flag.replace("|", "\\|")} {2,}\\S`, "m"));
    }
  }
});

test("help into a pipe that nobody reads is no crash", () => {
  const main = resolve(import.meta.dirname, "../../src/main.ts");
  const node = resolve(import.meta.dirname, "../../node_modules/.bin/node");
  const { stderr } = spawnSync("sh", ["-c", `${node} ${main} help | true`], { encoding: "utf8" });
  expect(stderr).toBe("");
});
