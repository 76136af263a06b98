/** What the answering threads were given, as probes are to find it. */

import type { Served } from "../../anycast/probe/served.ts";
import { nameFromText, nameToText } from "../../text/name.ts";
import type { ServedZone } from "../messages.ts";
import type { AnswerThreads } from "../threads.ts";
import { serialOf } from "../zoneset.ts";

export class ServedZones implements Served {
  readonly #threads: AnswerThreads;
  #turn: Iterator<ServedZone>;

  constructor(threads: AnswerThreads) {
    this.#threads = threads;
    this.#turn = threads.zones();
  }

  serialOf(zone: string): number | undefined {
    const image = this.#threads.imageOf(nameFromText(zone));
    return image && serialOf(image);
  }

  next(): { readonly zone: string; readonly serial: number } | undefined {
    // From the first one on, when this turn is over; those that have never loaded are passed over.
    for (let turns = 0; turns < 2; ) {
      const { done, value } = this.#turn.next();
      if (done) {
        this.#turn = this.#threads.zones();
        turns++;
      } else if (value.image) return { zone: nameToText(value.apex), serial: serialOf(value.image) };
    }
    return undefined;
  }
}
