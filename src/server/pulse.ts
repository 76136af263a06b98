/**
 * The pulse of an answering thread: a count in shared memory that moves for as long as it answers, written by that thread
 * alone. Whoever looks at it knows a thread that hangs from one that has nothing to do.
 */

import type { ProcessorTime } from "./processortime.ts";

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
   * Begins or ends a collection of garbage, in which the thread stands still lawfully. After a push that is so in all
   * POPs at the same time. Measured: 9 ms whatever the size of the zones, 20 with 10,000 of them, 130 with 100,000, and
   * up to 880 when three threads collect on two busy cores.
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

/** Collecting, or taking zones, a thread may be silent for so many times as long as at any other time. */
const BUSY = 10;
/**
 * Milliseconds for each zone that there is, at least: collections come at any time, and go through what a thread holds
 * for it. Measured with 50,000 zones: 40 to 200 ms, on two cores that have other things to do.
 */
const FOR_A_ZONE = 0.01;

/** What a thread has to do besides answering. */
export interface Load {
  /** It collects, or was given zones that it has not taken yet. */
  readonly busy: boolean;
  /** Zones that it holds. */
  readonly zones: number;
}

/**
 * How long a thread has been silent, by looks at its pulse. Time in which the looking thread stood still itself does not
 * count, nor does time in which the thread wanted a processor and had none: the whole process may have been stopped, or the
 * machine busy. Measured: with six programs on two cores a thread that had nothing wrong was silent for 200 ms.
 */
export class Silence {
  readonly #every: number;
  readonly #hung: number;
  #beats = -1;
  #silent = 0;
  /** How long it had run by the last look; undefined when it had answered since the one before. */
  #ran: number | undefined;

  /** Looks come every so many milliseconds; a thread that is silent for `hung` milliseconds hangs. */
  constructor(every: number, hung: number) {
    this.#every = every;
    this.#hung = hung;
  }

  /**
   * Looks once, so many milliseconds after the last time; true when the thread hangs. `processor`: whether it gets one,
   * where that is known; it is only asked of a silent thread.
   */
  look(beats: number, elapsed: number, { busy, zones }: Load, processor: () => ProcessorTime | undefined): boolean {
    if (beats === this.#beats) this.#silent += Math.min(elapsed, this.#every, this.#ranSince(processor()));
    else {
      this.#silent = 0;
      this.#ran = undefined;
    }
    this.#beats = beats;
    const allowed = Math.max(this.#hung, zones * FOR_A_ZONE);
    return this.#silent >= (busy ? allowed * BUSY : allowed);
  }

  /** Milliseconds that a thread which wants a processor has had one since the last look; no bound for one that does not. */
  #ranSince(time: ProcessorTime | undefined): number {
    const before = this.#ran;
    this.#ran = time?.ran;
    // The first look only learns how long it has run before.
    if (time === undefined || !time.wants || before === undefined) return Number.POSITIVE_INFINITY;
    return time.ran - before;
  }
}
