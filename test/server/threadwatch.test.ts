/** Answering threads that hang or die are replaced, and whoever needs to know is told. Real threads, really hanging. */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { ask as probe } from "../../src/anycast/probe/ask.ts";
import { identityQuestion } from "../../src/anycast/probe/question.ts";
import { hasNode24 } from "../support/need.ts";
import { freePort } from "../transport/port.ts";
import { until } from "../transport/stream.ts";

const HERE = import.meta.dirname;
const NODE = resolve(HERE, "../../node_modules/.bin/node");
const HUNG = 200;

interface Line {
  readonly log?: string;
  readonly fact?: string;
  readonly why?: string | null;
  readonly at: number;
}

interface Program {
  readonly port: number;
  readonly child: ChildProcess;
  readonly lines: Line[];
  hang(file: string): void;
  order(word: string): void;
  /** Why it held, and null each time that it held no more. */
  facts(name: string): (string | null)[];
  logged(event: string): number;
}

const children: ChildProcess[] = [];
const folders: string[] = [];

afterEach(async () => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

async function start(workers: number, transport: "auto" | "dgram" = "auto"): Promise<Program> {
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), "zonecast-hang-"));
  folders.push(folder);
  const environment = {
    ...process.env,
    HANG: folder,
    ARGUMENTS: JSON.stringify({ port, workers, transport, hung: HUNG }),
  };
  const program = ["--import", join(HERE, "hanging.ts"), join(HERE, "threadsprogram.ts")];
  const child = spawn(NODE, program, { env: environment, stdio: ["pipe", "pipe", "inherit"] });
  children.push(child);
  const lines: Line[] = [];
  let rest = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    const parts = (rest + text).split("\n");
    rest = parts.pop() ?? "";
    lines.push(...parts.map((line) => JSON.parse(line) as Line));
  });
  const logged = (event: string) => lines.filter(({ log }) => log === event).length;
  await until(() => logged("watching") === 1, "the program");
  return {
    port,
    child,
    lines,
    logged,
    hang: (file) => writeFileSync(join(folder, file), ""),
    order: (word) => void child.stdin.write(`${word}\n`),
    facts: (name) => lines.flatMap(({ fact, why }) => (fact === name ? [why ?? null] : [])),
  };
}

/** How many of so many questions, each from its own port, are answered. */
async function answered(port: number, count: number, protocol: "udp" | "tcp" = "udp", timeout = 400): Promise<number> {
  const questions = [identityQuestion()];
  const listen = { address: "127.0.0.1", port };
  const all = Array.from({ length: count }, () => probe(protocol, listen, { questions, timeout }));
  return (await Promise.all(all)).filter(({ replies }) => replies[0] !== undefined).length;
}

const HANGS = "hangs: it is being replaced";
const NOBODY = "no thread answers";

