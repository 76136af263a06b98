/**
 * Messages to a thread that blocks in the kernel, and so is never called back. Whether there are any is one look at
 * shared memory, cheap enough between any two batches.
 */

import { type MessagePort, receiveMessageOnPort } from "node:worker_threads";

/** Shared memory that tells of messages. */
export const GENERATION_BYTES = 4;

/** Tells every thread that reads this memory that there is a message; to be called once it was posted. */
export function tellOfMessages(generation: SharedArrayBuffer): void {
  Atomics.add(new Int32Array(generation), 0, 1);
}

export class Mailbox<T> {
  readonly #port: MessagePort;
  readonly #generation: Int32Array;
  #seen = -1;

  /** The first `take` looks in any case. */
  constructor(port: MessagePort, generation: SharedArrayBuffer) {
    this.#port = port;
    this.#generation = new Int32Array(generation);
  }

  /** Hands over the messages that have come; true when there may have been any. */
  take(each: (message: T) => void): boolean {
    const generation = Atomics.load(this.#generation, 0);
    if (generation === this.#seen) return false;
    this.#seen = generation;
    for (;;) {
      const received = receiveMessageOnPort(this.#port);
      if (received === undefined) return true;
      each(received.message as T);
    }
  }

  /** Blocks until there may be a message, or for so many milliseconds. */
  wait(milliseconds: number): void {
    Atomics.wait(this.#generation, 0, this.#seen, milliseconds);
  }
}
