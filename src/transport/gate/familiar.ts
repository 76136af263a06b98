/**
 * Which prefixes, or names, had right answers while there was peace: credits of each bucket, for one query of a batch. In
 * a flood nothing is learned. Whoever forges queries beforehand can gain credits, too: so only those who have most are
 * known, and few of all buckets, for what floods falls into those as often as into any others. At worst it is as if
 * nobody were known.
 */

import { BUCKETS } from "./bucket.ts";

/** Credits that wait for it to be seen that there was peace when they were given; more are not taken. */
const WAITING = 64;

export class Familiar {
  readonly #credits = new Uint32Array(BUCKETS);
  readonly #waiting = new Uint16Array(WAITING);
  readonly #most: number;
  #count = 0;

  /** Of so many buckets at most it is said that they are known. */
  constructor(most: number) {
    this.#most = most;
  }

  credit(bucket: number): void {
    if (this.#count < WAITING) this.#waiting[this.#count++] = bucket;
  }

  /** There was peace: what was credited meanwhile is good. */
  settle(): void {
    for (let i = 0; i < this.#count; i++) this.#credits[this.#waiting[i]]++;
    this.#count = 0;
  }

  /** To be called now and then: who stays away is forgotten. */
  fade(): void {
    for (let i = 0; i < BUCKETS; i++) this.#credits[i] >>>= 1;
  }

  /** Marks the known ones with 1, all others with 0. What was credited since there was peace last is not. */
  mark(known: Uint8Array): void {
    this.#count = 0;
    const credits = this.#credits;
    const tooFew = credits.slice().sort()[BUCKETS - this.#most - 1];
    for (let i = 0; i < BUCKETS; i++) known[i] = credits[i] > tooFew ? 1 : 0;
  }
}
