/** An OPEN that has been read, and that we do not agree with (RFC 4271 §6.2). */

import { u16, u32 } from "./message.ts";
import { Code, fault, type Notification } from "./notification.ts";
import type { Open } from "./open.ts";
import type { Terms } from "./why.ts";

export interface Refusal {
  readonly notification: Notification;
  readonly why: string;
}

/** What to say to the neighbour and to people; undefined when all is well. */
export function refuseOpen(terms: Terms, open: Open): Refusal | undefined {
  const { name, as, peerAs, routerId } = terms;
  if (!open.fourOctetAs) {
    const why = `${name} does not speak four-octet AS numbers (RFC 6793): choose another daemon, or turn them on there`;
    return { notification: fault(Code.Open, 7, [65, 4, ...u32(as)]), why };
  }
  if (open.as !== peerAs) {
    const why = `${name} is AS ${open.as}, and anycast.bgp.neighbours has AS ${peerAs} for it: make them the same`;
    return { notification: fault(Code.Open, 2), why };
  }
  if (open.hold < 3) {
    const why =
      open.hold === 0
        ? `${name} has a hold time of 0, so it would keep our routes when we are dead: give it one of 3 s or more`
        : `${name} has a hold time of ${open.hold} s: give it one of 3 s or more`;
    return { notification: fault(Code.Open, 6), why };
  }
  // RFC 6286 §2.2: not zero, and not ours within an AS.
  if (open.id === "0.0.0.0") {
    return { notification: fault(Code.Open, 3), why: `${name} has no router id: give it one there` };
  }
  if (open.id === routerId && peerAs === as) {
    const why = `${name} has the router id ${open.id}, which is ours too: set anycast.bgp.router-id to another`;
    return { notification: fault(Code.Open, 3), why };
  }
  if (!open.families.some((family) => terms.families.includes(family))) {
    const word = terms.families.map((family) => `IPv${family}`).join(" or ");
    const why = `${name} takes no ${word} routes: turn that family on there (BIRD: a channel ipv4 or ipv6)`;
    const wanted = terms.families.flatMap((family) => [1, 4, ...u16(family === 4 ? 1 : 2), 0, 1]);
    return { notification: fault(Code.Open, 7, wanted), why };
  }
  return undefined;
}
