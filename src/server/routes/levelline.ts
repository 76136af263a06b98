/** The line in the log for a prefix whose announcement changes. */

import type { Standing } from "../../anycast/fleet/standing.ts";
import type { Level } from "../../anycast/level.ts";

export interface LevelLine {
  readonly level: "info" | "warn";
  readonly event: string;
  readonly facts: Readonly<Record<string, unknown>>;
  readonly text: string;
}

const WORDS: Readonly<Record<Level, string>> = {
  up: "is announced",
  reserve: "is announced as a reserve",
  draining: "is announced as draining",
  off: "is withdrawn",
};

/** undefined when nothing changes. */
export function levelLine(
  prefix: string,
  from: Level,
  to: Level,
  { service, phase, why }: Standing,
): LevelLine | undefined {
  if (from === to) return undefined;
  const because = to === "up" || why === undefined ? "" : `: ${why}`;
  const facts = { prefix, service, from, phase, why: to === "up" ? undefined : why };
  return {
    level: to === "up" ? "info" : "warn",
    event: `route.${to}`,
    facts,
    text: `${prefix} (${service}) ${WORDS[to]}${because}`,
  };
}
