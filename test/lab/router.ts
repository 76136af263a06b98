/** BIRD at a host: started, asked, told of another configuration, killed. */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { askBird } from "./birdsocket.ts";
import { until } from "./clock.ts";
import { type Running, start } from "./process.ts";

const READY_MS = 5000;

export class Router {
  readonly host: string;
  readonly socket: string;
  readonly #folder: string;
  readonly #line: (line: string) => void;
  #running: Running | undefined;

  constructor(host: string, folder: string, conf: string, line: (line: string) => void = () => {}) {
    this.host = host;
    this.#folder = folder;
    this.#line = line;
    this.socket = join(folder, `${host}.ctl`);
    this.write(conf);
  }

  get #conf(): string {
    return join(this.#folder, `${this.host}.conf`);
  }

  write(conf: string): void {
    writeFileSync(this.#conf, conf);
  }

  async start(): Promise<void> {
    const command = ["bird", "-f", "-c", this.#conf, "-s", this.socket];
    const running = start({ host: this.host, command, log: join(this.#folder, `${this.host}.log`), line: this.#line });
    this.#running = running;
    await until(`BIRD of ${this.host} answers`, READY_MS, async () => {
      if (!running.alive) throw new Error(`BIRD of ${this.host} has ended: ${running.last.join("\n")}`);
      return this.ask("show status").then(
        () => true,
        () => false,
      );
    });
  }

  /** See askBird. */
  ask(command: string): Promise<string> {
    return askBird(this.socket, command);
  }

  /** Takes another configuration. */
  async configure(conf: string): Promise<void> {
    this.write(conf);
    await this.ask("configure");
  }

  /**
   * BIRD 2.0.12 may wait 3 s with the first update after a session has come up (2.14 does not); a command wakes it.
   * Whoever waits for a route does this each second.
   */
  async wake(): Promise<void> {
    await this.ask("show status").catch(() => {});
  }

  get alive(): boolean {
    return this.#running?.alive === true;
  }

  /** Kills it, and waits until it is gone. */
  async kill(): Promise<void> {
    this.#running?.signal("SIGKILL");
    await this.#running?.ended;
  }
}
