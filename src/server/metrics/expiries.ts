/** When the first signature of each zone expires: every image is walked over once, in slices. */

import { ExpiryWalk } from "../../zone/expiry.ts";
import { Word, Zone } from "../../zone/image.ts";
import type { Slices } from "../slices.ts";

/** RRsets between two looks at the clock: far less than a slice. */
const STEP = 4096;

export class Expiries {
  readonly #known = new WeakMap<SharedArrayBuffer, number>();

  /** Seconds since 1970; Infinity for a zone without signatures. */
  async of(image: SharedArrayBuffer, slices: Slices): Promise<number> {
    const known = this.#known.get(image);
    if (known !== undefined) return known;
    const walk = new ExpiryWalk(new Zone(image), Math.floor(Date.now() / 1000));
    while (!walk.step(STEP)) if (slices.over) await slices.turn();
    this.#known.set(image, walk.nearest);
    return walk.nearest;
  }

  /** What is known of it already; 0 for nothing. Most zones are unsigned, and need no walk. */
  known(image: SharedArrayBuffer): number {
    const signed = new Uint32Array(image, 0, Word.SIGNED + 1)[Word.SIGNED] !== 0;
    return signed ? (this.#known.get(image) ?? 0) : Number.POSITIVE_INFINITY;
  }
}
