/** The central store: nats-server at a host of its own, behind the transits; and what is pushed to it. */

import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { until } from "./clock.ts";
import { setSilent } from "./host.ts";
import { type Running, start } from "./process.ts";
import { addressOn, STORE } from "./topology.ts";
import { type Done, mustZonecast, zonecast } from "./verb.ts";
import { ZONE, zoneText } from "./zone.ts";

const READY_MS = 15_000;
const PORT = 4222;
const EXAMPLES = fileURLToPath(new URL("../../zones", import.meta.url));

export interface Push {
  readonly canary: boolean;
  /** POPs that get it first, and for now alone. */
  readonly first?: string;
  /** Guards that are told that it is meant. */
  readonly allow?: readonly string[];
}

export class Store {
  /** Over the net: a POP that is cut off has none. False without nats-server: then it is a file that all share. */
  readonly overNet: boolean;
  readonly where: string;
  readonly #folder: string;
  #server: Running | undefined;
  #trust = "";
  #serial = 2026010100;

  constructor(folder: string) {
    this.#folder = folder;
    mkdirSync(folder, { recursive: true });
    this.overNet = spawnSync("nats-server", ["--version"]).status === 0;
    const { v4 } = addressOn(STORE.name, STORE.transit);
    this.where = this.overNet ? `nats://${v4}:${PORT}` : `sqlite:${join(folder, "store.db")}`;
  }

  /** Starts it, makes the store in it and pushes the zones. */
  async start(): Promise<void> {
    if (this.overNet) await this.#startServer();
    const yaml = await mustZonecast(STORE.name, ["store", "init", "--store", this.where, "--key", this.#key]);
    this.#trust = /ed25519:\S+/.exec(yaml)?.[0] ?? "";
    await mustZonecast(STORE.name, ["push", ...this.#config(), "--quiet", EXAMPLES, this.#write({ canary: true })]);
  }

  async #startServer(): Promise<void> {
    const conf = join(this.#folder, "nats.conf");
    const lines = [`listen: "0.0.0.0:${PORT}"`, `jetstream { store_dir: "${join(this.#folder, "data")}" }`, ""];
    writeFileSync(conf, lines.join("\n"));
    let ready = false;
    const server = start({
      host: STORE.name,
      command: ["nats-server", "-c", conf],
      log: join(this.#folder, "log"),
      line: (line) => {
        ready ||= line.includes("Server is ready");
      },
    });
    this.#server = server;
    await until("nats-server is ready", READY_MS, () => {
      if (!server.alive) throw new Error(`nats-server has ended: ${server.last.join("\n")}`);
      return ready;
    });
  }

  /** For a POP's configuration. */
  get yaml(): string {
    return `store: { at: "${this.where}", trust: ["${this.#trust}"] }\n`;
  }

  get #key(): string {
    return join(this.#folder, "publisher.key");
  }

  /** For publishers: with `first`, what is pushed comes to that POP first, and for now to it alone. */
  #config(first?: string): string[] {
    const file = join(this.#folder, "publish.yaml");
    const waves = first === undefined ? "[]" : `[{ to: ${first}, bake: 3600 }, { to: "*", bake: 0 }]`;
    writeFileSync(file, `${this.yaml}publish: { key: ${this.#key}, waves: ${waves} }\n`);
    return ["--config", file];
  }

  /** The zone's next version, in a file. */
  #write({ canary }: Push): string {
    const folder = join(this.#folder, "zones");
    mkdirSync(folder, { recursive: true });
    const file = join(folder, `${ZONE}.zone`);
    this.#serial++;
    writeFileSync(file, zoneText(this.#serial, { canary }));
    return file;
  }

  /** Pushes the zone's next version. */
  push(push: Push): Promise<Done> {
    const { first, allow = [] } = push;
    const allowed = allow.length === 0 ? [] : [...allow.flatMap((guard) => ["--allow", guard]), "--why", "a drill"];
    return zonecast(STORE.name, ["push", ...this.#config(first), ...allowed, this.#write(push)]);
  }

  /** The same, and it must be published. */
  async mustPush(push: Push): Promise<void> {
    const { code, complaint } = await this.push(push);
    if (code !== 0) throw new Error(`the zone was not published: ${complaint.trim()}`);
  }

  /** Pushes a text as the zone's next version. */
  pushText(text: (serial: number) => string): Promise<Done> {
    const file = this.#write({ canary: true });
    writeFileSync(file, text(this.#serial));
    return zonecast(STORE.name, ["push", ...this.#config(), file]);
  }

  /** Takes a rollout back. */
  async abort(): Promise<void> {
    await mustZonecast(STORE.name, ["rollout", ZONE, "abort", ...this.#config()]);
  }

  /** Nobody reaches it, and it says nothing; or it is back. */
  async setCutOff(cutOff: boolean): Promise<void> {
    await setSilent(STORE.name, cutOff);
  }

  get alive(): boolean {
    return this.#server === undefined || this.#server.alive;
  }
}
