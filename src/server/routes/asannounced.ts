/** What routers have been told, next to what they are to be told: a session that is down announces nothing. */

import type { Peer } from "../../anycast/announcer.ts";
import type { Level } from "../../anycast/level.ts";

const RANK: Readonly<Record<Level, number>> = { off: 0, draining: 1, reserve: 2, up: 3 };

export function lesser(one: Level, other: Level): Level {
  return RANK[one] < RANK[other] ? one : other;
}

/**
 * The levels by which others may count on this POP: what no router has taken is off, and of what is on its way from one
 * level to another the lesser counts.
 */
export function asAnnounced(wanted: ReadonlyMap<string, Level>, peers: readonly Peer[]): Map<string, Level> {
  const best = new Map<string, Level>();
  for (const { announced } of peers) {
    for (const { prefix, level } of announced) {
      if (RANK[level] > RANK[best.get(prefix.text) ?? "off"]) best.set(prefix.text, level);
    }
  }
  return new Map([...wanted].map(([prefix, level]) => [prefix, lesser(level, best.get(prefix) ?? "off")]));
}

/** Why no router has taken a prefix, for people. */
export function whyNotTaken(peers: readonly Peer[]): string {
  const whys = peers.flatMap(({ why }) => why ?? []);
  return whys.length > 0 ? whys.join("; ") : "no session with a router is up yet";
}
