/**
 * Zones on their way to threads, in order: very many go in parts, with a turn of the event loop after each. To send 50,000
 * to one thread takes the main thread 80 ms, measured, and it has sessions with routers to keep alive meanwhile.
 */

import type { ServedZone, ToAnswer } from "./messages.ts";

/** Zones in one message: to read 100,000 in one takes a thread 180 ms, in which it answers nobody. */
const PART = 5000;

export interface Given {
  /** Comes back when all of it was taken. */
  readonly number: number;
  readonly zones: readonly ServedZone[];
  /** All zones are there with it; and whether they were before. */
  readonly complete: boolean;
  readonly before: boolean;
}

export class Delivery<T> {
  readonly #post: (thread: T, message: ToAnswer) => void;
  /** Threads that were sent something in this turn, or wait, with what they are yet to be sent. */
  readonly #waiting = new Map<T, ToAnswer[]>();
  #turn: NodeJS.Immediate | undefined;

  constructor(post: (thread: T, message: ToAnswer) => void) {
    this.#post = post;
  }

  /** Gives zones to each thread. */
  give(threads: readonly T[], given: Given): void {
    for (const message of messagesOf(given)) for (const thread of threads) this.#send(thread, message);
  }

  /** A thread is no more. */
  forget(thread: T): void {
    this.#waiting.delete(thread);
  }

  /** The first one goes at once. */
  #send(thread: T, message: ToAnswer): void {
    const waiting = this.#waiting.get(thread);
    if (waiting) {
      waiting.push(message);
      return;
    }
    this.#waiting.set(thread, []);
    this.#post(thread, message);
    this.#turn ??= setImmediate(() => this.#next());
  }

  /** One message to one thread, which is the last in line then. */
  #next(): void {
    for (const [thread, messages] of this.#waiting) {
      this.#waiting.delete(thread);
      const message = messages.shift();
      if (message === undefined) continue;
      this.#waiting.set(thread, messages);
      this.#post(thread, message);
      break;
    }
    this.#turn = this.#waiting.size > 0 ? setImmediate(() => this.#next()) : undefined;
  }
}

/** Only with the last part is it taken, and all there. */
function messagesOf({ number, zones, complete, before }: Given): ToAnswer[] {
  const parts = Math.max(1, Math.ceil(zones.length / PART));
  return Array.from({ length: parts }, (_, part) => {
    const updates = zones.slice(part * PART, (part + 1) * PART);
    return part === parts - 1
      ? { say: "zones", number, updates, complete }
      : { say: "zones", number: number - 1, updates, complete: complete && before };
  });
}
