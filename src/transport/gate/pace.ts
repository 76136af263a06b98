/**
 * How many can be answered, a second: found out by letting in less when they wait, and more as long as none do. Purely.
 */

/** What happened since the last look. */
export interface Seen {
  readonly taken: number;
  /** By the gate, and for lack of room. */
  readonly dropped: number;
  /** Octets that stand in the queue. */
  readonly backlog: number;
  /** Octets that there is room for. */
  readonly room: number;
  readonly milliseconds: number;
}

/** Octets in the queue, and the part of its room, that show that more is let in than is answered: some 300 datagrams. */
const BACKLOG = 256 << 10;
const MUCH_OF_ROOM = 0.5;
/** A datagram in the queue takes so many octets; the seconds in which a backlog is to be gone. */
const DATAGRAM = 832;
const CLEARED = 0.3;
/** What is let in when it was a little too much, of what was taken; how it grows as long as it is not. */
const LESS = 0.95;
const MORE = 1.1;
/** How it grows until something waits for the first time: the thread may have stood still before. */
const MUCH_MORE = 1.5;
/** How much it weighs what was taken while something waited all the time: then that is what can be. */
const MEASURED = 0.5;
/** A rate that is near what can be answered: only then can it be seen whether more can be. */
const NEAR = 0.8;
/** What is asked is not known exactly: as much more or less is let in as less or more came than was to, in such steps. */
const STEP = 0.1;
const MOST_GAIN = 2;
/** Any thread can answer so many a second. */
const LEAST = 1000;
/** Fewer datagrams than these say nothing of how many can be. */
export const FEW = 128;

export class Pace {
  #able = LEAST;
  #backlog = 0;
  #waited = false;
  #growth = MUCH_MORE;
  #gain = 1;

  /** What can be answered, a second. */
  get able(): number {
    return this.#able;
  }

  /** How much is to be let in, a second, as far as it is known what is asked. */
  get room(): number {
    const waiting = this.#backlog / DATAGRAM / CLEARED;
    return (this.#able - Math.min(this.#able / 2, waiting)) * this.#gain;
  }

  /** All were let in: what was taken is what can be. */
  begin(seen: Seen): void {
    this.#able = Math.max(LEAST, rateOf(seen) * LESS);
    this.#growth = MUCH_MORE;
    this.#gain = 1;
    this.#backlog = seen.backlog;
    this.#waited = waits(seen);
  }

  adjust(seen: Seen): void {
    const rate = rateOf(seen);
    const waiting = waits(seen);
    const step = clamp(this.#able / rate, 1 - STEP, 1 + STEP);
    this.#gain = clamp(this.#gain * step, 1 / MOST_GAIN, waiting ? 1 : MOST_GAIN);
    if (waiting && this.#waited) this.#able += (rate - this.#able) * MEASURED;
    else if (waiting) this.#able = Math.max(this.#able, rate) * LESS;
    else if (rate > this.#able * NEAR) this.#able *= this.#growth;
    if (waiting && !this.#waited) this.#growth = MORE;
    this.#able = Math.max(LEAST, this.#able);
    this.#backlog = seen.backlog;
    this.#waited = waiting;
  }
}

/** More is let in than is answered. */
function waits({ backlog, room }: Seen): boolean {
  return backlog > Math.min(BACKLOG, room * MUCH_OF_ROOM);
}

function rateOf({ taken, milliseconds }: Seen): number {
  return Math.max(1, (taken * 1000) / milliseconds);
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value));
}
