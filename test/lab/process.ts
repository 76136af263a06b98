/** Processes of the lab: each in the namespace of its host, with a log, ended by its pid. */

import { type ChildProcess, spawn } from "node:child_process";
import { createWriteStream } from "node:fs";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { at } from "./host.ts";

const LAST_LINES = 15;

export interface Start {
  readonly host: string;
  readonly command: readonly string[];
  /** A file that both of its outputs go to. */
  readonly log: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Every line that it writes, as soon as it is there. */
  readonly line?: (line: string) => void;
}

export interface Running {
  readonly pid: number;
  /** Resolves when it has ended. */
  readonly ended: Promise<void>;
  readonly alive: boolean;
  /** What it said last. */
  readonly last: readonly string[];
  signal(signal: NodeJS.Signals): void;
}

/** Starts a program at a host. The namespace is entered by what then becomes the program, so its pid is the program's. */
export function start({ host, command, log, env, line }: Start): Running {
  const [program, ...args] = at(host, command);
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"], detached: true, env: cleanEnv(env) });
  const file = createWriteStream(log, { flags: "a" });
  const last: string[] = [];
  const note = (text: string) => {
    file.write(`${text}\n`);
    if (last.push(text) > LAST_LINES) last.shift();
    line?.(text);
  };
  eachLine(child.stdout, note);
  eachLine(child.stderr, note);
  return running(child, last, file);
}

function running(child: ChildProcess, last: readonly string[], file: { end(): void }): Running {
  const ended = new Promise<void>((resolve) => {
    child.once("error", () => resolve());
    child.once("close", () => resolve());
  }).finally(() => file.end());
  return {
    pid: child.pid ?? 0,
    ended,
    get alive() {
      return child.exitCode === null && child.signalCode === null;
    },
    last,
    signal: (signal) => void child.kill(signal),
  };
}

function eachLine(stream: Readable, each: (line: string) => void): void {
  createInterface({ input: stream }).on("line", each);
}

/** The environment without what would change the program under test. */
export function cleanEnv(more: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !/^(?:NODE_|ZONECAST_|POP_ID|VITEST|npm_)/.test(name));
  return { ...Object.fromEntries(kept), ...more };
}
