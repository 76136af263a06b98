/**
 * What a missing answer says when much is lost. An attack that is more than a POP can answer takes its own questions as it
 * takes the clients', and answers the rest as ever: to withdraw for that would move the attack to the next POP, and then
 * to the one after it. So a failure counts by how likely it is by such a loss alone. It is whole when that has one chance
 * in a thousand: three in a row, as usual, are then one in a thousand million; where nine of ten datagrams are lost it
 * takes fifty in a row, a quarter of a minute, until a POP that gives no answer at all is known to be dead for a reason of
 * its own.
 */

import type { Protocol } from "./ask.ts";
import type { Asked } from "./asked.ts";

const RARE = Math.log(1 / 1000);
/** Over UDP each question is sent twice (overudp.ts); over TCP the kernel would try again after the time for an answer. */
const TRIES: Readonly<Record<Protocol, number>> = { udp: 2, tcp: 1 };
/** Of a loss that takes all, nothing could ever be concluded. */
const MOST = 0.9999;

/** How much of a failure it is that these questions were not answered, or not all, where a part `loss` of all is lost. */
export function weightOf({ replies }: Asked, protocol: Protocol, loss: number): number {
  const missing = replies.filter((reply) => reply === undefined).length;
  if (loss <= 0 || missing === 0) return 1;
  const one = Math.min(loss, MOST) ** TRIES[protocol];
  // A connection is lost as a whole, or not at all.
  if (protocol === "tcp") return missing === replies.length ? weight(one) : 1;
  return weight(missing === replies.length ? one ** missing : 1 - (1 - one) ** replies.length);
}

function weight(chance: number): number {
  return Math.min(1, Math.log(chance) / RARE);
}
