/** What an announcer needs around it, and a record of what it told. */

import type { AnnouncerSurroundings, Wanted } from "../../../src/anycast/announcer.ts";
import type { Level } from "../../../src/anycast/level.ts";
import { type Prefix, prefixFromText } from "../../../src/text/prefix.ts";

export function prefixes(...texts: string[]): Prefix[] {
  return texts.map((text) => {
    const prefix = prefixFromText(text);
    if (prefix === undefined) throw new Error(`no prefix: ${text}`);
    return prefix;
  });
}

export function wanted(levels: Readonly<Record<string, Level>>): Wanted[] {
  return Object.entries(levels).map(([text, level]) => ({ prefix: prefixes(text)[0], level }));
}

/** Surroundings with the system's clocks; `told` grows. */
export function surroundings(): AnnouncerSurroundings & { readonly told: string[]; changes: number } {
  const told: string[] = [];
  const around = {
    told,
    changes: 0,
    changed: () => void around.changes++,
    tell: (level: string, _event: string, _facts: object, text: string) => void told.push(`${level}: ${text}`),
    now: Date.now,
    monotonic: () => performance.now(),
    random: () => 0,
  };
  return around;
}
