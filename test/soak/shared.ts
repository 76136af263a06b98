/** What the threads of a soak share: which versions of each zone may be answered, how fast to ask, and what came of it. */

/** What became of queries. */
export const Tally = {
  SENT: 0,
  ANSWERED: 1,
  /** No answer in time. */
  LOST: 2,
  /** An answer from a version that was no longer served when the query was sent, or not yet when the answer came. */
  OTHER_VERSION: 3,
  /** An answer that is none: another rcode, sections that are not there. */
  WRONG: 4,
  /** Answers that came after they were given up, and were counted as lost. */
  LATE: 5,
  /** Due, and not sent, as this side was held up. */
  SKIPPED: 6,
} as const;

const TALLIES = 8;
const CELLS = 2;
const STOP = 0;
const RATE = 1;

export interface SharedMemory {
  readonly control: SharedArrayBuffer;
  readonly versions: SharedArrayBuffer;
  /** One row for each thread that asks. */
  readonly tallies: SharedArrayBuffer;
}

export function sharedMemory(zones: number, threads: number): SharedMemory {
  return {
    control: new SharedArrayBuffer(CELLS * 4),
    versions: new SharedArrayBuffer(zones * 2 * 4),
    tallies: new SharedArrayBuffer(threads * TALLIES * 8),
  };
}

/** How fast to ask, and whether to go on. */
export class Control {
  readonly #cells: Int32Array;

  constructor({ control }: SharedMemory) {
    this.#cells = new Int32Array(control);
  }

  get stopped(): boolean {
    return Atomics.load(this.#cells, STOP) !== 0;
  }

  /** Queries a second; 0 is as many as are answered. */
  get rate(): number {
    return Atomics.load(this.#cells, RATE);
  }

  set rate(rate: number) {
    Atomics.store(this.#cells, RATE, rate);
  }

  stop(): void {
    Atomics.store(this.#cells, STOP, 1);
  }
}

/** The versions that answers may be from: at least the last one that was seen to be served everywhere, at most the newest. */
export class Versions {
  readonly #cells: Int32Array;

  constructor({ versions }: SharedMemory) {
    this.#cells = new Int32Array(versions);
  }

  oldest(zone: number): number {
    return Atomics.load(this.#cells, zone * 2);
  }

  newest(zone: number): number {
    return Atomics.load(this.#cells, zone * 2 + 1);
  }

  /** From now on this version may be answered. */
  begin(zone: number, version: number): void {
    Atomics.store(this.#cells, zone * 2 + 1, version);
  }

  /** From now on nothing older may be. */
  confirm(zone: number, version: number): void {
    Atomics.store(this.#cells, zone * 2, version);
  }
}

export type Tallies = Float64Array;

export function talliesOf({ tallies }: SharedMemory, thread: number): Tallies {
  return new Float64Array(tallies, thread * TALLIES * 8, TALLIES);
}

/** What all threads have counted. */
export function totals({ tallies }: SharedMemory): Tallies {
  const all = new Float64Array(tallies);
  const sums = new Float64Array(TALLIES);
  for (let i = 0; i < all.length; i++) sums[i % TALLIES] += all[i];
  return sums;
}
