/**
 * One check that is asked again and again, never twice at a time. A question that comes late, as the event loop was busy,
 * is just late: nothing is made of it.
 */

import { nextTurn, type Turns } from "./turns.ts";
import type { Outcome } from "./verdict.ts";

export interface Check {
  /** Unique among the checks of its prefix. */
  readonly name: string;
  /** Whose pace it is asked at. */
  readonly pace: "udp" | "tcp";
  /** Asks once. It has a time-out of its own, ends when the signal says so, and never rejects. */
  run(signal: AbortSignal): Promise<Outcome>;
}

/** Milliseconds between an outcome and the next question. */
export interface Paces {
  readonly udp: number;
  readonly tcp: number;
  /** When the last one was bad, and one more like it could make the verdict worse. */
  readonly recheck: number;
}

export interface AskingSurroundings {
  /** Shared by all checks. */
  readonly turns: Turns;
  /** See offsetOf. */
  readonly offset: number;
  /** Takes an outcome; true when it is to be asked again soon. */
  heard(outcome: Outcome): boolean;
}

export class Asking {
  readonly #check: Check;
  readonly #paces: Paces;
  readonly #surroundings: AskingSurroundings;
  readonly #end = new AbortController();
  #cancel = () => {};
  #running: Promise<void> | undefined;

  constructor(check: Check, paces: Paces, surroundings: AskingSurroundings) {
    this.#check = check;
    this.#paces = paces;
    this.#surroundings = surroundings;
  }

  /** Asks for the first time after so many milliseconds. */
  start(delay: number): void {
    this.#at(this.#surroundings.turns.now + delay);
  }

  /** Resolves when no question is under way. What is still answered is not heard. */
  async close(): Promise<void> {
    this.#cancel();
    this.#end.abort();
    await this.#running;
  }

  async #ask(): Promise<void> {
    const { signal } = this.#end;
    const outcome = await this.#check.run(signal).catch((error: unknown) => cannotAsk(this.#check.name, error));
    if (signal.aborted) return;
    const soon = this.#surroundings.heard(outcome);
    if (signal.aborted) return;
    const { turns, offset } = this.#surroundings;
    const { now } = turns;
    this.#at(soon ? now + this.#paces.recheck : nextTurn(now, this.#paces[this.#check.pace], offset));
  }

  #at(time: number): void {
    this.#cancel = this.#surroundings.turns.at(time, () => {
      this.#running = this.#ask();
    });
  }
}

/** A fault of the check itself. It would be so in the whole fleet, and so it is not hard. */
function cannotAsk(check: string, error: unknown): Outcome {
  return { ok: false, severity: "wrong", why: `${check} can't be asked: ${String(error)}` };
}
