/** What somebody who watches reports or orders has been told. */

import { Awaited } from "../awaited.ts";

/** Milliseconds until a test gives up on being told. */
const PATIENCE = 20_000;

export class Collected<E extends { readonly say: string }> {
  readonly events: E[] = [];
  readonly #stop = new AbortController();
  readonly #done: Promise<void>;
  readonly #awaited = new Awaited(PATIENCE, () => `told ${this.says.slice(-20).join(" ")}`);

  constructor(watch: (signal: AbortSignal) => AsyncIterable<E>) {
    this.#done = this.#collect(watch);
  }

  async #collect(watch: (signal: AbortSignal) => AsyncIterable<E>): Promise<void> {
    for await (const event of watch(this.#stop.signal)) {
      this.events.push(event);
      this.#awaited.look();
    }
  }

  get says(): readonly string[] {
    return this.events.map(({ say }) => say);
  }

  /** The events of one kind. */
  of<K extends E["say"]>(say: K): Extract<E, { readonly say: K }>[] {
    return this.events.filter((event): event is Extract<E, { readonly say: K }> => event.say === say);
  }

  /** Resolves when it is so; rejects when it is not for a long time. */
  until(what: string, isSo: () => boolean): Promise<void> {
    return this.#awaited.until(what, isSo);
  }

  /** Aborts, and resolves when watching has ended. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#done;
  }
}
