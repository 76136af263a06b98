/** The configurations of deploy/nats, started as they are shipped, with certificates and users of a test's own. */

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { connect } from "node:tls";
import { test } from "vitest";
import type { StoreAccess } from "../../../src/sync/store/open.ts";
import { hasNode24, have } from "../../support/need.ts";
import { freePort } from "../../transport/port.ts";
import { eventually, type Fixture, pop, verb } from "./natsfixture.ts";
import { hasNats, PROGRAM } from "./natsserver.ts";

const ROOT = resolve(import.meta.dirname, "../../..");
const MAIN = join(ROOT, "src/main.ts");

/** A test over servers as deployed; skipped by name where the machine lacks something. */
export function testDeployed(name: string, run: () => Promise<void>): void {
  const there = hasNats() && have("openssl", spawnSync("openssl", ["version"]).status === 0) && hasNode24();
  if (there) test(name, run);
  else test.skip(`${name} (needs nats-server, openssl and Node 24)`, () => {});
}

/** What the program has said and how it ended. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A folder as an operator has it: configurations, certificates, seeds, users.conf. */
export class Deployed {
  readonly folder: string;
  readonly #fixture: Fixture;

  private constructor(folder: string, fixture: Fixture) {
    this.folder = folder;
    this.#fixture = fixture;
  }

  /** With the users that the flags of zonecast store users name. */
  static async make(fixture: Fixture, ...users: readonly string[]): Promise<Deployed> {
    const folder = mkdtempSync(join(tmpdir(), "zonecast-deploy-"));
    fixture.atEnd(() => rmSync(folder, { recursive: true, force: true }));
    cpSync(join(ROOT, "deploy/nats"), folder, { recursive: true });
    const deployed = new Deployed(folder, fixture);
    const { code, stderr } = deployed.run("store", "users", "--to", ".", ...users);
    if (code !== 0) throw new Error(stderr);
    const authority = ["-subj", "/CN=Zonecast store", "-keyout", "ca.key", "-out", "ca.pem"];
    deployed.#openssl("req", "-x509", "-days", "2", ...KEY, ...authority);
    return deployed;
  }

  /** Runs zonecast in the folder, to its end. */
  run(...args: readonly string[]): Ended {
    const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...args], {
      cwd: this.folder,
      encoding: "utf8",
      env: this.environment,
      timeout: 60_000,
    });
    return { code: status, stdout, stderr };
  }

  get environment(): NodeJS.ProcessEnv {
    const kept = Object.entries(process.env).filter(([name]) => !/^(?:ZONECAST|NATS|POP_ID)/.test(name));
    return { ...Object.fromEntries(kept), ZONECAST_BY: "alice@desk", XDG_CACHE_HOME: join(this.folder, "cache") };
  }

  /** A certificate of the authority for these names and addresses, as NAME.pem and NAME.key. */
  certificate(name: string, hosts: readonly string[]): void {
    const alternatives = hosts.map((host) => `${/^[\d.]+$/.test(host) ? "IP" : "DNS"}:${host}`).join(",");
    writeFileSync(
      join(this.folder, `${name}.ext`),
      `subjectAltName=${alternatives}\nextendedKeyUsage=serverAuth,clientAuth\n`,
    );
    this.#openssl("req", ...KEY, "-subj", `/CN=${name}`, "-keyout", `${name}.key`, "-out", `${name}.csr`);
    const by = ["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2"];
    this.#openssl("x509", "-req", "-in", `${name}.csr`, "-out", `${name}.pem`, "-extfile", `${name}.ext`, ...by);
  }

  #openssl(...args: readonly string[]): void {
    const { status, stderr } = spawnSync("openssl", args, { cwd: this.folder, encoding: "utf8" });
    if (status !== 0) throw new Error(`openssl ${args.join(" ")}: ${stderr}`);
  }

  /** Starts a server with one of the configurations and the certificate of its name, and waits until it is ready. */
  async start(file: string, name: string, environment: Readonly<Record<string, string>>): Promise<DeployedServer> {
    const server = await this.launch(file, name, environment);
    await server.ready();
    return server;
  }

  /** Starts it and does not wait: those that wait for each other are not ready one by one. */
  async launch(file: string, name: string, environment: Readonly<Record<string, string>>): Promise<DeployedServer> {
    const server = new DeployedServer(this, {
      file,
      name,
      environment,
      port: await freePort(),
      http: await freePort(),
    });
    this.#fixture.atEnd(() => server.stop("SIGKILL"));
    server.launch();
    return server;
  }

  /** Starts the hub: one.conf. */
  async hub(): Promise<DeployedServer> {
    this.certificate("hub", ["localhost", "127.0.0.1"]);
    return await this.start("one.conf", "hub", { NATS_LEAFS: `127.0.0.1:${await freePort()}` });
  }

  /** Starts a leaf node, whose name in its certificate and JetStream domain are given. */
  async leaf(hub: DeployedServer, name: string, domain: string): Promise<DeployedServer> {
    this.certificate(name, [name, "127.0.0.1"]);
    const environment = { NATS_NAME: domain, NATS_DOMAIN: domain, NATS_HUB: `[ "tls://localhost:${hub.leafPort}" ]` };
    return await this.start("leaf.conf", name, environment);
  }

  /** How somebody gets in: "operator-ops", "publisher-ci", "pop-lhr1". */
  access(user: string, more: Partial<StoreAccess> = {}): StoreAccess {
    const way = { credentials: join(this.folder, `${user}.nk`), tls: this.tls };
    const name = user.startsWith("pop-") ? user.slice("pop-".length) : undefined;
    return name === undefined ? verb({ ...way, ...more }) : pop(name, { ...way, ...more });
  }

  get tls(): StoreAccess["tls"] {
    return { ca: join(this.folder, "ca.pem"), cert: undefined, key: undefined };
  }

  /** What must be nowhere but in the files of the seeds. */
  seeds(): string[] {
    const files = readdirSync(this.folder).filter((name) => name.endsWith(".nk"));
    return files.map((name) => readFileSync(join(this.folder, name), "utf8").trim());
  }

  logs(): string {
    const files = readdirSync(this.folder).filter((name) => name.endsWith(".log"));
    return files.map((name) => readFileSync(join(this.folder, name), "utf8")).join("");
  }

  logOf(name: string): string {
    return readFileSync(join(this.folder, `${name}.log`), "utf8");
  }

  /** Writes a configuration for verbs and POPs. */
  write(name: string, text: string): void {
    writeFileSync(join(this.folder, name), text);
  }
}

const KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];

interface ServerPlan {
  readonly file: string;
  readonly name: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly port: number;
  readonly http: number;
}

export class DeployedServer {
  readonly #deployed: Deployed;
  readonly #plan: ServerPlan;
  #process: ChildProcess | undefined;

  constructor(deployed: Deployed, plan: ServerPlan) {
    this.#deployed = deployed;
    this.#plan = plan;
  }

  get name(): string {
    return this.#plan.name;
  }

  /** By a name that is in the certificate. */
  get url(): string {
    return `nats://127.0.0.1:${this.#plan.port}`;
  }

  get leafPort(): number {
    return Number(this.#plan.environment.NATS_LEAFS?.split(":")[1]);
  }

  get data(): string {
    return join(this.#deployed.folder, `${this.#plan.name}-${this.#plan.port}.data`);
  }

  /** Starts it, again after it was ended. */
  async start(): Promise<void> {
    this.launch();
    await this.ready();
  }

  launch(): void {
    const { file, name, port, http, environment } = this.#plan;
    const env = {
      ...this.#deployed.environment,
      NATS_LISTEN: `127.0.0.1:${port}`,
      NATS_DATA: this.data,
      NATS_TLS_CERT: join(this.#deployed.folder, `${name}.pem`),
      NATS_TLS_KEY: join(this.#deployed.folder, `${name}.key`),
      NATS_TLS_CA: join(this.#deployed.folder, "ca.pem"),
      ...environment,
    };
    const log = join(this.#deployed.folder, `${name}.log`);
    // The port for figures is fixed in the files: for several on one machine the command line goes before it.
    const args = ["-c", join(this.#deployed.folder, file), "-m", String(http), "-l", log];
    this.#process = spawn(PROGRAM ?? "nats-server", args, { stdio: "ignore", env, cwd: this.#deployed.folder });
  }

  async ready(): Promise<void> {
    const answers = async () => (await this.figures("healthz"))?.status === "ok";
    await eventually(answers, () => `${this.#plan.name} is not ready:\n${this.#deployed.logs()}`);
  }

  /** What the monitoring port tells; undefined when it does not answer. */
  async figures(what: string): Promise<Readonly<Record<string, unknown>> | undefined> {
    try {
      const answer = await fetch(`http://127.0.0.1:${this.#plan.http}/${what}`);
      return (await answer.json()) as Readonly<Record<string, unknown>>;
    } catch {
      return undefined;
    }
  }

  /** Has it read its configuration again. */
  reload(): void {
    this.#process?.kill("SIGHUP");
  }

  /** Ends it by its id: "SIGKILL" at once. */
  async stop(signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
    const child = this.#process;
    this.#process = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((done) => child.once("exit", done));
    child.kill(signal);
    await ended;
  }
}

/** True when a server ends the TLS handshake of one who shows no certificate, or another one's. */
export function refusesTls(port: number, ca: string): Promise<boolean> {
  return new Promise((done) => {
    const socket = connect({ host: "127.0.0.1", port, ca: readFileSync(ca), servername: "localhost" });
    socket.once("error", () => done(true));
    socket.once("close", () => done(true));
    socket.setTimeout(3000, () => done(false));
  });
}
