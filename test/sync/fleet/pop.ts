/** A POP: the real program that follows a store, ended and started again at the same addresses with the same state. */

import { join } from "node:path";
import { askSoa } from "../../../src/sync/rollout/proof.ts";
import { ask, type Outcome } from "../../server/asking.ts";
import { type LogLine, ready, type Server, type Status, start, withPorts } from "../../server/program.ts";
import { freePort } from "../../transport/port.ts";
import { until } from "../../transport/stream.ts";

export interface PopOptions {
  readonly groups?: readonly string[];
  /** Another way to the store: through a proxy, say. */
  readonly store?: string;
  /** The state directory. */
  readonly state?: string;
  /** What the program is started by. */
  readonly through?: readonly string[];
  /** Added to its environment. */
  readonly environment?: NodeJS.ProcessEnv;
}

/** Where a POP is. */
interface Home {
  readonly folder: string;
  readonly where: string;
  readonly environment: NodeJS.ProcessEnv;
}

/** Asked once, answered within a second or not. */
const ASKING = { timeout: 1000, tries: 1, random: (below: number) => Math.floor(Math.random() * below) } as const;

export class Pop {
  readonly name: string;
  readonly port: number;
  readonly admin: number;
  readonly state: string;
  readonly #home: Home;
  readonly #options: PopOptions;
  #server: Server | undefined;
  #before: LogLine[] = [];

  private constructor(name: string, home: Home, options: PopOptions, port: number, admin: number) {
    this.name = name;
    this.port = port;
    this.admin = admin;
    this.state = options.state ?? join(home.folder, `state-${name}`);
    this.#home = home;
    this.#options = options;
  }

  static async make(name: string, home: Home, options: PopOptions = {}): Promise<Pop> {
    return new Pop(name, home, options, await freePort(), await freePort());
  }

  /** Starts it, perhaps without waiting until it is ready. */
  launch(): Server {
    const { groups = [], store, through = [], environment } = this.#options;
    const places = ["--listen", `127.0.0.1@${this.port}`, "--admin", `127.0.0.1@${this.admin}`, "--pop", this.name];
    const grouped = groups.flatMap((group) => ["--group", group]);
    const args = ["serve", "--store", store ?? this.#home.where, "--state", this.state, ...places, ...grouped];
    const program = start(
      args,
      { cwd: this.#home.folder, env: { ...this.#home.environment, ...environment } },
      through,
    );
    this.#server = withPorts(program, "", this.port, this.admin);
    return this.#server;
  }

  async start(): Promise<void> {
    await ready(this.launch());
  }

  /** Ends it: in order, or at once. */
  async stop(signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
    const server = this.server;
    this.#server = undefined;
    server.child.kill(signal);
    await server.exit;
    this.#before.push(...server.log());
  }

  get server(): Server {
    if (this.#server === undefined) throw new Error(`${this.name} does not run`);
    return this.#server;
  }

  /** What it has logged in all its lives, of one kind or of all. */
  log(event?: string): LogLine[] {
    const all = [...this.#before, ...(this.#server?.log() ?? [])];
    return all.filter((line) => event === undefined || line.event === event);
  }

  /** Waits for an event; the last line of it. */
  async logged(event: string, matching: RegExp = /./): Promise<LogLine> {
    const found = () => this.log(event).filter(({ msg }) => matching.test(msg));
    await until(() => found().length > 0, `${event} (${matching}) in the log of ${this.name}`, 30_000);
    return found().at(-1) as LogLine;
  }

  /** The serial that it answers with; why there is none, in a word. */
  async serial(zone: string): Promise<number | string> {
    const proof = await askSoa(zone, { address: "127.0.0.1", port: this.port }, ASKING);
    return proof.say === "serial" ? proof.serial : proof.say === "rcode" ? proof.rcode : "nothing";
  }

  /** Waits until it answers with a serial. */
  async untilSerial(zone: string, serial: number, most = 30_000): Promise<void> {
    const what = `${this.name} to answer for ${zone} with serial ${serial}`;
    await until(async () => (await this.serial(zone)) === serial, what, most);
  }

  /** Asks for TXT. */
  ask(name: string): Promise<Outcome> {
    return ask(this.port, name);
  }

  async status(): Promise<StoreStatus> {
    return (await this.server.status()) as unknown as StoreStatus;
  }

  async end(): Promise<void> {
    if (this.#server !== undefined) await this.stop("SIGKILL");
  }
}

/** GET /status of a POP that follows a store. */
export interface StoreStatus extends Omit<Status, "zones"> {
  readonly source: Readonly<Record<string, unknown>>;
  readonly zones: readonly Readonly<Record<string, unknown>>[];
}
