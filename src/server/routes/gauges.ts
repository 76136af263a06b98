/** How many queries come, and how many are lost: sampled for as long as routes are held. */

import { takenBy } from "../counts.ts";
import type { AnswerThreads } from "../threads.ts";
import { Rates } from "./rates.ts";

/** Milliseconds between two samples of what is counted, and over which queries are a rate. */
const SAMPLE_MS = 1000;
const RATE_MS = 2000;

export class Gauges {
  readonly #threads: AnswerThreads;
  readonly #rates: Rates;
  /** Queries of our own. */
  sent = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(threads: AnswerThreads) {
    this.#threads = threads;
    const taken = () => takenBy(threads.states);
    this.#rates = new Rates({ taken, own: () => this.sent, remember: 10 * RATE_MS });
  }

  start(): void {
    this.#timer = setInterval(() => this.#rates.sample(performance.now()), SAMPLE_MS);
  }

  /** Queries per second, without our own; undefined while that is not known. */
  get rate(): number | undefined {
    return this.#rates.perSecond(RATE_MS);
  }

  /** Percent of the datagrams that were to be answered, and were dropped or shed; undefined where that is not known. */
  get dropped(): number | undefined {
    return this.#threads.load.percentLetIn;
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
