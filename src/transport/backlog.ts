/**
 * What to do when more datagrams come than are answered: each must be young when it is answered, for the client of an
 * old one has given up. Purely; the queue is the kernel's (kernelqueue.ts).
 *
 * The kernel's queue is first in, first out, and what finds no room in it is lost. In a large one every query grows as
 * old as it takes to answer all that fit, and no answer comes in time any more. To read the old ones and throw them away
 * is no remedy by itself: a read costs 1.2 µs where an answer costs 3.9, and at three times of what can be answered
 * nothing is left but to read. So the queue is made smaller, and the kernel drops at once what would grow old, which
 * costs us nothing. What has grown old by then, or while the thread stood still, is read and shed, once.
 *
 * Measured at five times of what a thread could answer (npm run bench -- overload): 18 % of the queries were answered
 * within 100 ms, where it had been 0.2, of 17 % that were answered at all. Knot: 27, with a queue of the usual size. A load that is answered costs no more: at most
 * one system call in 10 ms, and none for as long as the queue gets empty now and then.
 */

/** The queue of one socket. */
export interface Queue {
  /** Octets that the datagrams in it take. */
  held(): number;
  /** Milliseconds since the newest datagram of the batch that was read last came; 0 when that is not known. */
  age(): number;
  /** Makes it so many octets large. */
  resize(octets: number): void;
}

/** Milliseconds between two looks at a queue that does not get empty. */
const LOOK_MS = 10;
/** What waits in less than this is a few batches, and never old; no queue is made smaller. */
const LEAST = 256 << 10;
/** Milliseconds without a backlog after which the queue is made larger again, to twice its size. */
const CALM_MS = 1000;

export class Backlog {
  readonly #queue: Queue;
  readonly #stale: number;
  readonly #most: number;
  #size: number;
  /** When it was empty last, looked at last, and when its size was changed. */
  #emptyAt = 0;
  #lookedAt = 0;
  #sizedAt = 0;
  #shedding = false;

  /** `stale`: how old a datagram may be, in milliseconds. `size`: what the queue has at first, and has at most. */
  constructor(queue: Queue, stale: number, size: number) {
    this.#queue = queue;
    this.#stale = stale;
    this.#most = size;
    this.#size = size;
  }

  /** A batch was read at `now`, in milliseconds; false when it is to be thrown away. `full`: more may wait. */
  takes(full: boolean, now: number): boolean {
    if (!full) {
      this.#emptyAt = now;
      this.#shedding = false;
      if (this.#size < this.#most && now - this.#sizedAt >= CALM_MS) this.#resize(this.#size * 2, now);
      return true;
    }
    // As long as it was empty not long ago, nothing in it is old: no call is made for that.
    if (now - this.#emptyAt <= this.#stale) return true;
    if (!this.#shedding && now - this.#lookedAt < LOOK_MS) return true;
    return this.#look(now);
  }

  #look(now: number): boolean {
    this.#lookedAt = now;
    if (!this.#shedding && this.#queue.held() < LEAST) return true;
    const age = this.#queue.age();
    // Once something is too old, what is half as old goes with it: else each that is answered were as old as can be.
    this.#shedding = age > (this.#shedding ? this.#stale / 2 : this.#stale);
    // What came before the queue was made smaller says nothing of how old it lets them grow now.
    if (this.#shedding && now - age >= this.#sizedAt) this.#resize(this.#size / 2, now);
    return !this.#shedding;
  }

  #resize(size: number, now: number): void {
    this.#sizedAt = now;
    const next = Math.min(this.#most, Math.max(LEAST, size));
    if (next === this.#size) return;
    this.#size = next;
    this.#queue.resize(next);
  }
}
