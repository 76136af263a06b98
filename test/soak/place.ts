/** Two servers to be asked: one with zone files, which are reloaded, and one that follows a store, which is pushed to. */

import { type ChildProcess, execFile, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { freePort } from "../transport/port.ts";
import { until } from "../transport/stream.ts";
import { served } from "./confirm.ts";
import { zoneName, zoneText } from "./questions.ts";

const run = promisify(execFile);
const MAIN = resolve(import.meta.dirname, "../../src/main.ts");
/** A machine that does much else may take long. */
const PATIENCE_MS = 60_000;

interface LogLine {
  readonly event: string;
  readonly level: string;
  readonly zone?: string;
  readonly serial?: number;
  readonly msg: string;
}

/** A server of the soak. */
export interface Soaked {
  readonly name: string;
  readonly port: number;
  readonly admin: number;
  readonly pid: number;
  /** Its zones, by number. */
  readonly zones: readonly number[];
  readonly log: readonly LogLine[];
  readonly child: ChildProcess;
}

export interface Place {
  readonly files: Soaked;
  readonly store: Soaked;
  /** Writes a version of a zone and sends SIGHUP; resolves when every thread serves it. */
  reload(zone: number, version: number): Promise<void>;
  /** Has zonecast push publish a version, and wait until the server answers with it. */
  push(zone: number, version: number): Promise<void>;
  /** SIGTERM to both; their exit codes. */
  stop(): Promise<(number | null)[]>;
  /** What was said of more than information, by either. */
  complaints(): readonly string[];
}

/** Makes the place: so many zones for each server, with so many hosts, all at version 1. */
export async function makePlace(zonesEach: number, hosts: number): Promise<Place> {
  const folder = mkdtempSync(join(tmpdir(), "zonecast-soak-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  for (const name of ["zones", "pushed"]) mkdirSync(join(folder, name));
  const own = Array.from({ length: zonesEach }, (_, i) => i);
  const pushed = own.map((i) => zonesEach + i);
  const write = (name: string, zone: number, version: number) => {
    const file = join(folder, name, `${zoneName(zone)}.zone`);
    writeFileSync(`${file}.new`, zoneText(version, hosts));
    renameSync(`${file}.new`, file);
    return file;
  };
  for (const zone of own) write("zones", zone, 1);
  for (const zone of pushed) write("pushed", zone, 1);
  const { POP_ID: _, ZONECAST_KEY: __, ZONECAST_TRUST: ___, ...rest } = process.env;
  const env = { ...rest, ZONECAST_STORE: `sqlite:${join(folder, "store.db")}`, XDG_CACHE_HOME: join(folder, "cache") };
  const verb = (...args: string[]) => run(process.execPath, [MAIN, ...args], { cwd: folder, env });
  await verb("store", "init");
  await verb("push", "pushed");
  const { ZONECAST_STORE: where, ...storeless } = env;
  const files = await begin(folder, "files", own, ["--zones", join(folder, "zones")], storeless);
  const store = await begin(folder, "store", pushed, ["--store", where], storeless);
  const servers = [files, store];
  return {
    files,
    store,
    async reload(zone, version) {
      write("zones", zone, version);
      files.child.kill("SIGHUP");
      await served(files.port, zone, version, PATIENCE_MS);
    },
    async push(zone, version) {
      await verb("push", write("pushed", zone, version), "--wait");
    },
    async stop() {
      const ends = servers.map(
        ({ child }) => new Promise<number | null>((done) => child.once("exit", (code) => done(code))),
      );
      for (const { child } of servers) child.kill("SIGTERM");
      const codes = await Promise.all(ends);
      rmSync(folder, { recursive: true, force: true });
      return codes;
    },
    complaints: () =>
      servers.flatMap(({ name, log }) =>
        log
          // Who runs it, runs it as root or not.
          .filter(({ level, event }) => level !== "info" && event !== "privileges.root")
          .map(({ event, msg }) => `${name}: ${event}: ${msg}`),
      ),
  };
}

async function begin(
  folder: string,
  name: string,
  zones: readonly number[],
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<Soaked> {
  const [port, admin] = [await freePort(), await freePort()];
  const file = join(folder, `${name}.yaml`);
  writeFileSync(
    file,
    `pop: ${name}\nlisten: 127.0.0.1@${port}\nadmin: 127.0.0.1@${admin}\nworkers: 1\nlog: { format: json }\n`,
  );
  const all = [MAIN, "serve", "--config", file, "--state", join(folder, `${name}-state`), ...args];
  const child = spawn(process.execPath, all, { env, stdio: ["ignore", "pipe", "pipe"] });
  process.once("exit", () => child.kill("SIGKILL"));
  const log: LogLine[] = [];
  let partial = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    const lines = (partial + text).split("\n");
    partial = lines.pop() ?? "";
    log.push(...lines.map((line) => JSON.parse(line) as LogLine));
  });
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    said += text;
  });
  await until(() => said.includes("CH TXT id.server") || child.exitCode !== null, `the server ${name}`, PATIENCE_MS);
  if (child.exitCode !== null || child.pid === undefined) throw new Error(`the server ${name} ended: ${said}`);
  return { name, port, admin, pid: child.pid, zones, log, child };
}
