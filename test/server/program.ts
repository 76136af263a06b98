/** The real program as a child: started on free ports, its log read, its zones asked for, ended by its own id. */

import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll } from "vitest";
import type { Counts } from "../../src/server/counts.ts";
import { freePort } from "../transport/port.ts";
import { until } from "../transport/stream.ts";
import { ask, type Outcome } from "./asking.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const NODE = join(ROOT, "node_modules/.bin/node");
const MAIN = join(ROOT, "src/main.ts");
const PATIENCE_MS = 30_000;

export interface LogLine {
  readonly level: string;
  readonly time: string;
  readonly pop: string;
  readonly version: string;
  readonly event: string;
  readonly msg: string;
  readonly zone?: string;
  readonly file?: string;
}

export interface Exit {
  readonly code: number | null;
  readonly signal: string | null;
}

export interface Program {
  readonly child: ChildProcess;
  readonly stdout: string;
  readonly stderr: string;
  readonly exit: Promise<Exit>;
  /** What it has logged, in JSON; but for that it runs as root, which depends on who runs the tests. */
  log(event?: string): LogLine[];
}

const running = new Set<ChildProcess>();
const directories: string[] = [];

function cleanUp(): void {
  for (const child of running) child.kill("SIGKILL");
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true, force: true });
}

// Registered before the hooks of the file that imports this, and so run after them.
afterAll(cleanUp);
// A test run that is broken off leaves nothing behind either.
process.once("exit", cleanUp);

/** Starts the program with these arguments, or has another program start it. */
export function start(args: readonly string[], options: SpawnOptions = {}, through: readonly string[] = []): Program {
  const { POP_ID: _, ...environment } = process.env;
  const [command, ...rest] = [...through, NODE, MAIN, ...args];
  const child = spawn(command, rest, { stdio: ["ignore", "pipe", "pipe"], env: environment, ...options });
  running.add(child);
  const texts = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    child[name]?.setEncoding("utf8").on("data", (text: string) => {
      texts[name] += text;
    });
  }
  const exit = new Promise<Exit>((done) => child.once("close", (code, signal) => done({ code, signal })));
  child.once("exit", () => running.delete(child));
  return {
    child,
    exit,
    get stdout() {
      return texts.stdout;
    },
    get stderr() {
      return texts.stderr;
    },
    log: (event) =>
      linesOf(texts.stdout).filter((line) =>
        event === undefined ? line.event !== "privileges.root" : line.event === event,
      ),
  };
}

function linesOf(text: string): LogLine[] {
  // The last line may not be whole yet.
  return text
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line) as LogLine);
}

/** Runs the program to its end. */
export async function run(args: readonly string[], options: SpawnOptions = {}): Promise<Program & Exit> {
  const program = start(args, options);
  const { code, signal } = await program.exit;
  return { ...program, stdout: program.stdout, stderr: program.stderr, code, signal };
}

export interface Server extends Program {
  readonly port: number;
  readonly zones: string;
  readonly admin: number;
  /** Asks over UDP for TXT at a name. */
  ask(name: string): Promise<Outcome>;
  /** What GET /status says. */
  status(): Promise<Status>;
  /** SIGTERM, and the end. */
  stop(): Promise<Exit>;
}

export interface Status {
  readonly pop: string;
  readonly version: string;
  readonly ready: boolean;
  readonly started: string;
  readonly listen: readonly string[];
  readonly zones: readonly ZoneStatus[];
  readonly threads: readonly ThreadStatus[];
  readonly counts: Counts;
}

export interface ThreadStatus {
  readonly kind: string;
  readonly state: string;
  readonly transport?: string;
  readonly why?: string;
  readonly restarts: number;
}

export interface ZoneStatus {
  readonly zone?: string;
  readonly file: string;
  readonly state: string;
  readonly serial?: number;
  readonly records?: number;
  readonly loaded?: string;
  readonly errors: number;
  readonly problems: readonly string[];
}

/** Starts a server for the zones of a directory; resolves when it has said that it is ready. */
export async function serving(
  zones: string,
  args: readonly string[] = [],
  options: SpawnOptions = {},
): Promise<Server> {
  const port = await freePort();
  const admin = await freePort();
  const places = ["--listen", `127.0.0.1@${port}`, "--admin", `127.0.0.1@${admin}`, "--pop", "test1"];
  const program = start(["serve", "--zones", zones, ...places, ...args], options);
  const server = withPorts(program, zones, port, admin);
  await ready(server);
  return server;
}

/** A program with what asks it. */
export function withPorts(program: Program, zones: string, port: number, admin: number): Server {
  const rest = {
    port,
    zones,
    admin,
    ask: (name: string) => ask(port, name),
    status: async () => (await (await fetch(`http://127.0.0.1:${admin}/status`)).json()) as Status,
    stop: () => {
      program.child.kill("SIGTERM");
      return program.exit;
    },
  };
  return Object.defineProperties(rest, Object.getOwnPropertyDescriptors(program)) as Server;
}

/** Waits until the first lines for people are out, which is when everything answers. */
export async function ready(program: Program): Promise<void> {
  const ended = () => program.child.exitCode !== null || program.child.signalCode !== null;
  await until(() => program.stderr.includes("CH TXT id.server") || ended(), "the server to be ready", PATIENCE_MS);
  if (ended()) throw new Error(`the server ended: ${program.stderr}${program.stdout}`);
}

/** A directory with these files, gone when the tests of the file are over. */
export function directoryWith(files: Readonly<Record<string, string>> = {}): string {
  const directory = mkdtempSync(join(tmpdir(), "zonecast-test-"));
  directories.push(directory);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text);
  return directory;
}
