/**
 * How threads tell the main one of prefixes that have gone over a limit: a queue of fixed size in shared memory, which all
 * of them write and one reads. What does not fit is counted; nobody waits.
 *
 * A writer takes the next place by compare-and-exchange, fills it, and then marks it as filled with its number.
 */

/** Words in front of the places: how many were taken by writers, how many were read, how many found no place. */
const TAKEN = 0;
const READ = 1;
const LOST = 2;
const HEAD = 16;
/** Words of a place: its number once it is filled, then what it says. */
const PLACE = 16;
const Field = { NUMBER: 0, ACCOUNT: 1, HASH: 2, RATE: 3, KIND: 4, FAMILY: 5, ADDRESS: 6 } as const;
const PLACES = 256;

/** Octets of the queue. */
export const NEWS_BYTES: number = (HEAD + PLACES * PLACE) * 4;

/** An account that has gone over its limit. */
export interface LimitNews {
  /** Where it is in the table, and of which hash. */
  readonly account: number;
  readonly hash: number;
  readonly rate: number;
  readonly kind: number;
  readonly family: 4 | 6;
  /** Of the client: a word for IPv4, four for IPv6. */
  readonly address: Int32Array;
}

export class NewsWriter {
  readonly #words: Int32Array;

  constructor(memory: SharedArrayBuffer) {
    this.#words = new Int32Array(memory);
  }

  /** Tells of an account; `address` has four words, of which IPv4 has the first. */
  tell(account: number, hash: number, rate: number, kind: number, ipv6: boolean, address: Int32Array): void {
    const words = this.#words;
    const number = this.#take();
    if (number < 0) return;
    const at = placeOf(number);
    words[at + Field.ACCOUNT] = account;
    words[at + Field.HASH] = hash;
    words[at + Field.RATE] = rate;
    words[at + Field.KIND] = kind;
    words[at + Field.FAMILY] = ipv6 ? 6 : 4;
    for (let i = 0; i < 4; i++) words[at + Field.ADDRESS + i] = address[i];
    Atomics.store(words, at + Field.NUMBER, marked(number));
  }

  /** The number of a free place; -1 when all wait to be read. */
  #take(): number {
    const words = this.#words;
    for (;;) {
      const taken = Atomics.load(words, TAKEN);
      if (((taken - Atomics.load(words, READ)) | 0) >= PLACES) {
        Atomics.add(words, LOST, 1);
        return -1;
      }
      if (Atomics.compareExchange(words, TAKEN, taken, (taken + 1) | 0) === taken) return taken >>> 0;
    }
  }
}

export class NewsReader {
  readonly #words: Int32Array;
  #lost = 0;
  /** A place that was taken, and not filled: its writer may have died meanwhile. */
  #unfilled = -1;

  constructor(memory: SharedArrayBuffer) {
    this.#words = new Int32Array(memory);
  }

  /** Hands over what has come; returns how many more there were no places for, or were not told to the end. */
  take(each: (news: LimitNews) => void): number {
    const words = this.#words;
    let passed = 0;
    for (let read = Atomics.load(words, READ); read !== Atomics.load(words, TAKEN); read = (read + 1) | 0) {
      const at = placeOf(read >>> 0);
      if (Atomics.load(words, at + Field.NUMBER) === marked(read >>> 0)) each(newsAt(words, at));
      else if (this.#unfilled !== read) {
        // The next look passes over it.
        this.#unfilled = read;
        break;
      } else passed++;
      Atomics.store(words, READ, (read + 1) | 0);
    }
    const lost = Atomics.load(words, LOST);
    const more = (lost - this.#lost) >>> 0;
    this.#lost = lost;
    return more + passed;
  }
}

function placeOf(number: number): number {
  return HEAD + (number % PLACES) * PLACE;
}

/** What marks a place as filled: never 0, and another one each time. */
function marked(number: number): number {
  return (number + 1) | 0;
}

function newsAt(words: Int32Array, at: number): LimitNews {
  const family = words[at + Field.FAMILY] === 6 ? 6 : 4;
  return {
    account: words[at + Field.ACCOUNT],
    hash: words[at + Field.HASH],
    rate: words[at + Field.RATE],
    kind: words[at + Field.KIND],
    family,
    address: words.slice(at + Field.ADDRESS, at + Field.ADDRESS + (family === 6 ? 4 : 1)),
  };
}
