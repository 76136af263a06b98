/** What a daemon holds, as what is announced through it. */

import { prefixFromText } from "../../text/prefix.ts";
import type { Wanted } from "../announcer.ts";
import type { Held, Seen } from "./daemon.ts";

/** Each prefix at the best level that it has. */
export function announcedOf({ held }: Seen): Wanted[] {
  const best = new Map<string, Held>();
  for (const level of ["draining", "reserve", "up"] as const) {
    for (const one of held) if (one.level === level) best.set(one.prefix, one);
  }
  return [...best.values()].flatMap(({ prefix: text, level }) => {
    const prefix = prefixFromText(text);
    return prefix ? [{ prefix, level }] : [];
  });
}

/** True when two announcements are the same. */
export function sameAnnounced(one: readonly Wanted[], other: readonly Wanted[]): boolean {
  return JSON.stringify(textsOf(one)) === JSON.stringify(textsOf(other));
}

function textsOf(announced: readonly Wanted[]): string[] {
  return announced.map(({ prefix, level }) => `${prefix.text} ${level}`).sort();
}

/** True when the same is known of paths of others. */
export function sameHeard(one: ReadonlyMap<string, boolean> | undefined, other: ReadonlyMap<string, boolean>): boolean {
  return one?.size === other.size && [...other].every(([prefix, path]) => one.get(prefix) === path);
}
