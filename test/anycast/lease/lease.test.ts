/** The lease: whatever becomes of the process that announces, its routes do not outlive it for long. */

import { type ChildProcess, spawn } from "node:child_process";
import { resolve } from "node:path";
import { afterEach, expect, vi } from "vitest";
import { testWith } from "../../support/need.ts";
import { PREFIX4, PREFIX6 } from "../announcer/fixture.ts";
import { type Bird, startBird, staticsFor } from "../bird/bird.ts";

const HOLD = 1500;

let bird: Bird | undefined;
let holder: Holder | undefined;

afterEach(async () => {
  holder?.child.kill("SIGKILL");
  if (holder) gone(holder.guard(), "SIGKILL");
  await bird?.close();
  bird = undefined;
  holder = undefined;
});

interface Holder {
  readonly child: ChildProcess;
  guard(): number;
  told(): string;
  stderr(): string;
}

/** Sends a signal; false when there is no such process. */
function gone(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(pid, signal);
    return false;
  } catch {
    return true;
  }
}

const until = (what: () => void, timeout = 8000) => vi.waitFor(what, { timeout, interval: 20 });

/** BIRD, and a process that has announced to it. */
async function held(): Promise<[Bird, Holder]> {
  const daemon = await startBird(staticsFor([PREFIX4, PREFIX6]));
  bird = daemon;
  const one = holderOf(daemon);
  holder = one;
  await until(() => expect([daemon.up().length, one.guard() > 0]).toEqual([2, true]));
  return [daemon, one];
}

/** A process with a guard. */
function holderOf({ socket }: Bird, more: { readonly prepare?: boolean } = {}): Holder {
  const orders = JSON.stringify({ socket, hold: HOLD, ...more });
  const child = spawn(process.execPath, [resolve(import.meta.dirname, "holder.ts"), orders]);
  let [last, stderr] = [{ guard: 0, told: [] as string[] }, ""];
  child.stdout.on("data", (text: Buffer) => {
    const line = text.toString().trim().split("\n").at(-1) ?? "";
    last = JSON.parse(line) as typeof last;
  });
  child.stderr.on("data", (text: Buffer) => {
    stderr += text;
  });
  return { child, guard: () => last.guard, told: () => last.told.join("\n"), stderr: () => stderr };
}

testWith("bird", "killed: the routes are gone at once", async () => {
  const [daemon, one] = await held();
  one.child.kill("SIGKILL");
  const at = performance.now();
  await until(() => expect(daemon.up()).toEqual([]));
  expect(performance.now() - at).toBeLessThan(HOLD);
  await until(() => expect(gone(one.guard(), 0)).toBe(true));
  expect(one.stderr()).toContain("zonecast guard: the server has ended: its routes are withdrawn");
});

testWith(
  "bird",
  "stopped: gone within the hold time; when it goes on, a new guard watches and the routes are back",
  async () => {
    const [daemon, one] = await held();
    const first = one.guard();
    one.child.kill("SIGSTOP");
    const at = performance.now();
    await until(() => expect(daemon.up()).toEqual([]));
    // Some room for a busy machine.
    expect(performance.now() - at).toBeLessThan(HOLD + 1000);
    one.child.kill("SIGCONT");
    await until(() => expect(daemon.up()).toHaveLength(2));
    await until(() => expect(one.told()).toContain("the guard of the routes has ended (exit code 0)"));
    await until(() => expect(one.guard()).not.toBe(first));
  },
);

testWith("bird", "its main thread is stuck: gone within the hold time", async () => {
  const [daemon, one] = await held();
  one.child.kill("SIGUSR2");
  await until(() => expect(daemon.up()).toEqual([]));
  expect(one.child.exitCode).toBeNull();
});

testWith("bird", "the guard is killed: another one takes its place, and the routes stay", async () => {
  const [daemon, one] = await held();
  const first = one.guard();
  gone(first, "SIGKILL");
  await until(() => expect(one.guard() > 0 && one.guard() !== first).toBe(true));
  expect(daemon.up()).toHaveLength(2);
  await until(() =>
    expect(one.told()).toContain("the guard of the routes has ended (SIGKILL): another one is started"),
  );
  // The new one is as good as the first.
  await until(() => expect(gone(one.guard(), 0)).toBe(false));
  await new Promise((done) => setTimeout(done, 500));
  one.child.kill("SIGKILL");
  await until(() => expect(daemon.up()).toEqual([]));
});

testWith("bird", "the guard hangs: it is replaced", async () => {
  const [daemon, one] = await held();
  const first = one.guard();
  gone(first, "SIGSTOP");
  await until(() => expect(one.guard() > 0 && one.guard() !== first).toBe(true));
  expect(gone(first, 0)).toBe(true);
  expect(daemon.up()).toHaveLength(2);
});

testWith("bird", "a stop of the whole control group: the guard lets the server end in its own time", async () => {
  const [daemon, one] = await held();
  gone(one.guard(), "SIGTERM");
  gone(one.guard(), "SIGINT");
  one.child.kill("SIGTERM");
  await until(() => expect(one.child.exitCode).toBe(0));
  expect(daemon.up()).toEqual([]);
  await until(() => expect(gone(one.guard(), 0)).toBe(true));
  expect(one.stderr()).toBe("");
});

testWith("bird", "one that gets ready beside it is killed: its guard goes, and touches no route", async () => {
  const [daemon] = await held();
  const heir = holderOf(daemon, { prepare: true });
  await until(() => expect(heir.guard()).toBeGreaterThan(0));
  heir.child.kill("SIGKILL");
  await until(() => expect(gone(heir.guard(), 0)).toBe(true));
  expect(daemon.up()).toHaveLength(2);
  expect(heir.stderr()).toBe("");
});
