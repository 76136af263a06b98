/** A fault in our own code costs the query that met it, and neither the thread nor the queries behind it. */

import { Count, type Counters } from "../answer/counters.ts";
import type { Respond } from "../answer/respond.ts";

/** Faults that a thread tells of; the same query may come a million times. */
const MOST_TOLD = 10;

/** Wraps a responder: a query that makes it throw gets no reply, and is told of with the error's stack. */
export function guarded(respond: Respond, counters: Counters, tell: (stack: string, query: string) => void): Respond {
  let told = 0;
  return (query, length, reply, client) => {
    try {
      return respond(query, length, reply, client);
    } catch (error) {
      counters.cells[Count.FAULT]++;
      if (told++ < MOST_TOLD) {
        const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
        tell(stack, Buffer.from(query.subarray(0, length)).toString("hex"));
      }
      return 0;
    }
  };
}
