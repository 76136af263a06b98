/** Runs storewriter.ts as another process. */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { resolve } from "node:path";
import type { Engine } from "../storeengine.ts";
import type { Job } from "../storewriter.ts";

const PROGRAM = resolve(import.meta.dirname, "../storewriter.ts");

export class Writer {
  readonly #process: ChildProcess;
  readonly #ended: Promise<unknown>;
  #output = "";
  #errors = "";
  #look: () => void = () => {};

  constructor({ where, access }: Engine, job: Pick<Job, "job" | "zones" | "times">) {
    const text = JSON.stringify({ where, access, ...job });
    this.#process = spawn(process.execPath, [PROGRAM, text], { stdio: ["ignore", "pipe", "pipe"] });
    this.#ended = once(this.#process, "close");
    this.#process.stdout?.on("data", (chunk) => {
      this.#output += chunk;
      this.#look();
    });
    this.#process.stderr?.on("data", (chunk) => {
      this.#errors += chunk;
    });
    void this.#ended.then(() => this.#look());
  }

  /** The lines that it has printed so far. */
  get lines(): string[] {
    return this.#output.split("\n").slice(0, -1);
  }

  /** Resolves when it has printed so many lines. Rejects when it ended before. */
  printed(count: number): Promise<void> {
    return new Promise((done, failed) => {
      this.#look = () => {
        if (this.lines.length >= count) done();
        else if (this.#process.exitCode !== null) failed(new Error(`the writer ended: ${this.#errors}`));
      };
      this.#look();
    });
  }

  /** kill -9; resolves when it is gone and all that it printed has come. */
  async kill(): Promise<void> {
    this.#process.kill("SIGKILL");
    await this.#ended;
  }

  /** Resolves when it has ended by itself. Rejects when it failed. */
  async ended(): Promise<void> {
    await this.#ended;
    if (this.#process.exitCode !== 0) throw new Error(`the writer failed: ${this.#errors}`);
  }
}
