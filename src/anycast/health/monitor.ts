/** Watches all prefixes: asks their checks again and again, and hands what they say to the machine of each. */

import { Asking, type AskingSurroundings, type Check, type Paces } from "./asking.ts";
import type { Histories } from "./history.ts";
import { isUrgent } from "./step.ts";
import { offsetOf, Turns } from "./turns.ts";
import type { HealthLimits } from "./verdict.ts";
import { Watch, type WatchedHealth, type WatchSurroundings } from "./watch.ts";

export interface Watched {
  readonly prefix: string;
  readonly checks: readonly Check[];
}

export interface MonitorSurroundings extends Omit<WatchSurroundings, "save"> {
  /**
   * Keeps it for the next start, and has it on disk when it returns: a rise is saved before it is told of, so that a
   * process that crashes by announcing finds it. Never throws.
   */
  save(histories: Histories): void;
}

export interface MonitorOptions {
  readonly watched: readonly Watched[];
  readonly paces: Paces;
  readonly limits: HealthLimits;
  readonly surroundings: MonitorSurroundings;
  /** What was saved last (historiesFrom). */
  readonly history: Histories;
}

/** Milliseconds in which all checks are asked for the first time, one after the other. */
const FIRST = 50;

export class Monitor {
  readonly #history: Histories;
  readonly #surroundings: MonitorSurroundings;
  readonly #watches: ReadonlyMap<string, Watch>;
  readonly #askings: readonly Asking[];
  #closed = false;

  constructor({ watched, paces, limits, surroundings, history }: MonitorOptions) {
    this.#history = history;
    this.#surroundings = surroundings;
    const around: WatchSurroundings = {
      now: () => surroundings.now(),
      monotonic: () => surroundings.monotonic(),
      changed: (prefix, health) => surroundings.changed(prefix, health),
      tell: (level, event, facts, text) => surroundings.tell(level, event, facts, text),
      save: () => this.#save(false),
    };
    const watches = watched.map(({ prefix, checks }) => {
      const names = checks.map(({ name }) => name);
      return new Watch(prefix, names, history[prefix], limits, around);
    });
    this.#watches = new Map(watches.map((watch) => [watch.prefix, watch]));
    const turns = new Turns(() => surroundings.monotonic());
    const all = watched.flatMap(({ checks }, i) => checks.map((check) => ({ check, watch: watches[i] as Watch })));
    this.#askings = all.map(({ check, watch }, i) => askingOf(check, watch, paces, { turns, offset: offsetOf(i) }));
  }

  /** All prefixes, in full. Made anew each time. */
  get health(): ReadonlyMap<string, WatchedHealth> {
    return new Map([...this.#watches].map(([prefix, watch]) => [prefix, watch.full]));
  }

  start(): void {
    // What has crashed has fallen now: the next start must not find that anew.
    if (Object.values(this.#history).some(({ standing }) => standing === "up")) this.#save(false);
    this.#askings.forEach((asking, i) => {
      asking.start((FIRST * i) / this.#askings.length);
    });
  }

  /** A hard fact of the whole POP, such as "thread:udp-2": why it can't answer; undefined when it can again. */
  fact(key: string, why: string | undefined): void {
    if (this.#closed) return;
    for (const watch of this.#watches.values()) watch.take({ say: "fact", key, why });
  }

  /**
   * The planned end: what is good now may be so at once at the next start, and no fact of the threads that are about to
   * end changes that. Resolves when nothing is asked any more.
   */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    for (const watch of this.#watches.values()) watch.close();
    this.#save(true);
    await Promise.all(this.#askings.map((asking) => asking.close()));
  }

  /** As at the planned end, or (`end` false) as long as there is none: another process may take over, and may not. */
  keep(end: boolean): void {
    if (!this.#closed) this.#save(end);
  }

  /** Prefixes that are not watched any more keep their past: they may come back. */
  #save(end: boolean): void {
    const histories = [...this.#watches.values()].map((watch) => [watch.prefix, watch.history(end)] as const);
    this.#surroundings.save({ ...this.#history, ...Object.fromEntries(histories) });
  }
}

function askingOf(check: Check, watch: Watch, paces: Paces, when: Omit<AskingSurroundings, "heard">): Asking {
  return new Asking(check, paces, {
    ...when,
    heard(outcome) {
      watch.take({ say: "outcome", check: check.name, outcome });
      return isUrgent(watch.health, outcome);
    },
  });
}
