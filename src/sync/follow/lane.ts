/** A number of tasks at once, the others in a row: zones of one size class. */

export class Lane {
  readonly #most: number;
  readonly #row: (() => Promise<void>)[] = [];
  #roomFor: (() => void)[] = [];
  #running = 0;

  /** At most `most` tasks run at once. */
  constructor(most: number) {
    this.#most = most;
  }

  /** Tasks that run or wait. */
  get size(): number {
    return this.#running + this.#row.length;
  }

  /** Runs a task when it is its turn. It must not reject. */
  add(task: () => Promise<void>): void {
    this.#row.push(task);
    this.#next();
  }

  /** Resolves when fewer than `most` tasks run or wait. */
  async below(most: number): Promise<void> {
    while (this.size >= most) {
      await new Promise<void>((resolve) => {
        this.#roomFor.push(resolve);
      });
    }
  }

  #next(): void {
    while (this.#running < this.#most) {
      const task = this.#row.shift();
      if (!task) return;
      this.#running++;
      void task().finally(() => this.#ended());
    }
  }

  #ended(): void {
    this.#running--;
    const woken = this.#roomFor;
    this.#roomFor = [];
    for (const wake of woken) wake();
    this.#next();
  }
}
