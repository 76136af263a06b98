/** Waiting for what somebody is told: each time that something has come, it is looked whether it is enough. */

export class Awaited {
  readonly #patience: number;
  readonly #so: () => string;
  #look: () => void = () => {};

  /** `patience`: milliseconds until a test gives up. `so`: how it is by then, for the error. */
  constructor(patience: number, so: () => string) {
    this.#patience = patience;
    this.#so = so;
  }

  /** Something has come. */
  look(): void {
    this.#look();
  }

  /** Resolves when it is so; rejects when it is not for a long time. */
  until(what: string, isSo: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`never: ${what}; ${this.#so()}`)), this.#patience);
      this.#look = () => {
        if (!isSo()) return;
        clearTimeout(timer);
        this.#look = () => {};
        resolve();
      };
      this.#look();
    });
  }
}
