/** A real nats-server of a test's own, on free ports of the loopback interface, ended by its pid. */

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { test } from "vitest";
import { have } from "../../support/need.ts";
import { freePort } from "../../transport/port.ts";

export const PROGRAM: string | undefined = findNats(process.env, ["/usr/sbin", "/usr/local/sbin"]);

/** Milliseconds until a server must have done what it is told. */
const PATIENCE = 30_000;

export interface NatsOptions {
  /** Goes into the configuration: accounts, tls. */
  readonly config?: string;
  /** JetStream's limit for files, in octets. */
  readonly maxFile?: number;
  readonly jetstream?: boolean;
}

export class NatsServer {
  readonly port: number;
  readonly folder: string;
  readonly #http: number;
  readonly #options: NatsOptions;
  #process: ChildProcess | undefined;

  private constructor(port: number, http: number, folder: string, options: NatsOptions) {
    this.port = port;
    this.#http = http;
    this.folder = folder;
    this.#options = options;
  }

  static async start(options: NatsOptions = {}): Promise<NatsServer> {
    for (let tries = 1; ; tries++) {
      const folder = mkdtempSync(join(tmpdir(), "zonecast-nats-"));
      const server = new NatsServer(await freePort(), await freePort(), folder, options);
      try {
        await server.start();
        return server;
      } catch (error) {
        await server.remove();
        // Somebody may have taken one of the ports meanwhile.
        if (tries === 3) throw error;
      }
    }
  }

  get url(): string {
    return `nats://127.0.0.1:${this.port}`;
  }

  /** Where JetStream keeps its files. */
  get data(): string {
    return join(this.folder, "data");
  }

  get pid(): number {
    return this.#process?.pid ?? 0;
  }

  /** Starts it, again after it was ended, and waits until it answers. */
  async start(): Promise<void> {
    const file = join(this.folder, "nats.conf");
    const limit = this.#options.maxFile === undefined ? "" : `, max_file_store: ${this.#options.maxFile}`;
    const jetstream = this.#options.jetstream === false ? "" : `jetstream { store_dir: "${this.data}"${limit} }`;
    const lines = [`listen: "127.0.0.1:${this.port}"`, `http: "127.0.0.1:${this.#http}"`, jetstream];
    writeFileSync(file, [...lines, this.#options.config ?? ""].join("\n"));
    const log = join(this.folder, "nats.log");
    this.#process = spawn(PROGRAM ?? "nats-server", ["-c", file, "-l", log], { stdio: "ignore" });
    await this.#ready();
  }

  /** Ends it: "SIGTERM" in order, "SIGKILL" at once. */
  async stop(signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
    const child = this.#process;
    this.#process = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill(signal);
    await ended;
  }

  /** Sends it a signal, such as "SIGHUP" to read its configuration again, or "SIGCONT" after it was frozen. */
  signal(signal: NodeJS.Signals): void {
    this.#process?.kill(signal);
  }

  /** Has it stand still. On a busy machine the signal takes its time, and meanwhile the server answers: so that is awaited. */
  async freeze(): Promise<void> {
    this.signal("SIGSTOP");
    const until = performance.now() + PATIENCE;
    while (!standsStill(this.pid)) {
      if (performance.now() > until) throw new Error(`nats-server (${this.pid}) does not stop`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  /** Copies what JetStream has on disk; the function that it gives puts the copy back. Both while it is ended. */
  copy(): () => void {
    const copy = join(this.folder, "copy");
    cpSync(this.data, copy, { recursive: true });
    return () => {
      rmSync(this.data, { recursive: true });
      cpSync(copy, this.data, { recursive: true });
    };
  }

  /** Ends it and takes its files away. */
  async remove(): Promise<void> {
    await this.stop("SIGKILL");
    rmSync(this.folder, { recursive: true, force: true });
  }

  async #ready(): Promise<void> {
    const until = performance.now() + PATIENCE;
    while (performance.now() < until && this.#process?.exitCode === null) {
      try {
        if ((await fetch(`http://127.0.0.1:${this.#http}/healthz`)).ok) return;
      } catch {
        // Not yet.
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    const log = readFileSync(join(this.folder, "nats.log"), "utf8").split("\n").slice(-10).join("\n");
    throw new Error(`nats-server does not answer on port ${this.#http}:\n${log}`);
  }
}

/** True when the machine has a nats-server; in CI it must. */
export function hasNats(): boolean {
  return have("nats-server (in $NATS_SERVER or PATH)", PROGRAM !== undefined);
}

/** A test over a nats-server; skipped by name where there is none. A slow machine gets a minute. */
export function testNats(name: string, run: () => Promise<void>): void {
  if (hasNats()) test(name, run, 60_000);
  else test.skip(`${name} (needs nats-server)`, () => {});
}

/** True when a process is stopped: on Linux, when all of its threads are. */
function standsStill(pid: number): boolean {
  if (process.platform !== "linux") {
    return spawnSync("ps", ["-o", "stat=", "-p", String(pid)])
      .stdout.toString()
      .startsWith("T");
  }
  try {
    const tasks = readdirSync(`/proc/${pid}/task`).map((task) => `/proc/${pid}/task/${task}/stat`);
    return tasks.every((task) => /\) [Tt] /.test(readFileSync(task, "utf8")));
  } catch {
    // A thread that has ended while it was looked for.
    return false;
  }
}

/** The nats-server of $NATS_SERVER, of PATH, or of folders where packages put it. */
export function findNats(
  env: { readonly NATS_SERVER?: string | undefined; readonly PATH?: string | undefined },
  others: readonly string[],
): string | undefined {
  const folders = [...(env.PATH ?? "").split(delimiter).filter((folder) => folder !== ""), ...others];
  const places = [env.NATS_SERVER, ...folders.map((folder) => join(folder, "nats-server"))];
  return places.find((place) => place !== undefined && spawnSync(place, ["--version"]).status === 0);
}
