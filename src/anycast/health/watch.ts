/** One prefix under watch: its machine, by the clocks of the program, and what is told of it. */

import { type Clocks, type History, historyOf, pastOf } from "./history.ts";
import { type Line, lineOf } from "./line.ts";
import { ended } from "./past.ts";
import { type Health, type HealthEvent, initialHealth, type Phase, step } from "./step.ts";
import type { HealthLimits, Outcome, PrefixHealth } from "./verdict.ts";

/** A prefix in full, for people. */
export interface WatchedHealth extends PrefixHealth {
  readonly phase: Phase;
  /** In cooldown: when it rises. Milliseconds since 1970. */
  readonly until: number | undefined;
  /** Why it is down, of hard facts of the whole POP that hold. */
  readonly facts: readonly string[];
  /** What each check said last, and when, in milliseconds since 1970; undefined before the first time. */
  readonly checks: readonly { readonly check: string; readonly last: Said | undefined }[];
}

interface Said {
  readonly outcome: Outcome;
  readonly at: number;
}

export interface WatchSurroundings extends Clocks {
  /** The verdict, or why it is not good, has changed. */
  changed(prefix: string, health: PrefixHealth): void;
  tell(level: Line["level"], event: string, facts: Readonly<Record<string, unknown>>, text: string): void;
  /** What there is to be kept has changed: a fall has been told of by now, a rise has not. */
  save(): void;
}

/** Doubts and long waits may come and go all the time: one line a minute of each. */
const SELDOM = 60_000;
const OFTEN: readonly Line["event"][] = ["health.suspect", "health.held"];

export class Watch {
  readonly prefix: string;
  readonly #limits: HealthLimits;
  readonly #surroundings: WatchSurroundings;
  readonly #last = new Map<string, Said>();
  /** When a line that could come often was written, by its event. */
  readonly #told = new Map<string, number>();
  #health: Health;
  /** Of the verdict, by the wall clock as it was then. */
  #since: number;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    prefix: string,
    checks: readonly string[],
    history: History | undefined,
    limits: HealthLimits,
    surroundings: WatchSurroundings,
  ) {
    this.prefix = prefix;
    this.#limits = limits;
    this.#surroundings = surroundings;
    const past = history && pastOf(history, surroundings);
    this.#health = initialHealth(checks, surroundings.monotonic(), limits, past);
    this.#since = surroundings.now();
  }

  get health(): Health {
    return this.#health;
  }

  get full(): WatchedHealth {
    const { phase, wait, facts, checks } = this.#health;
    const ahead = this.#surroundings.now() - this.#surroundings.monotonic();
    return {
      ...this.#brief(),
      phase,
      until: wait && Math.round(wait.until + ahead),
      facts: [...facts.values()],
      checks: [...checks.keys()].map((check) => ({ check, last: this.#last.get(check) })),
    };
  }

  /** What is to be kept for the next start: as it is, or as it is when the process ends as planned. */
  history(end: boolean): History {
    const { past } = this.#health;
    return historyOf(end ? ended(past, this.#surroundings.monotonic(), this.#limits) : past, this.#surroundings);
  }

  take(event: HealthEvent): void {
    const before = this.#health;
    const after = step(before, event, this.#surroundings.monotonic(), this.#limits);
    this.#health = after;
    if (event.say === "outcome") this.#last.set(event.check, { outcome: event.outcome, at: this.#surroundings.now() });
    if (after.verdict !== before.verdict) this.#since = this.#surroundings.now();
    if (after.wait?.until !== before.wait?.until || event.say === "tick") this.#awake();
    const lives = after.past !== before.past;
    if (lives && after.past.standing === "up") this.#surroundings.save();
    if (after.verdict !== before.verdict || after.why !== before.why) {
      this.#surroundings.changed(this.prefix, this.#brief());
    }
    if (lives && after.past.standing !== "up") this.#surroundings.save();
    this.#say(lineOf(this.prefix, before, after));
  }

  close(): void {
    clearTimeout(this.#timer);
  }

  #brief(): PrefixHealth {
    const { verdict, why } = this.#health;
    return { verdict, since: this.#since, why };
  }

  /** A tick when the cooldown ends; the timer may be early by a millisecond, and is then set again. */
  #awake(): void {
    clearTimeout(this.#timer);
    const { wait } = this.#health;
    if (wait === undefined) return;
    const left = Math.max(1, Math.ceil(wait.until - this.#surroundings.monotonic()));
    this.#timer = setTimeout(() => this.take({ say: "tick" }), left);
  }

  #say(line: Line | undefined): void {
    if (line === undefined) return;
    const { level, event, facts, text } = line;
    const now = this.#surroundings.monotonic();
    if (OFTEN.includes(event) && now - (this.#told.get(event) ?? Number.NEGATIVE_INFINITY) < SELDOM) return;
    this.#told.set(event, now);
    this.#surroundings.tell(level, event, facts, text);
  }
}
