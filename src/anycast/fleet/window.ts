/**
 * Planned changes concern one service of a fleet at a time: resolvers that lose sight of ns1 still have ns2, and whoever has
 * made a mistake with the one sees it before it is made with the other.
 */

import type { Moment } from "../moment.ts";
import { asksAfter } from "./cover.ts";
import type { FleetView, Member } from "./view.ts";
import { ago } from "./words.ts";

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
  if (isWaiting(member) && !asksAfter(member, mine.place) && !isTieWon(member, view, mine)) {
    return `${member.pop} is about to change ${service}, and only one service is changed at a time`;
  }
  const since = now.monotonic - member.touchedAt;
  if (since >= window) return undefined;
  const left = Math.ceil((window - since) / 1000);
  return `${service} was changed at ${member.pop} ${ago(since)} ago, and only one service is changed at a time: ${left} s are left`;
}

/** It has asked for a planned change, and has not made all of it: it may go on at any moment. */
function isWaiting({ standing: { ask, prefixes } }: Member): boolean {
  if (ask === undefined || !ask.planned) return false;
  return prefixes.some(({ level }) => level !== "off" && !(level === "reserve" && ask.to === "reserve"));
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
