/** Whether there are more queries than are answered: how many the kernel throws away before they are read. */

import { readFileSync } from "node:fs";
import type { Listen } from "../../text/listen.ts";
import { dropsOf, kernelForm } from "./drops.ts";

const WINDOW_MS = 10_000;
/** Fewer datagrams than this in the window say nothing. */
const FEW = 100;

export interface OverloadOptions {
  readonly listen: readonly Listen[];
  /** Datagrams that all threads have taken so far. */
  taken(): number;
  /** Reads /proc/net/udp and udp6; throws where there is no such thing. */
  readonly read?: (file: string) => string;
}

interface Sample {
  readonly at: number;
  readonly taken: number;
  readonly dropped: number;
}

/** To be sampled once a second. */
export class Overload {
  readonly #own: ReadonlySet<string>;
  readonly #taken: () => number;
  readonly #read: (file: string) => string;
  /** By inode, as last seen. */
  #sockets: ReadonlyMap<string, number> | undefined;
  #dropped = 0;
  #samples: Sample[] = [];

  constructor({ listen, taken, read = (file) => readFileSync(file, "latin1") }: OverloadOptions) {
    this.#own = new Set(listen.map(kernelForm));
    this.#taken = taken;
    this.#read = read;
  }

  /** `now` is in milliseconds, from any start, and never jumps. */
  sample(now: number): void {
    const sockets = this.#drops();
    if (sockets === undefined) return;
    const before = this.#sockets;
    this.#sockets = sockets;
    // A thread that was started again has new sockets, which have dropped nothing before.
    if (before) for (const [inode, drops] of sockets) this.#dropped += Math.max(0, drops - (before.get(inode) ?? 0));
    this.#samples.push({ at: now, taken: this.#taken(), dropped: this.#dropped });
    // The newest of those that are older than the window is where the window begins.
    const begin = this.#samples.findLastIndex(({ at }) => now - at >= WINDOW_MS);
    if (begin > 0) this.#samples = this.#samples.slice(begin);
  }

  /**
   * Of the datagrams of the last ten seconds, how many the kernel threw away, in percent; undefined until there were ten
   * seconds, and where the system does not tell.
   */
  get percent(): number | undefined {
    const first = this.#samples[0];
    const last = this.#samples.at(-1);
    if (first === undefined || last === undefined || last.at - first.at < WINDOW_MS) return undefined;
    const dropped = last.dropped - first.dropped;
    const all = dropped + last.taken - first.taken;
    return all < FEW ? 0 : (dropped / all) * 100;
  }

  #drops(): Map<string, number> | undefined {
    try {
      const tables = ["/proc/net/udp", "/proc/net/udp6"].map((file) => dropsOf(this.#readIfThere(file), this.#own));
      return new Map(tables.flatMap((table) => [...table]));
    } catch {
      return undefined;
    }
  }

  /** A machine without IPv6 has no udp6. */
  #readIfThere(file: string): string {
    try {
      return this.#read(file);
    } catch (error) {
      if (file.endsWith("6")) return "";
      throw error;
    }
  }
}
