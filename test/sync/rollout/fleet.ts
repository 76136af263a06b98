/** A small fleet over a real store: POPs that follow, report and answer SOA queries on sockets of their own. */

import { createSocket, type Socket } from "node:dgram";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { decode, encode, type Packet } from "dns-packet";
import { newPrivateKey, type Signer, signerFrom, Trust } from "../../../src/sync/manifest/keys.ts";
import { type Manifest, type Version, versionFor, type Wave } from "../../../src/sync/manifest/manifest.ts";
import { manifestMessage, openManifest } from "../../../src/sync/manifest/message.ts";
import { compose, contentOf } from "../../../src/sync/publish/compose.ts";
import type { PopReport, Receipt, Refused, ZoneCounts } from "../../../src/sync/report.ts";
import { targetsAt } from "../../../src/sync/rollout/change.ts";
import type { Hand, Published } from "../../../src/sync/rollout/waited.ts";
import { initSqlite, openSqlite } from "../../../src/sync/store/sqlite.ts";
import type { Entry, Store } from "../../../src/sync/store/store.ts";

const NONE: ZoneCounts = { seconds: 0, queries: 0, nxdomain: 0, servfail: 0, refused: 0 };

export interface FakeOptions {
  readonly groups?: readonly string[];
  /** What its clock is off, in milliseconds. */
  readonly skew?: number;
  /** Who it says that it is (NSID). */
  readonly nsid?: string;
  readonly announcing?: boolean | "with zones";
  /** It is not ready, and does not announce, until it has a zone. */
  readonly starting?: boolean;
  /** Versions that it refuses, and those under which half of its answers are SERVFAIL. */
  readonly refuses?: readonly number[];
  readonly fails?: readonly number[];
  /** From the start, it reports what it does not answer with. */
  readonly lies?: boolean;
  /** Where it can be asked; its own address, unless it is said. */
  readonly ask?: readonly string[];
  /** Milliseconds before it takes a manifest. */
  readonly slow?: number;
}

interface Served {
  readonly version: Version;
  readonly id: number;
}

/** A POP: not the real one, but it says and answers what that would. */
export class FakePop {
  readonly name: string;
  readonly options: FakeOptions;
  readonly #fleet: TestFleet;
  readonly #socket: Socket = createSocket("udp4");
  readonly #stop = new AbortController();
  readonly served = new Map<string, Served>();
  /** Versions that it has begun to serve, of any zone. */
  readonly taken: number[] = [];
  readonly #refused = new Map<string, Refused>();
  readonly #recent: Receipt[] = [];
  readonly #rollouts = new Set<string>();
  #answers = new Map<string, number>();
  #lies: boolean;
  #position = 0;
  #epoch = "";
  #timer: NodeJS.Timeout | undefined;
  /** How often it was asked. */
  asked = 0;

  constructor(name: string, fleet: TestFleet, options: FakeOptions) {
    this.name = name;
    this.options = options;
    this.#lies = options.lies === true;
    this.#fleet = fleet;
  }

  async start(): Promise<void> {
    this.#socket.on("message", (query, from) => this.#answer(query, from.address, from.port));
    await new Promise<void>((resolve) => this.#socket.bind(0, "127.0.0.1", resolve));
    void this.#follow();
    this.#timer = setInterval(() => void this.report(), 200);
  }

  async #follow(): Promise<void> {
    for await (const event of this.#fleet.store.watch(undefined, this.#stop.signal)) {
      if (event.say !== "entries" && event.say !== "synced") continue;
      if (event.say === "entries") {
        if (this.options.slow) await new Promise((resolve) => setTimeout(resolve, this.options.slow));
        for (const entry of event.entries) this.#take(entry);
      }
      this.#epoch = event.cursor.epoch;
      this.#position = event.cursor.position;
      await this.report();
    }
  }

