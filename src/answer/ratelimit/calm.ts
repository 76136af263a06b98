/**
 * Whose replies need no account: prefixes that get less of all kinds together than the least of the limits. Nearly all do,
 * and a look at one word here costs a tenth of what finding and charging an account costs.
 *
 * A prefix that gets more than half of the least limit within a second is charged, from there on and until it has been
 * calm for as long as a debt may last. What it got before that in the same second is taken off the accounts that are opened
 * in it, so that no more goes out in a burst than the limit says.
 *
 * Several prefixes may have one place, and are then charged a little earlier; nobody can aim for that, as the key is secret.
 */

/** A place is two words of 32 bits: when its second began, and its state. */
const ENTRY = 2;
const PLACES = 8192;
const SECOND = 1000;
/** Of the state: replies in this second; it began calm; the time when there were too many, in units of 1,024 ms; not calm. */
const COUNT = 0x3fff;
const FRESH = 0x4000;
const TIME = 15;
const TIME_MASK = 0xffff;
const UNIT = 10;
const ROUSED = 1 << 31;
/** Times of two threads may differ by this: less is no new second. */
const SKEW = 60_000;
/** Below it accounts are opened with so little that an honest name beside one that is asked for too often would feel it. */
const LEAST = 25;

/** Octets of shared memory that all places take. */
export const CALM_BYTES: number = PLACES * ENTRY * 4;

export class Calm {
  /** Of the prefix that was looked at last: what it may have got in this second without being charged. */
  spent = 0;
  readonly #words: Int32Array;
  readonly #most: number;
  readonly #window: number;

  /** `rates`: replies a second of each limit, 0 for none; `window`: seconds for which debts last. */
  constructor(memory: SharedArrayBuffer, rates: readonly number[], window: number) {
    this.#words = new Int32Array(memory);
    const half = Math.floor(Math.min(...rates.filter((rate) => rate > 0)) / 2);
    this.#most = half < LEAST ? 0 : Math.min(half, COUNT - 1);
    this.#window = Math.ceil((window * SECOND) >> UNIT) + 2;
  }

  /** Counts a reply to the prefix of a hash; false when it is to be charged. `now`: as LimitTable takes it. */
  passes(hash: number, now: number): boolean {
    if (this.#most === 0) return false;
    const words = this.#words;
    const at = (hash & (PLACES - 1)) * ENTRY;
    const elapsed = (now - words[at]) | 0;
    let state = words[at + 1];
    if (elapsed >= SECOND || elapsed < -SKEW || state === 0) {
      words[at] = now;
      state = this.#isRoused(state, now) ? state & ~(COUNT | FRESH) : FRESH;
    }
    if ((state & COUNT) < COUNT) state++;
    if ((state & COUNT) > this.#most) state = ROUSED | (timeOf(now) << TIME) | (state & (COUNT | FRESH));
    words[at + 1] = state;
    if ((state & ROUSED) === 0) return true;
    this.spent = (state & FRESH) === 0 ? 0 : this.#most;
    return false;
  }

  #isRoused(state: number, now: number): boolean {
    return (state & ROUSED) !== 0 && ((timeOf(now) - (state >>> TIME)) & TIME_MASK) <= this.#window;
  }
}

function timeOf(now: number): number {
  return (now >>> UNIT) & TIME_MASK;
}
