/** How many queries come, and how many are lost: sampled for as long as routes are held. */

import { Way } from "../../answer/counters.ts";
import { takenBy } from "../counts.ts";
import type { AnswerThreads } from "../threads.ts";
import { Overload } from "./overload.ts";
import { Rates } from "./rates.ts";
import type { AnycastSetup } from "./setup.ts";

/** Milliseconds between two samples of what is counted, and over which queries are a rate. */
const SAMPLE_MS = 1000;
const RATE_MS = 2000;
const UDP = [Way.UDP4, Way.UDP6];

export class Gauges {
  readonly #overload: Overload;
  readonly #rates: Rates;
  /** Queries of our own. */
  sent = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(threads: AnswerThreads, { announced }: AnycastSetup) {
    const listen = announced.flatMap(({ addresses }) => addresses);
    this.#overload = new Overload({ listen, taken: () => takenBy(threads.states, UDP) });
    const taken = () => takenBy(threads.states);
    this.#rates = new Rates({ taken, own: () => this.sent, remember: 10 * RATE_MS });
  }

  start(): void {
    this.#timer = setInterval(() => {
      const now = performance.now();
      this.#overload.sample(now);
      this.#rates.sample(now);
    }, SAMPLE_MS);
  }

  /** Queries per second, without our own; undefined while that is not known. */
  get rate(): number | undefined {
    return this.#rates.perSecond(RATE_MS);
  }

  /** Percent of the datagrams that the system has dropped; undefined where that is not known. */
  get dropped(): number | undefined {
    return this.#overload.percent;
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
