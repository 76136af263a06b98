/**
 * Planned changes concern one service of a fleet at a time: resolvers that lose sight of ns1 still have ns2, and whoever has
 * made a mistake with the one sees it before it is made with the other.
 */

import type { Moment } from "../moment.ts";
import { asksAfter } from "./cover.ts";
import { isPending } from "./pending.ts";
import type { FleetView, Member } from "./view.ts";
import { clock } from "./words.ts";

/** Why a planned change of a service has to wait for that of another one; undefined when it has not. */
export function otherChange(
  view: FleetView,
  mine: { readonly service: string; readonly place: number },
  window: number,
  now: Moment,
): string | undefined {
  for (const service of view.services()) {
    if (service === mine.service) continue;
    for (const member of view.members(service, now)) {
      const why = inTheWay(member, view, mine, window, now);
      if (why !== undefined) return why;
    }
  }
  return undefined;
}

function inTheWay(
  member: Member,
  view: FleetView,
  mine: { readonly service: string; readonly place: number },
  window: number,
  now: Moment,
): string | undefined {
  const { service } = member.standing;
  if (isPending(member.standing) && !asksAfter(member, mine.place) && !isTieWon(member, view, mine)) {
    return `${member.pop} is about to change ${service}, and only one service is changed at a time`;
  }
  const since = now.monotonic - member.touchedAt;
  if (since >= window) return undefined;
  const [from, until] = [clock(now.date - since), clock(now.date - since + window)];
  return `${service} was changed at ${member.pop} at ${from}, and only one service is changed at a time: wait until ${until}`;
}

/** Two asks of this POP can come with one report, and so have one place: then names decide. */
function isTieWon(
  member: Member,
  view: FleetView,
  mine: { readonly service: string; readonly place: number },
): boolean {
  const { service, ask } = member.standing;
  if (member.pop !== view.pop || ask === undefined) return false;
  return view.place(service, ask.ticket) === mine.place && mine.service < service;
}
