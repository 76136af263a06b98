/** Waits that end early when there is news: tries again of what the store's absence has stopped. */

export class Alarm {
  readonly #waiting = new Map<() => void, NodeJS.Timeout>();
  #closed = false;

  /** Resolves after so many milliseconds, or earlier: see hurry and close. */
  wait(ms: number): Promise<void> {
    return new Promise((resolve) => {
      if (this.#closed) resolve();
      else this.#set(resolve, ms);
    });
  }

  #set(resolve: () => void, ms: number): void {
    const timer = setTimeout(() => {
      this.#waiting.delete(resolve);
      resolve();
    }, ms);
    this.#waiting.set(resolve, timer);
  }

  /** The store is back: each waits only as long as `delay` says. */
  hurry(delay: () => number): void {
    for (const [resolve, timer] of [...this.#waiting]) {
      clearTimeout(timer);
      this.#set(resolve, delay());
    }
  }

  /** Ends all waits, and those to come. */
  close(): void {
    this.#closed = true;
    for (const [resolve, timer] of this.#waiting) {
      clearTimeout(timer);
      resolve();
    }
    this.#waiting.clear();
  }
}
