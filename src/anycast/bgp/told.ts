/** What a neighbour has been told, and what has to be said so that it is what is wanted. Pure. */

import type { Prefix } from "../../text/prefix.ts";
import type { Wanted } from "../announcer.ts";
import type { Attributes, Level, LevelAttributes } from "../level.ts";
import type { Family } from "./open.ts";
import { announcement, withdrawal } from "./update.ts";

/** By the prefix's text; what is off is not in it. */
export type Told = ReadonlyMap<string, Wanted>;

/** How prefixes are announced in a session. */
export interface Manner {
  readonly as: number;
  readonly interior: boolean;
  readonly levels: LevelAttributes;
  /** Of families that the neighbour takes; the others are not announced. */
  readonly nextHops: Readonly<Partial<Record<Family, string>>>;
}

export interface Change {
  readonly send: readonly Uint8Array[];
  readonly told: Told;
}

const FAMILIES: readonly Family[] = [4, 6];
const LEVELS: readonly Exclude<Level, "off">[] = ["up", "reserve", "draining"];

/** The UPDATEs from `told` to `wanted`, as few as can be: those of one family and level go together. */
export function change(told: Told, wanted: readonly Wanted[], manner: Manner): Change {
  const next = new Map<string, Wanted>();
  for (const one of wanted) {
    if (one.level !== "off" && manner.nextHops[one.prefix.family] !== undefined) next.set(one.prefix.text, one);
  }
  const fresh = [...next.values()].filter(({ prefix, level }) => told.get(prefix.text)?.level !== level);
  const gone = [...told.values()].filter(({ prefix }) => !next.has(prefix.text)).map(({ prefix }) => prefix);
  const send = FAMILIES.flatMap((family) => [
    ...LEVELS.flatMap((level) => announcements(fresh, family, level, manner)),
    ...withdrawal(gone.filter((prefix) => prefix.family === family)),
  ]);
  return { send, told: next };
}

function announcements(
  fresh: readonly Wanted[],
  family: Family,
  level: Exclude<Level, "off">,
  { as, interior, levels, nextHops }: Manner,
): Uint8Array[] {
  const nextHop = nextHops[family];
  const prefixes = fresh.filter((one) => one.level === level && one.prefix.family === family).map((one) => one.prefix);
  if (nextHop === undefined || prefixes.length === 0) return [];
  return announcement(prefixes, levels[level], { as, interior, nextHop });
}

/** Throws an Error that says which level has more than fits into a message. */
export function checkLevels(levels: LevelAttributes, prefixes: readonly Prefix[], as: number): void {
  for (const level of LEVELS) {
    try {
      tryOut(levels[level], prefixes, as);
    } catch {
      throw new Error(`anycast.levels.${level} has more communities than fit into a BGP message: name fewer`);
    }
  }
}

function tryOut(attributes: Attributes, prefixes: readonly Prefix[], as: number): void {
  for (const family of FAMILIES) {
    const nextHop = family === 4 ? "127.0.0.1" : "::1";
    announcement(
      prefixes.filter((prefix) => prefix.family === family),
      attributes,
      { as, interior: false, nextHop },
    );
  }
}
