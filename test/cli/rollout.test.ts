/** zonecast rollout and conduct, as people run them: what they show, what they change, and their exit codes. */

import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Passage } from "../../src/sync/rollout/ledger.ts";
import { run, start } from "../server/program.ts";
import { TestFleet, until } from "../sync/rollout/fleet.ts";

vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 });

const ZONE = "example.com.";
const WAVES = [
  { to: ["canary"], bake: 1 },
  { to: ["*"], bake: 0 },
];

let fleet: TestFleet;
let env: NodeJS.ProcessEnv;
beforeEach(async () => {
  fleet = await TestFleet.make();
  const { ZONECAST_KEY: _, ZONECAST_TRUST: __, ...rest } = process.env;
  env = { ...rest, ZONECAST_STORE: `sqlite:${join(fleet.directory, "store.db")}`, ZONECAST_BY: "alice@desk" };
  await fleet.pop("fra1");
});
afterEach(() => fleet.end());

const zonecast = (...args: string[]) => run(args, { env });

/** A version on its way: the canary has it, and is watched for so many seconds. */
async function rolling(bake = 600): Promise<void> {
  await fleet.pop("lhr1", { groups: ["canary"] });
  await fleet.push(ZONE, 1);
  await fleet.serves(ZONE, 1);
  await fleet.push(ZONE, 2, [{ to: ["canary"], bake }, ...WAVES.slice(1)]);
  await fleet.serves(ZONE, 2, ["lhr1"]);
  await reported(2);
}

/** Resolves when the canary's report in the store says that it serves a version. */
async function reported(version: number): Promise<void> {
  await until(async () => {
    const report = (await fleet.store.reports()).find(({ pop }) => pop === "lhr1");
    return report !== undefined && Buffer.from(report.octets).includes(`"version":${version},"now"`);
  });
}

test("shows where it stands, and what each POP serves", async () => {
  await rolling();
  const { stdout, stderr, code } = await zonecast("rollout", "Example.COM");
  expect([stderr, code]).toEqual(["", 0]);
  const lines = stdout.split("\n");
  expect(lines[0]).toBe("example.com. version 2 (serial 20) is running, at wave 1 of 2 (canary)");
  expect(lines).toContain("->  wave 1  canary  watched for 600 s  has version 2");
  expect(lines).toContain("    wave 2  *       watched for 0 s    has version 1");
  expect(stdout).toMatch(
    /^fra1 {2}wave 2 {2}old +version 1 {2}100 queries {2}reported \d+ s ago by its clock {2}is in no/m,
  );
  expect(stdout).toMatch(/^lhr1 {2}wave 1 {2}serves +version 2 {2}100 queries/m);
});

test("as JSON", async () => {
  await rolling();
  const { stdout, code } = await zonecast("rollout", ZONE, "--json");
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({
    ...{ zone: ZONE, version: 2, serial: 20 },
    rollout: { version: 2, from: 1, wave: 0, state: "running" },
    pops: [
      { pop: "fra1", state: "old", wave: 1, version: 1 },
      { pop: "lhr1", state: "serves", wave: 0, version: 2, now: { queries: 100, servfail: 0 } },
    ],
    ledger: [],
  });
});

test("without a rollout it shows what all POPs have", async () => {
  await fleet.push(ZONE, 1);
  await fleet.serves(ZONE, 1);
  await until(async () => (await zonecast("rollout", ZONE)).stdout.includes("fra1  serves  version 1"));
  expect((await zonecast("rollout", ZONE)).stdout).toMatch(
    /^example\.com\. version 1 \(serial 10\) goes to all POPs\n/,
  );
});

test("pause, resume, abort", async () => {
  await rolling();
  const paused = await zonecast("rollout", ZONE, "pause", "--why", "to look");
  expect([paused.stdout, paused.code]).toEqual(["example.com. version 2 is paused\n", 0]);
  expect(await fleet.manifest(ZONE)).toMatchObject({ action: "pause", by: "alice@desk", why: "to look" });
  const again = await zonecast("rollout", ZONE, "pause");
  expect([again.stdout, again.code]).toEqual(["nothing to do: example.com. version 2 is paused\n", 0]);
  expect((await zonecast("rollout", ZONE, "resume")).stdout).toBe("example.com. version 2 is resumed\n");
  const aborted = await zonecast("rollout", ZONE, "abort", "--wait");
  expect(aborted.stdout).toContain("example.com. version 2 is aborted: all POPs go back to version 1\n");
  expect(aborted.stdout).toContain("2 of 2 POPs answer with it\n");
  expect(aborted.code).toBe(0);
  expect(fleet.pops.get("lhr1")?.served.get(ZONE)?.version.version).toBe(1);
  const nothing = await zonecast("rollout", ZONE, "resume");
  expect([nothing.stderr, nothing.code]).toEqual([
    "zonecast: no rollout of example.com. is under way: all POPs get version 1\n",
    1,
  ]);
});

