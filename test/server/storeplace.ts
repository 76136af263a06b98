/** A sqlite store in a folder, somebody who publishes to it, and servers that follow it. */

import type { SpawnOptions } from "node:child_process";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { afterEach } from "vitest";
import { newPrivateKey, signerFrom } from "../../src/sync/manifest/keys.ts";
import type { Version } from "../../src/sync/manifest/manifest.ts";
import { initStore, openStore } from "../../src/sync/store/open.ts";
import type { Store } from "../../src/sync/store/store.ts";
import { Publisher } from "../sync/follow/publisher.ts";
import { freePort } from "../transport/port.ts";
import { until } from "../transport/stream.ts";
import { directoryWith, type Program, ready, type Server, type Status, start, withPorts } from "./program.ts";

const ACCESS = {
  credentials: undefined,
  tls: { ca: undefined, cert: undefined, key: undefined },
  pop: undefined,
  patience: "verb",
} as const;

const open: StorePlace[] = [];

// After each test its store is closed; servers and folders are program.ts's.
afterEach(async () => {
  await Promise.all(open.splice(0).map((place) => place.store.close()));
});

/** The records of a test's zone: www's TXT tells the version. */
function records(zone: string, serial: number, hosts: number): string {
  const lines = Array.from({ length: hosts }, (_, i) => `h${i}.${zone}\t60\tIN\tA\t192.0.2.${i % 250}`);
  return [`ns.${zone}\t60\tIN\tA\t192.0.2.53`, `www.${zone}\t60\tIN\tTXT\t"v${serial}"`, ...lines, ""].join("\n");
}

export class StorePlace {
  readonly file: string;
  readonly state: string;
  readonly store: Store;
  readonly publisher: Publisher;

  private constructor(folder: string, store: Store, publisher: Publisher) {
    this.file = join(folder, "store.db");
    this.state = join(folder, "state");
    this.store = store;
    this.publisher = publisher;
  }

  static async make(): Promise<StorePlace> {
    const folder = directoryWith();
    const where = `sqlite:${join(folder, "store.db")}`;
    const signer = signerFrom(newPrivateKey());
    await initStore(where, ACCESS, { history: 10, trust: [signer.publicKey], replicas: 1 });
    const store = await openStore(where, ACCESS);
    const place = new StorePlace(folder, store, new Publisher(store, signer));
    open.push(place);
    return place;
  }

  get where(): string {
    return `sqlite:${this.file}`;
  }

  /** Publishes a version of a zone with so many hosts; `claims` are what its manifest says otherwise. */
  async push(zone: string, serial: number, { hosts = 1, claims = {} as Partial<Version> } = {}): Promise<void> {
    await this.publisher.push({
      zone,
      serial,
      more: records(zone, serial, hosts),
      claims: { names: hosts + 3, ...claims },
    });
  }

  /** As push, for many zones in one swap. */
  async pushAll(zones: readonly string[], serial: number): Promise<void> {
    await this.publisher.pushAll(
      zones.map((zone) => ({ zone, serial, more: records(zone, serial, 1), claims: { names: 4 } })),
    );
  }

  /** The store's files are gone, as far as others can see. */
  async destroy(): Promise<void> {
    open.splice(open.indexOf(this), 1);
    await this.store.close();
    for (const suffix of ["", "-wal", "-shm", ".wake"]) rmSync(this.file + suffix, { force: true });
  }

  /** A server that follows the store: started, perhaps not ready yet. */
  async launch(args: readonly string[] = [], options: SpawnOptions = {}): Promise<Server> {
    const [port, admin] = [await freePort(), await freePort()];
    const places = ["--listen", `127.0.0.1@${port}`, "--admin", `127.0.0.1@${admin}`, "--pop", "test1"];
    const program = start(["serve", "--store", this.where, "--state", this.state, ...places, ...args], options);
    return withPorts(program, "", port, admin);
  }

  /** One that is ready. */
  async serving(args: readonly string[] = []): Promise<Server> {
    const server = await this.launch(args);
    await ready(server);
    return server;
  }
}

/** Waits until a TXT question gets this outcome. */
export async function untilAnswered(server: Server, name: string, outcome: string): Promise<void> {
  await until(async () => (await server.ask(name)) === outcome, `${outcome} for ${name}`);
}

/** Waits for an event in the log, and gives it. */
export async function untilLogged(server: Program, event: string): Promise<Readonly<Record<string, unknown>>> {
  await until(() => server.log(event).length > 0, event);
  return server.log(event)[0] as unknown as Readonly<Record<string, unknown>>;
}

/** What /status says of the source and of each zone, as a store gives it. */
export async function storeStatus(server: Server): Promise<{
  readonly ready: boolean;
  readonly waiting?: string;
  readonly source: Readonly<Record<string, unknown>>;
  readonly zones: readonly Readonly<Record<string, unknown>>[];
}> {
  const status = (await server.status()) as Status & { waiting?: string; source: Readonly<Record<string, unknown>> };
  const zones = status.zones as unknown as readonly Readonly<Record<string, unknown>>[];
  return { ...status, zones };
}
