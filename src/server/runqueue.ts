/**
 * How long threads of this process have waited for a processor, as Linux tells: who gets none is silent, and does not
 * hang. Threads are known by their names, which the system has, too.
 */

import { readdirSync, readFileSync } from "node:fs";

const TASKS = "/proc/self/task";
const NANOSECONDS = 1e6;

/** The files of a thread, as /proc has them. */
export interface Proc {
  list(): readonly string[];
  /** Throws when there is no such thread any more. */
  read(task: string, file: "comm" | "schedstat"): string;
}

const proc: Proc = {
  list: () => readdirSync(TASKS),
  read: (task, file) => readFileSync(`${TASKS}/${task}/${file}`, "latin1"),
};

export class RunQueue {
  readonly #proc: Proc;
  readonly #tasks = new Map<string, string>();

  constructor(from: Proc = proc) {
    this.#proc = from;
  }

  /** Milliseconds since the thread began; undefined where the system does not tell. */
  waited(name: string): number | undefined {
    try {
      const task = this.#tasks.get(name) ?? this.#find(name);
      if (task === undefined) return undefined;
      this.#tasks.set(name, task);
      // Documentation/scheduler/sched-stats: time on a processor, time waiting for one, timeslices.
      const nanoseconds = Number(this.#proc.read(task, "schedstat").split(" ")[1]);
      return Number.isFinite(nanoseconds) ? nanoseconds / NANOSECONDS : undefined;
    } catch {
      this.#tasks.delete(name);
      return undefined;
    }
  }

  #find(name: string): string | undefined {
    return this.#proc.list().find((task) => this.#proc.read(task, "comm").trimEnd() === name);
  }
}