test("--wait conducts it to its end", async () => {
  await rolling(1);
  const { stdout, code } = await zonecast("rollout", ZONE, "--wait");
  expect(code).toBe(0);
  expect(stdout).toContain("example.com. goes on: all POPs of wave 1 of 2 (canary) served version 2 for 1 s\n");
  expect(stdout).toContain("2 of 2 POPs answer with it\n");
  const shown = JSON.parse((await zonecast("rollout", ZONE, "--json")).stdout) as { ledger: Passage[] };
  expect(shown.ledger[0]).toMatchObject({ version: 2, outcome: "proven", by: "alice@desk", pops: 2, proven: 2 });
});

test("--wait on one that goes wrong: exit code 6, and why", async () => {
  await fleet.pop("lhr1", { groups: ["canary"], refuses: [2] });
  await fleet.push(ZONE, 1);
  await fleet.serves(ZONE, 1);
  await fleet.push(ZONE, 2, WAVES);
  const { stdout, code } = await zonecast("rollout", ZONE, "--wait");
  expect(code).toBe(6);
  expect(stdout).toContain("lhr1 refuses it: it has no NS at its apex");
});

test.each([
  [["rollout"], 2, "name one zone"],
  [["rollout", "example.com", "stop"], 2, 'expected pause, resume or abort after the zone, got "stop"'],
  [["rollout", "example.com", "pause", "--wait"], 2, "what is paused is not waited for"],
  [["rollout", "example.com", "--why", "x"], 2, "--why goes with pause, resume or abort"],
  [["rollout", "example.com", "--wait", "--timeout", "soon"], 2, "--timeout: expected seconds"],
  [["rollout", "example.net"], 1, "has no zone example.net.: publish it with zonecast push"],
  [["rollout", "example.net", "abort"], 1, "has no zone example.net."],
])("%j: exit code %i", async (args, wanted, text) => {
  const { stderr, code } = await zonecast(...args);
  expect(stderr).toContain(text);
  expect(code).toBe(wanted);
});

test("conduct brings rollouts on until it is stopped, a line for each event", async () => {
  await fleet.pop("lhr1", { groups: ["canary"] });
  await fleet.push(ZONE, 1);
  await fleet.serves(ZONE, 1);
  const conductor = start(["conduct"], { env });
  await until(() => conductor.stdout.includes("started"));
  await fleet.push(ZONE, 2, WAVES);
  await until(async () => (await fleet.manifest(ZONE)).rollout === undefined);
  await fleet.serves(ZONE, 2);
  conductor.child.kill("SIGTERM");
  expect((await conductor.exit).code).toBe(0);
  const events = conductor.stdout.split("\n").map((line) => line.replace(/^\S+ /, ""));
  expect(events).toContain("example.com. begun: version 2 is at wave 1 of 2 (canary)");
  expect(events).toContain("example.com. done: all POPs get version 2");
  expect(events).toContain("stopped: what is under way stays as it is");
});

test("a conductor is killed, and another process goes on", async () => {
  await rolling(1);
  const first = start(["conduct", "--by", "first", "--json"], { env });
  await until(() => first.stdout.includes("they are watched"));
  first.child.kill("SIGKILL");
  await first.exit;
  const second = start(["conduct", "--by", "second", "--json"], { env });
  await until(async () => (await fleet.manifest(ZONE)).rollout === undefined);
  await fleet.serves(ZONE, 2);
  second.child.kill("SIGINT");
  expect((await second.exit).code).toBe(0);
  expect((await fleet.manifest(ZONE)).by).toBe("second");
  const events = second.stdout
    .trim()
    .split("\n")
    .map((line) => (JSON.parse(line) as { event: string }).event);
  expect(events).toEqual(expect.arrayContaining(["started", "begun", "turn", "done", "stopped"]));
});
