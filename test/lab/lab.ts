/** The whole lab: hosts, routers, the store, POPs and clients, started together. */

import { cpSync, existsSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { popConf, transitConf } from "./birdconf.ts";
import { Clients, type Seen } from "./clients.ts";
import { now, pause, until } from "./clock.ts";
import { makeHosts, setCarrier, setSilent } from "./host.ts";
import { type PopKind, PopProcess } from "./popprocess.ts";
import { RouteLog } from "./routelog.ts";
import { Router } from "./router.ts";
import { Store } from "./store.ts";
import { CLIENTS, HOSTS, POPS, ROUTERS, SERVED, transitOf } from "./topology.ts";
import { ASKED } from "./zone.ts";

/** A start from nothing; on a machine that is busy with other things, too. */
const START_MS = 60_000;
const WAKE_MS = 1000;
/** Two and a half reports of the others: see src/anycast/fleet/view.ts. */
const LISTEN_MS = 20_000;
/** What clients saw for so long is how things are. */
const GLANCE_MS = 300;

export interface LabOptions {
  /** Where everything is written: a file system that goes with the lab. */
  readonly folder: string;
  /** What is being done, for people. */
  readonly tell: (text: string) => void;
}

export class Lab {
  readonly folder: string;
  readonly routes = new RouteLog();
  readonly routers = new Map<string, Router>();
  readonly pops = new Map<string, PopProcess>();
  readonly store: Store;
  readonly #tell: (text: string) => void;
  /** When a POP was last without word of the others. */
  readonly #deaf = new Map<string, number>();
  #clients: Clients | undefined;

  constructor({ folder, tell }: LabOptions) {
    this.folder = folder;
    this.#tell = tell;
    this.store = new Store(join(folder, "store"));
    const birds = join(folder, "bird");
    mkdirSync(birds, { recursive: true });
    for (const name of ROUTERS) {
      const note = (line: string) => this.routes.line(name, line);
      this.routers.set(name, new Router(name, birds, transitConf(name, { bfd: true }), note));
    }
    for (const { name } of POPS) {
      this.routers.set(name, new Router(name, birds, popConf(name, { bfd: true })));
      this.pops.set(name, new PopProcess(name, folder));
    }
  }

  /** Starts everything; resolves once each client is answered by the POP behind its own transit. */
  async start(): Promise<void> {
    const begun = now();
    await makeHosts();
    this.#tell(`${HOSTS.length} hosts with their links after ${seconds(begun)}`);
    await Promise.all([...[...this.routers.values()].map((router) => router.start()), this.store.start()]);
    this.#tell(`${this.routers.size} routers and the store (${this.store.where}) after ${seconds(begun)}`);
    for (const pop of this.pops.values()) pop.start(this.store.yaml);
    this.deafened();
    this.#clients = new Clients(ASKED);
    await this.untilSettled(START_MS);
    this.#tell(`all clients are served after ${seconds(begun)}`);
  }

  get clients(): Clients {
    if (this.#clients === undefined) throw new Error("the lab has not been started");
    return this.#clients;
  }

  pop(name: string): PopProcess {
    const pop = this.pops.get(name);
    if (pop === undefined) throw new Error(`there is no POP ${name}`);
    return pop;
  }

  router(name: string): Router {
    const router = this.routers.get(name);
    if (router === undefined) throw new Error(`there is no router ${name}`);
    return router;
  }

  /** Puts an end to a POP's process, and starts another that knows nothing of the past; see popyaml.ts. */
  async restart(name: string, kind: PopKind = {}): Promise<void> {
    await this.pop(name).kill();
    rmSync(this.pop(name).state, { recursive: true, force: true });
    this.pop(name).start(this.store.yaml, kind);
    this.deafened(name);
  }

  /** A POP, or each, begins anew to listen to the others. */
  deafened(name?: string): void {
    for (const pop of this.pops.keys()) if (name === undefined || pop === name) this.#deaf.set(pop, now());
  }

  /** Resolves once a POP, or each, has listened for so long that it decides on things that the fleet is asked for. */
  async untilListened(name?: string): Promise<void> {
    const since = [...this.#deaf].filter(([pop]) => name === undefined || pop === name).map(([, at]) => at);
    await pause(Math.max(0, Math.max(0, ...since) + LISTEN_MS - now()));
  }

  /** BFD between a POP and its transit, on or off. Resolves when all is as before. */
  async setBfd(name: string, bfd: boolean): Promise<void> {
    const transit = transitOf(name);
    await this.router(name).configure(popConf(name, { bfd }));
    await this.router(transit).configure(transitConf(transit, { bfd }));
    await this.untilSettled(START_MS);
  }

  /** Takes out whatever drills have put in, and starts all POPs anew. */
  async mend(): Promise<void> {
    await this.store.setCutOff(false).catch(() => {});
    for (const { name, transit } of POPS) {
      await setCarrier(name, true);
      await setSilent(name, false).catch(() => {});
      if (!this.router(name).alive) await this.router(name).start();
      await this.router(name).configure(popConf(name, { bfd: true }));
      await this.router(transit).configure(transitConf(transit, { bfd: true }));
    }
    await this.store.mustPush({ canary: true });
    await Promise.all(POPS.map(({ name }) => this.restart(name)));
    await this.untilSettled(START_MS);
  }

  /** Copies what all programs have logged to a folder. */
  copyLogs(folder: string): void {
    mkdirSync(folder, { recursive: true });
    const own = [...this.pops.keys(), "store"].map((host) => [join(host, "log"), `${host}.log`] as const);
    const birds = [...this.routers.keys()].map((host) => [join("bird", `${host}.log`), `bird-${host}.log`] as const);
    for (const [from, to] of [...own, ...birds]) {
      // What has not been started has no log.
      if (existsSync(join(this.folder, from))) cpSync(join(this.folder, from), join(folder, to));
    }
  }

  /** Wakes all routers; see Router. */
  async wake(): Promise<void> {
    await Promise.all([...this.routers.values()].map((router) => router.wake()));
  }

  /** Resolves once every client is answered as when nothing fails, and all routes are there. */
  async untilSettled(patience: number): Promise<void> {
    let woken = 0;
    let why = "";
    const settled = async () => {
      const ended = this.#ended();
      if (ended !== "") throw new Error(ended);
      if (now() - woken > WAKE_MS) {
        woken = now();
        await this.wake();
      }
      why = this.#unsettled(await this.clients.glance(GLANCE_MS)) ?? "";
      return why === "";
    };
    await until("all is as it was", patience, settled, 50).catch((error: Error) => {
      throw new Error(`${error.message}${why && `: ${why}`}`);
    });
  }

  /** What is not as it should be. */
  #unsettled(seen: readonly Seen[]): string | undefined {
    for (const { name } of POPS) {
      const missing = SERVED.find(({ prefix }) => !this.routes.has(name, prefix));
      if (missing) return `${name} does not announce ${missing.prefix}`;
    }
    for (const { client, address, lost, wrong, by } of seen) {
      const who = Object.keys(by);
      if (lost > 0 || who.length === 0) return `${client} has no answer from ${address}`;
      if (wrong > 0) return `${client} has wrong answers from ${address}`;
      const near = POPS.find(({ transit }) => transit === transitOf(client));
      if (near && who.some((pop) => pop !== near.name))
        return `${client} is answered by ${who.join(", ")} at ${address}`;
    }
    return undefined;
  }

  #ended(): string {
    const ended = [...this.pops.values()].filter(({ alive }) => !alive);
    return ended.map(({ name, last }) => `${name} has ended:\n${last}`).join("\n");
  }
}

function seconds(since: number): string {
  return `${((now() - since) / 1000).toFixed(1)} s`;
}

/** The client behind the transit of a POP. */
export function clientOf(pop: string): string {
  const found = CLIENTS.find(({ transit }) => transit === transitOf(pop));
  if (found === undefined) throw new Error(`${pop} has no client`);
  return found.name;
}
