/** Reads everything that a stream has. */

import { natsError } from "./natserror.ts";
import type { Link } from "./natslink.ts";
import { type Message, streamState } from "./natsmessage.ts";
import { Pull, type PullPlan } from "./natspull.ts";

/** Milliseconds without a message after which a reader counts how many there are to come. */
const STALL = 1500;

/**
 * Everything that a stream has now, in batches. Rejects with StoreError: a reader that was cut off begins again.
 *
 * It ends at what was the stream's last message, too: when messages are replaced as they are read, nats-server 2.9.10 says
 * for ever that one more is to come, and while POPs report there would be no end (measured). What took the place of those
 * that were replaced comes after that, so it is looked for once more.
 */
export async function* readAll(link: Link, plan: PullPlan): AsyncIterable<readonly Message[]> {
  let last = (await streamState(link, plan.stream)).last;
  const pull = await Pull.open(link, plan);
  try {
    let left = pull.pending;
    let extended = false;
    while (left > 0) {
      const { messages, pending } = await pull.take(STALL);
      left = pending;
      if (messages.length > 0) yield messages;
      // The last ones may have been replaced by others meanwhile: then they never come.
      else if (left > 0) left = await pull.count();
      const seq = messages.at(-1)?.seq ?? 0;
      if (left === 0 || seq < last) continue;
      if (!extended) last = (await streamState(link, plan.stream)).last;
      if (extended || seq >= last) return;
      extended = true;
    }
  } catch (error) {
    throw natsError(link.where, error);
  } finally {
    await pull.close();
  }
}
