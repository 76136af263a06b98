/** Knows when every thread has taken what it was given. */

interface Waiting<T> {
  readonly number: number;
  readonly left: Set<T>;
  readonly resolve: () => void;
}

export class Acknowledgements<T> {
  readonly #waiting = new Set<Waiting<T>>();
  #number = 0;

  /** Of what was given last. */
  get number(): number {
    return this.#number;
  }

  /** What these threads are about to be given has the next number; resolves once all have taken it, or are no more. */
  next(threads: Iterable<T>): Promise<void> {
    const number = ++this.#number;
    const left = new Set(threads);
    if (left.size === 0) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.add({ number, left, resolve }));
  }

  /** Whether a thread has yet to take what it was given. */
  awaits(thread: T): boolean {
    for (const { left } of this.#waiting) if (left.has(thread)) return true;
    return false;
  }

  /** A thread has taken all up to a number. */
  taken(thread: T, number: number): void {
    for (const waiting of this.#waiting) {
      // They are in the order of their numbers.
      if (waiting.number > number) return;
      this.#without(waiting, thread);
    }
  }

  /** A thread is no more. The one in its place begins with all that there is. */
  gone(thread: T): void {
    for (const waiting of this.#waiting) this.#without(waiting, thread);
  }

  #without(waiting: Waiting<T>, thread: T): void {
    waiting.left.delete(thread);
    if (waiting.left.size > 0) return;
    this.#waiting.delete(waiting);
    waiting.resolve();
  }
}
