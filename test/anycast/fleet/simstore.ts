/** A store with one order of all reports, which keeps the last one of each POP, as the real ones do. */

import type { Heard } from "../../../src/anycast/fleet/standing.ts";

/** A report in the store. `sent` and `run` are known to nobody but its own POP. */
export interface Stored {
  readonly order: number;
  readonly heard: Omit<Heard, "order" | "behind">;
  readonly sent: number;
  readonly run: number;
  replaced: boolean;
}

export class SimStore {
  #log: Stored[] = [];
  #last = new Map<string, Stored>();
  #order = 0;
  /** Another one after each time that it was made anew. */
  epoch = 0;
  readonly readers = new Set<() => void>();

  put(heard: Stored["heard"], sent: number, run: number): void {
    const last = this.#last.get(heard.pop);
    if (last !== undefined) last.replaced = true;
    const stored = { order: ++this.#order, heard, sent, run, replaced: false };
    this.#last.set(heard.pop, stored);
    this.#log.push(stored);
    for (const tell of this.readers) tell();
  }

  /** What there is from an index of the log on, at most so many, and the index after it. */
  read(index: number, most: number): { readonly reports: Stored[]; readonly index: number; readonly more: boolean } {
    const reports: Stored[] = [];
    let i = index;
    for (; i < this.#log.length; i++) {
      if (this.#log[i]!.replaced) continue;
      if (reports.length === most) return { reports, index: i, more: true };
      reports.push(this.#log[i]!);
    }
    return { reports, index: i, more: false };
  }

  has(pop: string): boolean {
    return this.#last.has(pop);
  }

  renew(): void {
    this.#log = [];
    this.#last.clear();
    this.#order = 0;
    this.epoch++;
    for (const tell of this.readers) tell();
  }
}
