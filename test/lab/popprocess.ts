/** A POP of the lab: the real program at its host, with the faults that can be put into it. */

import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { until } from "./clock.ts";
import { FAULTS_FOLDER, type Fault } from "./faults.ts";
import { HOLD, popYaml } from "./popyaml.ts";
import { type Running, start } from "./process.ts";
import { ZONECAST } from "./verb.ts";

const PRELOAD = fileURLToPath(new URL("./faults.ts", import.meta.url));
const END_MS = 20_000;

/** What a POP is to be like, where it is not as in most drills. */
export interface PopKind {
  readonly anycast?: boolean;
  /** See popyaml.ts. */
  readonly wary?: boolean;
  /** Faults can be put in, for which its threads look at files all the time. */
  readonly breakable?: boolean;
}

export class PopProcess {
  readonly name: string;
  readonly folder: string;
  /** What it keeps over restarts: zones, plans, its health's past. */
  readonly state: string;
  /** The socket of zonecast drain. */
  readonly control: string;
  readonly config: string;
  readonly #faults: string;
  #breakable = true;
  #running: Running | undefined;

  constructor(name: string, folder: string) {
    this.name = name;
    this.folder = join(folder, name);
    this.state = join(this.folder, "state");
    this.control = join(this.folder, "control.sock");
    this.config = join(this.folder, "pop.yaml");
    this.#faults = join(this.folder, "faults");
    mkdirSync(this.#faults, { recursive: true });
  }

  /** Starts it; `store` is the section of its configuration. */
  start(store: string, { anycast = true, wary = false, breakable = true }: PopKind = {}): void {
    const { name, state, control } = this;
    writeFileSync(this.config, popYaml(name, { state, control, store, hold: HOLD, anycast, wary }));
    this.#breakable = breakable;
    this.again();
  }

  /** Starts it once more, as it was. */
  again(): void {
    rmSync(this.#faults, { recursive: true, force: true });
    mkdirSync(this.#faults);
    this.#running = start({
      host: this.name,
      command: [process.execPath, ZONECAST, "serve", "--config", this.config],
      log: join(this.folder, "log"),
      env: this.#breakable ? { NODE_OPTIONS: `--import ${PRELOAD}`, [FAULTS_FOLDER]: this.#faults } : {},
    });
  }

  get pid(): number {
    return this.#running?.pid ?? 0;
  }

  get alive(): boolean {
    return this.#running?.alive === true;
  }

  /** What it said last, for errors. */
  get last(): string {
    return this.#running?.last.join("\n") ?? "";
  }

  signal(signal: NodeJS.Signals): void {
    this.#running?.signal(signal);
  }

  /** Kills it, and waits until it is gone. */
  async kill(): Promise<void> {
    this.signal("SIGKILL");
    await this.#running?.ended;
  }

  /** SIGTERM, until it has ended. */
  async stop(): Promise<void> {
    this.signal("SIGTERM");
    await until(`${this.name} has ended after SIGTERM`, END_MS, () => !this.alive);
  }

  /** Puts a fault in, or takes it out. */
  set(fault: Fault, on: boolean): void {
    // See faults.ts: the first file is what a thread waits for to be gone, the second is taken by the first thread.
    const files = fault === "udp-hang" ? ["udp-hung", fault] : [fault];
    for (const file of files.map((one) => join(this.#faults, one))) {
      if (on) writeFileSync(file, "");
      else rmSync(file, { force: true });
    }
  }

  /** Asks its control socket. */
  ask<T>(path: string): Promise<T> {
    return new Promise((resolve, reject) => {
      const asked = request({ socketPath: this.control, path, timeout: 2000 }, (response) => {
        let text = "";
        response.on("data", (chunk) => {
          text += chunk;
        });
        response.on("end", () => {
          try {
            resolve(JSON.parse(text) as T);
          } catch (error) {
            reject(error);
          }
        });
      });
      asked.once("timeout", () => asked.destroy(new Error(`${this.name} does not answer on its control socket`)));
      asked.once("error", reject);
      asked.end();
    });
  }
}
