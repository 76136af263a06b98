/** The lab comes up, clients are served, a POP is killed and another drained; and nothing is left of it, however it ends. */

import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { have } from "../support/need.ts";
import { until } from "./clock.ts";
import { whyNoLab } from "./outside.ts";
import { cleanEnv } from "./process.ts";
import type { Row } from "./rehearse.ts";
import { CLIENTS, HOSTS } from "./topology.ts";

const RUN = fileURLToPath(new URL("./run.ts", import.meta.url));
const why = whyNoLab();
const there = have(`a lab of namespaces: ${why}`, why === undefined);
/** On a machine that is busy with other tests. */
const UP_MS = 30_000;

function testLab(name: string, run: () => Promise<void>): void {
  if (there) test(name, run, 60_000);
  else test.skip(`${name} (${why})`, () => {});
}

interface LabProcess {
  readonly child: ChildProcess;
  readonly ended: Promise<number | null>;
  said(): string;
}

/** Starts the lab as npm run lab does. */
function startLab(args: readonly string[]): LabProcess {
  const child = spawn(process.execPath, [RUN, ...args], { stdio: ["ignore", "pipe", "pipe"], env: cleanEnv() });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk) => {
      said += chunk;
    });
  }
  const ended = new Promise<number | null>((resolve) => child.once("close", (code) => resolve(code)));
  onTestFinished(() => void child.kill("SIGKILL"));
  return { child, ended, said: () => said };
}

/** Process ids in the process namespace of a lab that `run` has started; there is one once the lab's first process runs. */
function namespaceOf(run: number): string | undefined {
  const inner = childrenOf(run).flatMap(childrenOf);
  const own = readlinkSync("/proc/self/ns/pid");
  return inner.map((pid) => linkOf(pid)).find((link) => link !== undefined && link !== own);
}

function childrenOf(pid: number): number[] {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8");
  return text.split(" ").filter(Boolean).map(Number);
}

function linkOf(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/ns/pid`);
  } catch {
    // It has ended, or is somebody else's.
    return undefined;
  }
}

/** What runs in a process namespace. */
function processesIn(namespace: string): number[] {
  const all = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
  return all.filter((pid) => linkOf(pid) === namespace);
}

/** What a lab might leave outside of its namespaces; others have namespaces of other names. */
function traces(): string[] {
  return [...HOSTS.map((host) => `/run/netns/${host}`), "/run/lab"].filter((path) => existsSync(path));
}

testLab(
  "serves all clients; a killed POP's queries go elsewhere, a drain loses none, and nothing is left",
  async () => {
    const folder = mkdtempSync(join(tmpdir(), "zonecast-lab-"));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const before = traces();
    const lab = startLab(["drill", "kill", "drain", "--rounds", "1", "--json", join(folder, "rows.json")]);
    await until("the lab has namespaces", UP_MS, () => namespaceOf(lab.child.pid ?? 0) !== undefined);
    const namespace = namespaceOf(lab.child.pid ?? 0) ?? "";
    expect(await lab.ended, lab.said()).toBe(0);

    const answers = lab
      .said()
      .split("\n")
      .filter((line) => CLIENTS.some(({ name }) => line.startsWith(`  ${name}  `)));
    const near = answers.slice(0, 3).map((line) => line.trim().split(/\s+/));
    expect(near).toEqual([
      ["c1", "lhr", "lhr", "lhr", "lhr"],
      ["c2", "jfk", "jfk", "jfk", "jfk"],
      ["c3", "nrt", "nrt", "nrt", "nrt"],
    ]);
    const rows = JSON.parse(readFileSync(join(folder, "rows.json"), "utf8")) as readonly Row[];
    const [kill, drain] = rows;
    expect(rows.map(({ drill }) => drill)).toEqual(["kill", "drain"]);
    expect(kill.answered_ms).toBeLessThan(1000);
    expect(kill.lost).toBeLessThan(100);
    expect(kill.announcers).toBe(2);
    expect(drain.route_gone_ms).toBeGreaterThan(0);
    expect(drain.answered_ms).toBeGreaterThan(0);
    expect([drain.lost_all, drain.lost_back, drain.wrong]).toEqual([0, 0, 0]);

    expect(processesIn(namespace)).toEqual([]);
    expect(traces()).toEqual(before);
  },
);

testLab("a lab that is killed leaves nothing", async () => {
  const before = traces();
  const lab = startLab([]);
  await until("the lab is up", UP_MS, () => lab.said().includes("Ctrl-C ends the lab"));
  const namespace = namespaceOf(lab.child.pid ?? 0) ?? "";
  expect(processesIn(namespace).length).toBeGreaterThan(10);
  lab.child.kill("SIGKILL");
  await until("all of its processes are gone", UP_MS, () => processesIn(namespace).length === 0);
  expect(traces()).toEqual(before);
});
