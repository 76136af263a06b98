/** Cases that broke something: each kind once on disk, with how to repeat it. */

import { hash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export interface Crash {
  /** What was thrown, with its first places. */
  readonly what: string;
  readonly path: string;
}

export class Crashes {
  readonly kinds: Map<string, Crash> = new Map();
  /** Cases that broke, of all kinds. */
  count = 0;
  readonly #target: string;
  readonly #folder: string;

  constructor(target: string, folder: string) {
    this.#target = target;
    this.#folder = folder;
  }

  /** Takes a case and what it made the check throw. */
  add(input: Uint8Array, error: unknown): void {
    this.count++;
    const what = error instanceof Error ? (error.stack ?? error.message) : String(error);
    // One kind: the same sentence, numbers and quotations aside, from the same line.
    const kind = what
      .split("\n", 3)
      .join("\n")
      .replace(/"[^"]*"|\d+(?!:)/g, "…");
    if (this.kinds.has(kind) || this.kinds.size >= 100) return;
    mkdirSync(this.#folder, { recursive: true });
    const path = join(this.#folder, `${this.#target}-${hash("sha256", input, "hex").slice(0, 12)}`);
    writeFileSync(path, input);
    const crash = { what, path };
    this.kinds.set(kind, crash);
    process.stderr.write(`${this.#target}: ${what}\n  npm run fuzz -- --target ${this.#target} --input ${path}\n`);
  }
}

/** Runs a case again that took long, and throws when it was not the machine that took the time: more processor seconds than `most`. */
export async function judgeSlow(run: () => void | Promise<void>, most: number): Promise<void> {
  const before = process.threadCpuUsage();
  await run();
  const { user, system } = process.threadCpuUsage(before);
  const seconds = (user + system) / 1e6;
  if (seconds > most) throw new Error(`a case takes ${seconds.toFixed(1)} s of the processor`);
}
