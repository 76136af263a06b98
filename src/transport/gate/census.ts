/** What each bucket and each class of datagrams asks while the gate is not open, by what of it was let in. */

import { BUCKETS, CLASSES, Grade, NAMED, Name } from "./bucket.ts";
import type { Rules } from "./program.ts";
import { ofClasses } from "./shares.ts";

/** How much the newest look weighs in what a bucket asks, and in what a class does. */
const NEWEST = 0.1;
const NEWEST_OF_CLASS = 0.5;
/** Of whom fewer datagrams than these were to be seen since the last look, that he did not come says less. */
const TELLING = 8;

/** A name that was found in a flood is what is flooded with when it is asked for as often as this part of what others may be. */
const OF_FOUND = 1 / 8;

export class Census {
  /** Of each bucket of prefixes, and of each class: a second. */
  readonly rates: Float64Array = new Float64Array(BUCKETS);
  readonly asked: Float64Array = ofClasses(0);
  /** Datagrams of each bucket of prefixes, by their own grade and by a known name; of each bucket of names. */
  readonly #counts = new Uint32Array(BUCKETS);
  readonly #named = new Uint32Array(BUCKETS);
  readonly #names = new Uint32Array(BUCKETS);
  readonly #came: Float64Array = ofClasses(0);

  clear(): void {
    for (const one of [this.rates, this.asked, this.#counts, this.#named, this.#names]) one.fill(0);
  }

  /** A datagram was let in; the bucket of its name is -1 when that was not looked at. */
  count({ grades, names }: Rules, bucket: number, name: number): void {
    const grade = grades[bucket];
    if (name < 0 || names === undefined || (names[name] & 1) === 0 || grade === Grade.KNOWN || grade === Grade.FLOOD)
      this.#counts[bucket]++;
    else {
      this.#named[bucket]++;
      this.#names[name]++;
    }
  }

  /**
   * Sums up since the last time, where `offered` came in all, a second, as the kernel knows: what stood in the queue
   * before the shares were others is scaled by it. A class asks what came of it, and not what its buckets did before:
   * those who ask in bursts look light in between.
   */
  sum({ grades, shares }: Rules, offered: number, seconds: number, first: boolean): void {
    const came = this.#came.fill(0);
    for (let i = 0; i < BUCKETS; i++) {
      came[grades[i]] += this.#counts[i];
      came[NAMED] += this.#named[i];
    }
    let sum = 0;
    for (let i = 0; i < CLASSES; i++) sum += came[i] / shares[i];
    const scale = sum > 0 ? offered / sum : 0;
    for (let i = 0; i < CLASSES; i++) {
      this.asked[i] += ((came[i] / shares[i]) * scale - this.asked[i]) * (first ? 1 : NEWEST_OF_CLASS);
    }
    for (let i = 0; i < BUCKETS; i++) {
      const share = shares[grades[i]];
      const rate = (this.#counts[i] / share + this.#named[i] / shares[NAMED]) * scale;
      const before = this.rates[i];
      const seen = Math.max(before, rate) * share * seconds;
      const weight = first ? 1 : NEWEST * Math.min(1, seen / TELLING);
      this.rates[i] = before + (rate - before) * weight;
      this.#counts[i] = 0;
      this.#named[i] = 0;
    }
  }

  /** Disowns the names of which more were let in than `most` since the last time, or a part of it if they are found. */
  disown(names: Uint8Array, most: number): void {
    for (let i = 0; i < BUCKETS; i++) {
      if (this.#names[i] > (names[i] === Name.FOUND ? most * OF_FOUND : most)) names[i] = Name.FLOODED;
      this.#names[i] = 0;
    }
  }

  /** What each grade asks by what its buckets do: where nothing was seen at the gate yet. */
  ask({ grades }: Rules): void {
    const { asked, rates } = this;
    asked.fill(0, 0, NAMED);
    for (let i = 0; i < BUCKETS; i++) asked[grades[i]] += rates[i];
  }
}
