/** The way out of a POP, as anycast/course/shutdown.ts has it, with clocks and somebody who may hurry it. */

import { beginShutdown, type Shutdown, type ShutdownLimits, shutdownStep } from "../../anycast/course/shutdown.ts";
import { sleep } from "../../sync/sleep.ts";

export interface DepartureArgs {
  readonly limits: ShutdownLimits;
  /** Own queries per second; undefined while that is not known. */
  readonly rate: () => number | undefined;
  /** Some prefix is announced. */
  readonly announced: boolean;
}

export class Departure {
  readonly #args: DepartureArgs;
  #state: Shutdown;
  /** The most that a prefix may be announced as. */
  level: "draining" | "off" = "draining";

  constructor(args: DepartureArgs) {
    this.#args = args;
    this.#state = beginShutdown(args.rate() ?? 0, args.announced, performance.now(), args.limits);
  }

  /** What is being waited for, for people. */
  get why(): string {
    return this.#state.why;
  }

  /** Takes its steps; `moved` is called with the first and after each that changes something. Resolves with the last. */
  async run(hurry: AbortSignal, moved: () => void): Promise<void> {
    for (let told: string | undefined; ; ) {
      const { limits, rate } = this.#args;
      // Nobody knows: then it is waited for as long as there may be queries.
      const input = { rate: rate() ?? this.#state.before, hurry: hurry.aborted };
      const { state, level, wake } = shutdownStep(this.#state, input, performance.now(), limits);
      this.#state = state;
      this.level = level;
      if (state.why !== told) moved();
      told = state.why;
      if (wake === undefined) return;
      await sleep(wake, hurry);
    }
  }
}