  #take({ zone, octets }: Entry): void {
    const { manifest } = openManifest(zone, octets, this.#fleet.trust);
    const version = versionFor(manifest, [...(this.options.groups ?? []), this.name]);
    if (manifest.rollout) this.#rollouts.add(zone);
    else this.#rollouts.delete(zone);
    this.#refused.delete(zone);
    if (version === undefined) {
      this.served.delete(zone);
      this.#answers.delete(zone);
      return;
    }
    if (this.options.refuses?.includes(version.version)) {
      const serves = this.served.get(zone);
      const why = "it has no NS at its apex";
      this.#refused.set(zone, {
        ...{ zone, id: manifest.id, serves: serves?.id ?? 0, serial: serves?.version.serial, why },
      });
      return;
    }
    if (this.served.get(zone)?.version.version !== version.version) this.taken.push(version.version);
    this.served.set(zone, { version, id: manifest.id });
    if (!this.#lies) this.#answers.set(zone, version.serial);
    this.#recent.unshift({
      ...{ zone, id: manifest.id, version: version.version, serial: version.serial, received: this.#date() },
      ...{ fetchedMs: 1, compiledMs: 2, servingMs: 3 },
    });
    this.#recent.length = Math.min(this.#recent.length, 50);
  }

  #ready(): boolean {
    return this.options.starting !== true || this.served.size > 0;
  }

  #announces(): boolean {
    if (!this.#ready()) return false;
    const { announcing = true } = this.options;
    return announcing === "with zones" ? this.served.size > 0 : announcing;
  }

  #date(): string {
    return new Date(Date.now() + (this.options.skew ?? 0)).toISOString();
  }

  async report(): Promise<void> {
    const failing = { ...NONE, seconds: 9, queries: 100, servfail: 50 };
    const sound = { ...NONE, seconds: 9, queries: 100 };
    const report: PopReport = {
      ...{ v: 1, pop: this.name, groups: this.options.groups ?? [], release: "test", at: this.#date(), every: 0.2 },
      ...{ epoch: this.#epoch, position: this.#position, ready: this.#ready(), announcing: this.#announces() },
      ...{ ask: this.options.ask ?? [`127.0.0.1@${this.#socket.address().port}`], zones: this.served.size, digest: "" },
      standings: [],
      refusals: this.#refused.size,
      refused: [...this.#refused.values()],
      recent: this.#recent,
      rollouts: [...this.#rollouts].flatMap((zone) => {
        const version = this.served.get(zone)?.version.version;
        if (version === undefined) return [];
        return [{ zone, version, now: this.options.fails?.includes(version) ? failing : sound, before: sound }];
      }),
    };
    await this.#fleet.store.report({ pop: this.name, octets: Buffer.from(JSON.stringify(report)) }).catch(() => {});
  }

  #answer(octets: Buffer, address: string, port: number): void {
    this.asked++;
    const query = decode(octets);
    const question = query.questions?.[0];
    const serial = this.#answers.get(`${question?.name}.`);
    const soa = { mname: "ns", rname: "h", serial, refresh: 1, retry: 1, expire: 1, minimum: 1 };
    const opt = { type: "OPT", name: ".", udpPayloadSize: 1232, flags: 0 };
    const nsid = { code: "NSID", data: Buffer.from(this.options.nsid ?? this.name) };
    const reply = {
      ...{ type: "response", id: query.id, questions: query.questions },
      ...(serial === undefined
        ? { flags: 5 }
        : { flags: 0x0400, answers: [{ type: "SOA", name: question?.name, ttl: 60, data: soa }] }),
      additionals: [{ ...opt, options: [nsid] }],
    };
    this.#socket.send(encode(reply as unknown as Packet), port, address);
  }

  /** It dies: nothing is said or answered any more. */
  kill(): void {
    this.#stop.abort();
    clearInterval(this.#timer);
    this.#socket.close();
  }

  /** From now on, what it answers stays what it is. */
  lie(): void {
    this.#lies = true;
  }

  /** It answers for a zone no longer. */
  forget(zone: string): void {
    this.#answers.delete(zone);
  }

  /** It answers on, and neither follows nor reports. */
  cut(): void {
    this.#stop.abort();
    clearInterval(this.#timer);
  }
}

export class TestFleet {
  readonly directory: string;
  readonly store: Store;
  readonly signer: Signer;
  readonly trust: Trust;
  readonly pops = new Map<string, FakePop>();
  readonly #dead = new Set<string>();

  private constructor(directory: string, store: Store, signer: Signer) {
    this.directory = directory;
    this.store = store;
    this.signer = signer;
    this.trust = new Trust([signer.publicKey]);
  }

  static async make(): Promise<TestFleet> {
    const directory = mkdtempSync(join(tmpdir(), "zonecast-rollout-"));
    const pem = newPrivateKey();
    const signer = signerFrom(pem);
    const file = join(directory, "store.db");
    writeFileSync(`${file}.key`, pem, { mode: 0o600 });
    await initSqlite(file, { history: 100, trust: [signer.publicKey], replicas: 1 });
    return new TestFleet(directory, await openFile(file), signer);
  }

  /** The store, opened once more: as another process has it. */
  async another(): Promise<Store> {
    return openFile(join(this.directory, "store.db"));
  }

  hand(by: string, store: Store = this.store): Hand {
    return { store, signer: this.signer, trust: this.trust, by };
  }

  async pop(name: string, options: FakeOptions = {}): Promise<FakePop> {
    const pop = new FakePop(name, this, options);
    this.pops.set(name, pop);
    await pop.start();
    return pop;
  }

  kill(name: string): void {
    this.#dead.add(name);
    this.pops.get(name)?.kill();
  }

  /** Publishes a version: to all at once, or in waves beside what is live. Its serial is ten times its number. */
  async push(zone: string, number: number, waves?: readonly Wave[]): Promise<Published> {
    const head = await this.store.head(zone);
    const before = head && openManifest(zone, head.octets, this.trust);
    const live = before && contentOf(before, before.manifest.targets.at(-1)?.version ?? 0);
    const said = { records: 2, names: 1, size: 1, sha256: "0".repeat(64), at: new Date().toISOString(), by: "test" };
    const inline = Buffer.from(`text ${number}`);
    const body = { at: "inline" as const, offset: 0, octets: inline.length };
    const content = { version: { ...said, version: number, serial: number * 10, body }, inline };
    const id = (before?.manifest.id ?? 0) + 1;
    const rest = { zone, id, action: "push" as const, at: said.at, by: "test", latest: number };
    const signed =
      waves === undefined || live === undefined
        ? compose({ ...rest, targets: [{ group: "*", version: number }] }, [content])
        : withRollout(rest, content, live, waves);
    const octets = manifestMessage(signed, this.signer);
    const [revision] = await this.store.swap([{ zone, octets, expected: head?.revision ?? 0 }]);
    const rollout = signed.manifest.rollout !== undefined;
    return { zone, version: number, id, revision: revision ?? 0, serial: number * 10, rollout };
  }

  async manifest(zone: string): Promise<Manifest> {
    const head = await this.store.head(zone);
    if (head === undefined) throw new Error(`no ${zone}`);
    return openManifest(zone, head.octets, this.trust).manifest;
  }

  async history(zone: string): Promise<Manifest[]> {
    const entries = await this.store.history(zone);
    return entries.map(({ octets }) => openManifest(zone, octets, this.trust).manifest).reverse();
  }

  /** Resolves when every living POP serves a version. */
  async serves(zone: string, version: number, names: readonly string[] = [...this.pops.keys()]): Promise<void> {
    await until(() => names.every((name) => this.pops.get(name)?.served.get(zone)?.version.version === version));
  }

  async end(): Promise<void> {
    for (const [name, pop] of this.pops) if (!this.#dead.has(name)) pop.kill();
    await this.store.close();
    rmSync(this.directory, { recursive: true, force: true });
  }
}

function openFile(file: string): Promise<Store> {
  const tls = { ca: undefined, cert: undefined, key: undefined };
  return openSqlite(file, { credentials: undefined, tls, pop: undefined, patience: "verb" });
}

type Content = NonNullable<ReturnType<typeof contentOf>>;

function withRollout(
  rest: Omit<Manifest, "versions" | "targets">,
  content: Content,
  live: Content,
  waves: readonly Wave[],
) {
  const state = "running" as const;
  const rollout = { version: content.version.version, from: live.version.version, waves, wave: 0, state };
  return compose({ ...rest, targets: targetsAt(rollout), rollout }, [content, live]);
}

/** Waits for a condition. */
export async function until(condition: () => boolean | Promise<boolean>, patience = 10_000): Promise<void> {
  const deadline = performance.now() + patience;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`waited in vain for ${condition}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