describe.skipIf(!hasNode24())("threads that hang", () => {
  test.each(["spin", "sleep"])(
    "one of two UDP threads (%s): the other has its share, and it is no fault of the POP",
    async (way) => {
      const { port, hang, facts, logged } = await start(2);
      expect(await answered(port, 20)).toBe(20);
      hang(`udp.${way}`);
      await until(() => logged("thread.hangs") === 1, "the hang to be seen");
      expect(await answered(port, 20)).toBe(20);
      await until(() => logged("thread.restarted") === 1, "another thread");
      expect(await answered(port, 20)).toBe(20);
      expect(facts("thread:udp")).toEqual([]);
    },
  );

  test("the only UDP thread: told of within 300 ms, and over when another has its place", async () => {
    const { port, hang, facts, logged, lines } = await start(1);
    hang("udp.spin");
    await until(() => facts("thread:udp").length === 2, "both facts");
    expect(facts("thread:udp")).toEqual([expect.stringContaining(NOBODY), null]);
    expect(logged("thread.hangs")).toBe(1);
    expect(await answered(port, 5)).toBe(5);
    expect(lines.at(-1)?.log).toBe("thread.restarted");
  });

  test.each(["tcp", "udp"] as const)("one with an event loop (%s)", async (kind) => {
    const { port, hang, facts } = await start(1, "dgram");
    hang(`${kind}.spin`);
    await until(() => facts(`thread:${kind}`).length >= 2, "the facts");
    const [first, ...more] = facts(`thread:${kind}`);
    expect(first).toContain(HANGS);
    await until(() => facts(`thread:${kind}`).at(-1) === null, "the end of it");
    expect(more.slice(0, -1).every((why) => why?.includes(NOBODY))).toBe(true);
    expect(await answered(port, 5, kind)).toBe(5);
    expect(facts(kind === "tcp" ? "thread:udp" : "thread:tcp")).toEqual([]);
  });

  test("one of two node:dgram threads is a fault until its sockets are closed", async () => {
    const { port, hang, facts, logged } = await start(2, "dgram");
    hang("udp.spin");
    await until(() => logged("thread.restarted") === 1, "another thread");
    expect(facts("thread:udp")).toEqual([expect.stringContaining(HANGS), null]);
    expect(await answered(port, 20)).toBe(20);
  });

  test("the first restart is at once, the next no sooner than a second later", async () => {
    const { hang, facts, logged, lines } = await start(1);
    for (let times = 1; times <= 3; times++) {
      hang("udp.die");
      await until(() => logged("thread.restarted") === times, `restart ${times}`);
    }
    const deaths = lines.filter(({ log }) => log === "thread.died").map(({ at }) => at);
    const back = lines.filter(({ log }) => log === "thread.restarted").map(({ at }) => at);
    expect(back[2] - back[1]).toBeGreaterThan(700);
    expect(deaths).toHaveLength(3);
    expect(facts("thread:udp").at(-1)).toBeNull();
  });
});

describe.skipIf(!hasNode24())("threads that do not hang", () => {
  test.each([
    ["auto", 2],
    ["dgram", 1],
  ] as const)("the main thread stands still, again and again (%s)", async (transport, workers) => {
    const { port, order, facts, logged } = await start(workers, transport);
    for (let times = 1; times <= 3; times++) {
      order("stall 500");
      await until(() => logged("stalled") === times, "the end of the stall");
    }
    expect(await answered(port, 10)).toBe(10);
    expect(logged("thread.hangs")).toBe(0);
    expect([...facts("thread:udp"), ...facts("thread:tcp")]).toEqual([]);
  });

  test("the whole process is stopped for a while", async () => {
    const { port, child, facts, logged } = await start(2);
    for (let times = 0; times < 2; times++) {
      child.kill("SIGSTOP");
      // The threads do not stop in the same moment.
      await until(async () => (await answered(port, 1, "udp", 600)) === 0, "silence");
      child.kill("SIGCONT");
      await until(async () => (await answered(port, 1)) === 1, "an answer");
    }
    expect(await answered(port, 10)).toBe(10);
    expect(logged("thread.hangs")).toBe(0);
    expect(facts("thread:udp")).toEqual([]);
  });

  test("twelve programs want the same processors", async () => {
    const { port, facts, logged } = await start(2);
    const spin = "const end = Date.now() + 3000; while (Date.now() < end);";
    const others = Array.from({ length: 12 }, () => spawn(process.execPath, ["-e", spin], { stdio: "ignore" }));
    await Promise.all(others.map((other) => once(other, "exit")));
    expect(await answered(port, 10)).toBe(10);
    expect(logged("thread.hangs")).toBe(0);
    expect([...facts("thread:udp"), ...facts("thread:tcp")]).toEqual([]);
  });

  test("a stop is no hang", async () => {
    const { order, facts, logged, child } = await start(2);
    order("stop");
    await until(() => logged("stopped") === 1, "the stop");
    await until(() => child.exitCode === 0, "the end");
    expect([...facts("thread:udp"), ...facts("thread:tcp")]).toEqual([]);
  });
});
