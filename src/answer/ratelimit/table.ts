/**
 * What replies are counted in, so that a client's prefix gets no more than so many of a kind a second: a table of fixed
 * size, in memory that all threads share, with accounts as BIND has them.
 *
 * An account earns `rate` replies a second and has room for those of one second. It is charged for each reply that would
 * go out, those that are refused too, down to a debt of `window` seconds: who floods on gets nothing at all.
 *
 * Threads write without locks. What they do to an account at the same moment may be counted once, or go to the account
 * that has just taken its place: never more than a reply or two, where locks would cost each query.
 */

/** An account is four words of 32 bits; it is told from others by all 32 bits of its hash. */
export const Word = { HASH: 0, TIME: 1, BALANCE: 2, STATE: 3 } as const;
const ENTRY = 4;
/** Accounts that a hash may be in: together they are a line of the processor's cache. */
const WAYS = 4;
const SET = ENTRY * WAYS;

/** Bits of the state: the account is in use; it is over its limit, and was told of. Above them, refusals up to `slip`. */
export const State = { USED: 1, OVER: 2 } as const;
const SLIP = 8;

/** Balances are in thousandths of replies: at a rate of one a second they earn one in each millisecond. */
const REPLY = 1000;
/** No debt is greater, so that it is a number of 32 bits. */
const MOST_DEBT = 2_000_000_000;
/** Times of two threads may differ by this; with a greater difference backwards, half of the clock's turn has gone by. */
const SKEW = 60_000;

/** What becomes of a reply. */
export const Charge = {
  /** There was credit for it. */
  PAID: 0,
  /** There was none. */
  OVER: 1,
  /** There was none, and it is the first, or the slip-th after the last one of these. */
  SLIPS: 2,
} as const;

/** Shared memory for so many accounts, or for somewhat more: a power of two. */
export function tableMemory(entries: number): SharedArrayBuffer {
  let sets = 1;
  while (sets * WAYS < entries) sets *= 2;
  return new SharedArrayBuffer(sets * SET * 4);
}

export class LimitTable {
  /** The account that was charged last, as its first word, and whether that has put it over its limit. */
  last = 0;
  started = false;
  readonly #words: Int32Array;
  readonly #mask: number;
  readonly #window: number;
  readonly #slip: number;

  /** `window`: seconds of the deepest debt; `slip`: one in so many refused replies slips, none with 0. */
  constructor(memory: SharedArrayBuffer, window: number, slip: number) {
    this.#words = new Int32Array(memory);
    this.#mask = memory.byteLength / (SET * 4) - 1;
    this.#window = window * 1000;
    this.#slip = slip;
  }

  /**
   * Charges the account of a hash, made with `index`, for a reply, at a rate of so many a second. `now`: milliseconds of a
   * clock that never jumps, of which the lower 32 bits count. An account that has to be opened lacks what was `spent`.
   */
  charge(hash: number, index: number, rate: number, now: number, spent = 0): number {
    const words = this.#words;
    const set = (index & this.#mask) * SET;
    for (let at = set; at < set + SET; at += ENTRY) {
      if (words[at] === hash && words[at + Word.STATE] !== 0) return this.#debit(at, rate, now);
    }
    this.#open(this.#oldest(set, now), hash, rate - spent, now);
    return Charge.PAID;
  }

  /** The account of a set that was charged the longest ago: one that is being flooded is never given away. */
  #oldest(set: number, now: number): number {
    const words = this.#words;
    let oldest = set;
    let most = -1;
    for (let at = set; at < set + SET; at += ENTRY) {
      if (words[at + Word.STATE] === 0) return at;
      const age = since(words[at + Word.TIME], now);
      if (age > most) {
        most = age;
        oldest = at;
      }
    }
    return oldest;
  }

  #open(at: number, hash: number, credit: number, now: number): void {
    const words = this.#words;
    words[at + Word.HASH] = hash;
    words[at + Word.TIME] = now;
    words[at + Word.BALANCE] = (credit - 1) * REPLY;
    words[at + Word.STATE] = State.USED;
  }

  #debit(at: number, rate: number, now: number): number {
    const words = this.#words;
    const elapsed = since(words[at + Word.TIME], now);
    let balance = words[at + Word.BALANCE];
    if (elapsed > 0) {
      words[at + Word.TIME] = now;
      balance = credited(balance, rate, elapsed, this.#window);
      // Whoever has all of his credit back begins anew.
      if (balance === rate * REPLY) words[at + Word.STATE] = State.USED;
    }
    balance -= REPLY;
    words[at + Word.BALANCE] = balance;
    return balance >= 0 ? Charge.PAID : this.#refuse(at, balance, rate);
  }

  /** BIND's order: the first one slips, so that an honest client need not wait for it, then each slip-th. */
  #refuse(at: number, balance: number, rate: number): number {
    const words = this.#words;
    words[at + Word.BALANCE] = Math.max(balance, -Math.min(rate * this.#window, MOST_DEBT));
    const state = words[at + Word.STATE];
    const refused = state >>> SLIP;
    this.last = at;
    this.started = (state & State.OVER) === 0;
    words[at + Word.STATE] = State.USED | State.OVER | ((refused + 1 >= this.#slip ? 0 : refused + 1) << SLIP);
    return refused === 0 && this.#slip > 0 ? Charge.SLIPS : Charge.OVER;
  }
}

/** For those who look on: accounts that were over their limit, and whether they still are. */
export class LimitView {
  readonly #words: Int32Array;
  readonly #window: number;

  constructor(memory: SharedArrayBuffer, window: number) {
    this.#words = new Int32Array(memory);
    this.#window = window * 1000;
  }

  /** False when the account is another's by now, or has earned all that it can. */
  isOver(at: number, hash: number, rate: number, now: number): boolean {
    const words = this.#words;
    if (words[at] !== hash || (words[at + Word.STATE] & State.OVER) === 0) return false;
    const elapsed = since(words[at + Word.TIME], now);
    return credited(words[at + Word.BALANCE], rate, elapsed, this.#window) < rate * REPLY;
  }
}

/** Milliseconds from one reading of the clock to another; 0 for one that another thread took a moment later. */
function since(time: number, now: number): number {
  const elapsed = (now - time) | 0;
  if (elapsed >= 0) return elapsed;
  return elapsed < -SKEW ? elapsed >>> 0 : 0;
}

/** A balance so many milliseconds later; whoever was silent for the whole window has all of his credit (BIND). */
function credited(balance: number, rate: number, elapsed: number, window: number): number {
  return elapsed > window ? rate * REPLY : Math.min(rate * REPLY, balance + rate * elapsed);
}
