/**
 * Whether threads of this process get a processor, as Linux tells: who wants one and gets none is silent, and does not
 * hang. Threads are known by their names, which the system has, too.
 */

import { readdirSync, readFileSync } from "node:fs";

const TASKS = "/proc/self/task";
const NANOSECONDS = 1e6;

/** The files of a thread, as /proc has them. */
export interface Proc {
  list(): readonly string[];
  /** Throws when there is no such thread any more. */
  read(task: string, file: "comm" | "stat" | "schedstat"): string;
}

export interface ProcessorTime {
  /** It runs, or would if it had a processor; else it waits for something. */
  readonly wants: boolean;
  /** Milliseconds that it has run so far. */
  readonly ran: number;
}

const proc: Proc = {
  list: () => readdirSync(TASKS),
  read: (task, file) => readFileSync(`${TASKS}/${task}/${file}`, "latin1"),
};

export class ProcessorTimes {
  readonly #proc: Proc;
  readonly #tasks = new Map<string, string>();

  constructor(from: Proc = proc) {
    this.#proc = from;
  }

  /** Of the thread of this name; undefined where the system does not tell. */
  of(name: string): ProcessorTime | undefined {
    try {
      const task = this.#tasks.get(name) ?? this.#find(name);
      if (task === undefined) return undefined;
      this.#tasks.set(name, task);
      // proc(5): the state follows the name in parentheses. Not the time that schedstat has for waiting: that is counted
      // when the wait is over.
      const wants = /\) R/.test(this.#proc.read(task, "stat"));
      const ran = Number(this.#proc.read(task, "schedstat").split(" ")[0]) / NANOSECONDS;
      return Number.isFinite(ran) ? { wants, ran } : undefined;
    } catch {
      this.#tasks.delete(name);
      return undefined;
    }
  }

  #find(name: string): string | undefined {
    return this.#proc.list().find((task) => this.#proc.read(task, "comm").trimEnd() === name);
  }
}
