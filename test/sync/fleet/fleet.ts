/** A whole fleet on one machine: a real store, the real program as POPs and as publisher, and the real push code in this process. */

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, test } from "vitest";
import { newPrivateKey, type Signer, signerFrom, Trust } from "../../../src/sync/manifest/keys.ts";
import type { Manifest } from "../../../src/sync/manifest/manifest.ts";
import { openManifest } from "../../../src/sync/manifest/message.ts";
import { type PopReport, readReport } from "../../../src/sync/report.ts";
import { initStore, openStore, type StoreAccess } from "../../../src/sync/store/open.ts";
import type { Store } from "../../../src/sync/store/store.ts";
import { ACCESS } from "../../cli/publisher.ts";
import { directoryWith, type Exit, type Program, run, start } from "../../server/program.ts";
import { hasNode24 } from "../../support/need.ts";
import { until } from "../../transport/stream.ts";
import { hasNats, type NatsOptions, NatsServer } from "../store/natsserver.ts";
import { Pop, type PopOptions } from "./pop.ts";

export interface FleetOptions {
  readonly engine?: "nats" | "sqlite";
  /** Of nats-server. */
  readonly server?: NatsOptions;
  /** Who the fleet itself is at nats-server, with a credential in a file of that name: it may do anything. */
  readonly user?: string;
  /** Settings of publishers; `--config pop.yaml` takes them. */
  readonly publish?: object;
}

const open: Fleet[] = [];

// Programs and folders are program.ts's to end.
afterAll(async () => {
  await Promise.all(open.splice(0).map((fleet) => fleet.end()));
});

export class Fleet {
  readonly folder: string;
  readonly signer: Signer;
  /** Undefined with sqlite. */
  readonly server: NatsServer | undefined;
  readonly pops = new Map<string, Pop>();
  readonly #where: string;
  readonly #access: StoreAccess;
  #store: Store | undefined;

  private constructor(folder: string, signer: Signer, where: string, server: NatsServer | undefined, user?: string) {
    this.folder = folder;
    this.signer = signer;
    this.#where = where;
    this.server = server;
    this.#access = { ...ACCESS, credentials: user && join(folder, user) };
  }

  /** A store, a key in `key.pem`, and nothing more. */
  static async make(options: FleetOptions = {}): Promise<Fleet> {
    const folder = directoryWith({ "pop.yaml": JSON.stringify({ publish: options.publish ?? {} }) });
    mkdirSync(join(folder, "zones"));
    const pem = newPrivateKey();
    writeFileSync(join(folder, "key.pem"), pem, { mode: 0o600 });
    const server = options.engine === "sqlite" ? undefined : await NatsServer.start(options.server);
    const where = server?.url ?? `sqlite:${join(folder, "store.db")}`;
    const { user } = options;
    if (user !== undefined) writeFileSync(join(folder, user), `${user}:${user}-word\n`);
    const fleet = new Fleet(folder, signerFrom(pem), where, server, user);
    open.push(fleet);
    await fleet.init();
    return fleet;
  }

  /** Makes the store, or one anew in the place of one that is gone. */
  async init(): Promise<void> {
    await initStore(this.#where, this.#access, { history: 10, trust: [this.signer.publicKey], replicas: 1 });
  }

  get where(): string {
    return this.#where;
  }

  get trust(): Trust {
    return new Trust([this.signer.publicKey]);
  }

  get environment(): NodeJS.ProcessEnv {
    const { ZONECAST_CREDENTIALS: _, POP_ID: __, ...rest } = process.env;
    return {
      ...rest,
      ZONECAST_STORE: this.#where,
      ZONECAST_KEY: join(this.folder, "key.pem"),
      ZONECAST_TRUST: this.signer.publicKey,
      ZONECAST_BY: "alice@desk",
      XDG_CACHE_HOME: join(this.folder, "cache"),
    };
  }

  /** The store, as a publisher has it open; closed with the fleet. */
  async store(): Promise<Store> {
    this.#store ??= await openStore(this.#where, this.#access);
    return this.#store;
  }

  /** Starts POPs, and waits until each is ready: there must be a zone by then. */
  async serve(...pops: readonly (string | (PopOptions & { readonly pop: string }))[]): Promise<void> {
    await Promise.all(
      pops.map(async (one) => {
        const { pop, ...options } = typeof one === "string" ? { pop: one } : one;
        const made = await Pop.make(pop, this, options);
        this.pops.set(pop, made);
        await made.start();
      }),
    );
  }

  pop(name: string): Pop {
    const pop = this.pops.get(name);
    if (pop === undefined) throw new Error(`there is no POP ${name}`);
    return pop;
  }

  write(name: string, text: string): void {
    writeFileSync(join(this.folder, name), text);
  }

  /** Runs the program as a publisher would, to its end. */
  run(...args: readonly string[]): Promise<Program & Exit> {
    return run(args, { cwd: this.folder, env: this.environment });
  }

  /** Starts it. */
  start(...args: readonly string[]): Program {
    return start(args, { cwd: this.folder, env: this.environment });
  }

  /** Pushes files, which must work. */
  async push(...args: readonly string[]): Promise<Program & Exit> {
    const pushed = await this.run("push", ...args);
    if (pushed.code !== 0) throw new Error(`push ended with ${pushed.code}: ${pushed.stderr}${pushed.stdout}`);
    return pushed;
  }

  async manifest(zone: string): Promise<Manifest> {
    const entry = await (await this.store()).head(zone);
    if (entry === undefined) throw new Error(`the store has no ${zone}`);
    return openManifest(zone, entry.octets, this.trust).manifest;
  }

  /** What a POP last reported. */
  async report(pop: string): Promise<PopReport | undefined> {
    const reports = await (await this.store()).reports();
    const report = reports.find((one) => one.pop === pop);
    return report && readReport(report.octets);
  }

  /** Waits for a POP's report to be as wanted. */
  async untilReport(pop: string, wanted: (report: PopReport) => boolean, what: string): Promise<PopReport> {
    let last: PopReport | undefined;
    await until(
      async () => {
        last = await this.report(pop);
        return last !== undefined && wanted(last);
      },
      `the report of ${pop}: ${what}`,
      30_000,
    );
    return last as PopReport;
  }

  /** The connection to the store is given up: the next use opens another. */
  async forgetStore(): Promise<void> {
    const store = this.#store;
    this.#store = undefined;
    await store?.close();
  }

  async end(): Promise<void> {
    await Promise.all([...this.pops.values()].map((pop) => pop.end()));
    await this.forgetStore();
    await this.server?.remove();
  }
}

/** True where real POPs can follow NATS. */
export function canServe(): boolean {
  return hasNode24() && hasNats();
}

/** A test with real POPs over NATS; skipped by name where something is missing. */
export function fleetTest(name: string, run: () => Promise<void>): void {
  if (canServe()) test(name, run);
  else test.skip(`${name} (needs Node 24 and nats-server)`, () => {});
}
