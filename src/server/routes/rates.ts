/** How many queries come: who has withdrawn a route waits until they have gone. */

export interface RatesOptions {
  /** Queries that all threads have taken so far, and how many of them were our own probes. */
  taken(): number;
  own(): number;
  /** Milliseconds that are remembered. */
  readonly remember: number;
}

interface Sample {
  readonly at: number;
  readonly queries: number;
}

/** To be sampled once a second. */
export class Rates {
  readonly #options: RatesOptions;
  readonly #samples: Sample[] = [];

  constructor(options: RatesOptions) {
    this.#options = options;
  }

  /** `now` is in milliseconds, from any start, and never jumps. */
  sample(now: number): void {
    const { taken, own, remember } = this.#options;
    this.#samples.push({ at: now, queries: taken() - own() });
    while (this.#samples.length > 2 && now - this.#samples[1].at >= remember) this.#samples.shift();
  }

  /**
   * Queries per second over the last so many milliseconds, without our own; over what is remembered, if that is less.
   * Undefined before there were two samples.
   */
  perSecond(milliseconds: number): number | undefined {
    const last = this.#samples.at(-1);
    if (last === undefined) return undefined;
    const first = this.#samples.findLast(({ at }) => last.at - at >= milliseconds) ?? this.#samples[0];
    if (first === last) return undefined;
    // A probe is counted when it is sent, and its query when it is taken: between them, there is less than nothing.
    return Math.max(0, ((last.queries - first.queries) / (last.at - first.at)) * 1000);
  }
}
