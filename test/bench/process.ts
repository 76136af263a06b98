/** Servers as processes under measurement: started, timed to their first right answer, weighed, stopped. */

import { type ChildProcess, spawn } from "node:child_process";
import { createSocket } from "node:dgram";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { encode } from "dns-packet";

export const PORT = 5391;
const root = resolve(import.meta.dirname, "../..");

export interface Running {
  readonly child: ChildProcess;
  readonly started: number;
  stop(): Promise<void>;
}

/** Starts a command; `core` pins it with taskset. */
export function run(command: readonly string[], core?: number): Running {
  const [program, ...args] = core === undefined ? command : ["taskset", "-c", String(core), ...command];
  const started = performance.now();
  const child = spawn(program, args, { stdio: "ignore", cwd: root });
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  return {
    child,
    started,
    stop: async () => {
      child.kill("SIGTERM");
      await ended;
    },
  };
}

/** Our server on PORT. */
export function zonecast(zones: string, workers = 0): readonly string[] {
  const config = join(zones, "pop.yaml");
  writeFileSync(
    config,
    `pop: bench\nlisten: [127.0.0.1@${PORT}]\nworkers: ${workers}\nzones: ${zones}\ncookies: {enabled: false}\n`,
  );
  return [process.execPath, "src/zonecast.js", "serve", "--config", config];
}

/** NSD on PORT, one server process. */
export function nsd(directory: string, zones: readonly { name: string; file: string }[]): readonly string[] {
  const config = join(directory, "nsd.conf");
  const server = [
    "server:",
    `  ip-address: 127.0.0.1@${PORT}`,
    `  zonesdir: "${directory}"`,
    `  pidfile: "${directory}/nsd.pid"`,
    '  database: ""',
    `  xfrdfile: "${directory}/xfrd.state"`,
    `  zonelistfile: "${directory}/zone.list"`,
    '  username: ""',
    "  server-count: 1",
    "  rrl-ratelimit: 0",
    "remote-control:",
    "  control-enable: no",
  ];
  const list = zones.map(({ name, file }) => `zone:\n  name: ${name}\n  zonefile: ${file}\n`);
  writeFileSync(config, `${server.join("\n")}\n${list.join("")}`);
  return ["nsd", "-d", "-c", config];
}

/** Seconds from the start until each name has been answered with an A record or a referral. */
export async function untilAnswered(running: Running, names: readonly string[]): Promise<number> {
  for (const name of names)
    while (!(await answered(name))) if (performance.now() - running.started > 60_000) return Number.NaN;
  return (performance.now() - running.started) / 1000;
}

function answered(name: string): Promise<boolean> {
  const socket = createSocket("udp4");
  const query = encode({ type: "query", id: 1, questions: [{ type: "A", name }] });
  return new Promise<boolean>((resolve) => {
    setTimeout(() => resolve(false), 15);
    socket.once("message", (reply) => resolve((reply[3] & 15) === 0 && reply[7] + reply[9] > 0));
    socket.once("error", () => resolve(false));
    socket.send(query, PORT, "127.0.0.1");
  }).finally(() => socket.close());
}

/** Memory of a process and its children in MB: resident, and with what they share counted once (PSS). */
export function memory(pid: number): { readonly rss: number; readonly pss: number } {
  let rss = 0;
  let pss = 0;
  for (const one of family(pid)) {
    const rollup = readFileSync(`/proc/${one}/smaps_rollup`, "utf8");
    rss += Number(/^Rss:\s+(\d+)/m.exec(rollup)?.[1] ?? 0);
    pss += Number(/^Pss:\s+(\d+)/m.exec(rollup)?.[1] ?? 0);
  }
  return { rss: Math.round(rss / 1024), pss: Math.round(pss / 1024) };
}

/** A process and all below it. */
export function family(pid: number): number[] {
  const children = readdirSync(`/proc/${pid}/task`).flatMap((task) =>
    readFileSync(`/proc/${pid}/task/${task}/children`, "utf8").split(" ").filter(Boolean).map(Number),
  );
  return [pid, ...children.flatMap(family)];
}
