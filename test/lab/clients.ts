/** The clients, each a process at its host, and what they have seen. */

import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { now } from "./clock.ts";
import { at } from "./host.ts";
import { cleanEnv } from "./process.ts";
import { DEADLINE_MS, type SenderReport, type SenderRequest, type StreamReport } from "./sender.ts";
import { CLIENTS, SERVED } from "./topology.ts";

const PATIENCE_MS = 10_000;
/** What is not answered by then has been lost, for a glance. */
const GLANCE_MS = 50;
const SENDER = fileURLToPath(new URL("./sender.ts", import.meta.url));

/** What one client saw of one address. */
export interface Seen extends StreamReport {
  readonly client: string;
}

class Client {
  readonly name: string;
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, (report: SenderReport) => void>();
  #number = 0;

  constructor(name: string, asked: string) {
    this.name = name;
    const addresses = SERVED.map(({ address }) => address);
    const [program, ...args] = at(name, [process.execPath, SENDER, asked, ...addresses]);
    this.#child = spawn(program, args, {
      stdio: ["ignore", "inherit", "inherit", "ipc"],
      detached: true,
      env: cleanEnv(),
    });
    this.#child.on("message", (report: SenderReport) => {
      this.#waiting.get(report.number)?.(report);
      this.#waiting.delete(report.number);
    });
  }

  report(from: number, until: number, wait: number): Promise<Seen[]> {
    const number = this.#number++;
    return new Promise((resolve, reject) => {
      const late = setTimeout(
        () => reject(new Error(`client ${this.name} does not report`)),
        Math.max(0, until - now()) + PATIENCE_MS,
      );
      this.#waiting.set(number, ({ streams }) => {
        clearTimeout(late);
        resolve(streams.map((stream) => ({ ...stream, client: this.name })));
      });
      const request: SenderRequest = { number, from, until, wait };
      this.#child.send(request);
    });
  }

  end(): void {
    this.#child.disconnect();
  }
}

export class Clients {
  readonly #clients: readonly Client[];

  /** Starts all; they ask for the A of this name. */
  constructor(asked: string) {
    this.#clients = CLIENTS.map(({ name }) => new Client(name, asked));
  }

  /** What was sent between two times, once its fate is known; one row for each client and address. */
  async report(from: number, until: number, wait: number = DEADLINE_MS): Promise<Seen[]> {
    const reports = await Promise.all(this.#clients.map((client) => client.report(from, until, wait)));
    return reports.flat();
  }

  /** What was asked in so many milliseconds, a moment ago. */
  glance(milliseconds: number): Promise<Seen[]> {
    const until = now() - GLANCE_MS;
    return this.report(until - milliseconds, until, 0);
  }

  end(): void {
    for (const client of this.#clients) client.end();
  }
}
