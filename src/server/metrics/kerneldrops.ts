/** Datagrams that the system has dropped at our sockets, as it tells: their queues were full. */

import { readFile } from "node:fs/promises";
import type { Listen } from "../../text/listen.ts";
import { dropsOf, kernelForm } from "../routes/drops.ts";

const TABLES = ["/proc/net/udp", "/proc/net/udp6"];

/** A count that never falls: a thread that is started again has other sockets, and what the old ones lost stays lost. */
export class KernelDrops {
  readonly #own: ReadonlySet<string>;
  readonly #tables: () => Promise<readonly string[]>;
  /** By socket, as last seen. */
  #last: ReadonlyMap<string, number> = new Map();
  #total = 0;

  constructor(listen: readonly Listen[], tables: () => Promise<readonly string[]> = readTables) {
    this.#own = new Set(listen.map(kernelForm));
    this.#tables = tables;
  }

  /** All drops so far; undefined where the system does not tell. */
  async look(): Promise<number | undefined> {
    const tables = await this.#tables();
    if (tables.every((table) => table === "")) return undefined;
    const now = new Map(tables.flatMap((table) => [...dropsOf(table, this.#own)]));
    for (const [socket, drops] of now) this.#total += Math.max(0, drops - (this.#last.get(socket) ?? 0));
    this.#last = now;
    return this.#total;
  }
}

function readTables(): Promise<readonly string[]> {
  return Promise.all(TABLES.map((path) => readFile(path, "latin1").catch(() => "")));
}
