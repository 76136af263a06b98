/** What is wanted, in short: a level for each prefix. */

import type { Wanted } from "../../../src/anycast/announcer.ts";
import type { Level } from "../../../src/anycast/level.ts";
import { type Prefix, prefixFromText } from "../../../src/text/prefix.ts";

export type Levels = Readonly<Record<string, Level>>;

export function prefixOf(text: string): Prefix {
  const prefix = prefixFromText(text);
  if (!prefix) throw new RangeError(`not a prefix: ${text}`);
  return prefix;
}

export function wantedOf(levels: Levels): Wanted[] {
  return Object.entries(levels).map(([text, level]) => ({ prefix: prefixOf(text), level }));
}

/** The other way round, as the contract compares it. */
export function levelsOf(wanted: readonly Wanted[]): Levels {
  return Object.fromEntries(wanted.map(({ prefix, level }) => [prefix.text, level]));
}
