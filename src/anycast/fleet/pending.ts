/** Planned changes that were asked for and not made. */

import type { Standing } from "./standing.ts";

/** True when a POP has asked for a planned change, and has not made all of it: it may go on at any moment. */
export function isPending({ ask, prefixes }: Standing): boolean {
  if (ask === undefined || !ask.planned) return false;
  return prefixes.some(({ level }) => level !== "off" && !(level === "reserve" && ask.to === "reserve"));
}
