/** Where a run does its work: one temporary directory and the processes started, all gone when it is over. */

import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join, resolve } from "node:path";
import { setTimeout as wait } from "node:timers/promises";

export const ROOT = resolve(import.meta.dirname, "../..");
/** The server alone on one core, the load on the other. */
export const SERVER_CORE = 0;
export const LOAD_CORE = 1;
/** As much of a process's output as is kept to tell why it ended. */
const KEPT_OUTPUT = 1 << 20;
const STOP_MS = 20_000;

export type Command = readonly string[];

export interface Running {
  readonly pid: number;
  /** performance.now() at the start. */
  readonly started: number;
  /** The end of what it has written. */
  output(): string;
  /** How it ended, as soon as it has. */
  ended(): string | undefined;
  readonly end: Promise<void>;
  /** Asks it to end, and ends it when it won't. */
  stop(): Promise<void>;
}

export interface Workplace {
  readonly directory: string;
  /** A new empty folder. */
  folder(): string;
  /** Starts a program; `core` pins it. */
  start(command: Command, core?: number): Running;
  /** Runs a program to its end; its standard output. Throws with what it wrote when it fails. */
  run(command: Command, core?: number): Promise<string>;
  /** Stops everything that runs, and removes the directory. */
  close(): Promise<void>;
}

/** Makes the directory. */
export function openWorkplace(): Workplace {
  const directory = mkdtempSync(join(tmpdir(), "zonecast-bench-"));
  const open = new Set<Running>();
  let folders = 0;
  let closed = false;
  const start = (command: Command, core?: number) => {
    if (closed) throw new Error("the run is over");
    const running = launch(pinned(command, core));
    open.add(running);
    void running.end.finally(() => open.delete(running));
    return running;
  };
  return {
    directory,
    folder: () => {
      const folder = join(directory, String(++folders));
      mkdirSync(folder);
      return folder;
    },
    start,
    run: async (command, core) => {
      const running = start(command, core);
      await running.end;
      if (running.ended() !== "exit 0")
        throw new Error(`${command.join(" ")}: ${running.ended()}\n${running.output()}`);
      return running.output();
    },
    close: async () => {
      closed = true;
      await Promise.all([...open].map((running) => running.stop()));
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

function pinned(command: Command, core: number | undefined): Command {
  return core === undefined ? command : ["taskset", "-c", String(core), ...command];
}

function launch([program, ...args]: Command): Running {
  const started = performance.now();
  const child = spawn(program, args, {
    stdio: ["ignore", "pipe", "pipe"],
    cwd: ROOT,
    env: { ...process.env, PATH: PATHS },
  });
  let output = "";
  let ended: string | undefined;
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output = `${output}${text}`.slice(-KEPT_OUTPUT);
    });
  }
  const end = new Promise<void>((done) => {
    child.once("close", (code, signal) => {
      ended = signal ?? `exit ${code}`;
      done();
    });
    child.once("error", (error) => {
      ended = error.message;
      done();
    });
  });
  return { pid: child.pid ?? 0, started, output: () => output, ended: () => ended, end, stop: () => stop(child, end) };
}

async function stop(child: ChildProcess, end: Promise<void>): Promise<void> {
  child.kill("SIGTERM");
  const stopped = await Promise.race([end.then(() => true), wait(STOP_MS, false, { ref: false })]);
  if (stopped) return;
  child.kill("SIGKILL");
  await end;
}

/** Servers are where only root's PATH looks. */
const PATHS = [process.env.PATH ?? "", "/usr/sbin", "/usr/local/sbin"].join(delimiter);

/** Those of the programs that are not installed. */
export function notInstalled(programs: readonly string[]): string[] {
  return programs.filter((program) => !PATHS.split(delimiter).some((path) => existsSync(join(path, program))));
}
