/**
 * The pulse of an answering thread: a count in shared memory that moves for as long as it answers, written by that thread
 * alone. Whoever looks at it knows a thread that hangs from one that has nothing to do.
 */

/** Octets of shared memory that a pulse takes. */
export const PULSE_BYTES = 8;

const BEATS = 0;
const COLLECTING = 1;

export class Pulse {
  readonly #cells: Int32Array;

  constructor(shared: SharedArrayBuffer) {
    this.#cells = new Int32Array(shared);
  }

  /** One plain store: it stands between any two batches. */
  beat(): void {
    this.#cells[BEATS]++;
  }

  /**
   * Begins or ends a collection of garbage, in which the thread stands still lawfully: with 100,000 zones 130 ms,
   * measured, in all POPs at the same time after a push.
   */
  collecting(now: boolean): void {
    this.#cells[COLLECTING] = now ? 1 : 0;
  }

  get beats(): number {
    return Atomics.load(this.#cells, BEATS);
  }

  get isCollecting(): boolean {
    return Atomics.load(this.#cells, COLLECTING) === 1;
  }
}

/** A collection may take so many times as long as any other silence. */
const COLLECTION = 10;

/**
 * How long a thread has been silent, by looks at its pulse. Time in which the looking thread stood still itself does not
 * count: the whole process may have been stopped, or the machine busy, and the thread with it.
 */
export class Silence {
  readonly #every: number;
  readonly #hung: number;
  #beats = -1;
  #silent = 0;

  /** Looks come every so many milliseconds; a thread that is silent for `hung` milliseconds hangs. */
  constructor(every: number, hung: number) {
    this.#every = every;
    this.#hung = hung;
  }

  /** Looks once, so many milliseconds after the last time; true when the thread hangs. */
  look(pulse: { readonly beats: number; readonly isCollecting: boolean }, elapsed: number): boolean {
    const { beats, isCollecting } = pulse;
    if (beats === this.#beats) this.#silent += Math.min(elapsed, this.#every);
    else this.#silent = 0;
    this.#beats = beats;
    return this.#silent >= (isCollecting ? this.#hung * COLLECTION : this.#hung);
  }
}
