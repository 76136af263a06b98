/**
 * What a prefix has been through, and what that demands before it may rise again. Falls are never hindered, so rises are
 * what waits: for a cooldown, which doubles with each fall that follows soon after a rise, and for room in the hour.
 *
 * A transition is a fall or a rise. Either may take two steps (good, wrong, dead, and back) and is one all the same. The
 * rise of a start is none, as nobody was moved by it: nor is that after an end that was planned. A process that is gone
 * without having been told to has fallen.
 *
 * It is kept over restarts (history.ts), so that a process that crashes again and again is held as one that flaps.
 */

import type { HealthLimits } from "./verdict.ts";

export interface Past {
  /** "new": it was not up yet, or ended as planned while it was: nothing is held against it. */
  readonly standing: "new" | "up" | "fallen";
  /** Since when it stands so. */
  readonly since: number;
  /** When it fell and rose: the last hour's, and the last one in any case. */
  readonly changes: readonly number[];
  /** Falls in a row that came soon, the first one included. */
  readonly strikes: number;
}

/** What a prefix that could rise is waiting for. */
export interface Wait {
  readonly until: number;
  readonly for: "cooldown" | "transitions";
  /** All of it, since the fall. Milliseconds. */
  readonly length: number;
}

const HOUR = 3_600_000;
const TEN_MINUTES = 600_000;

export function nothingYet(now: number): Past {
  return { standing: "new", since: now, changes: [], strikes: 0 };
}

/** It is down: a fall when it was up. One that never was has nowhere to fall from. */
export function fallen(past: Past, now: number, limits: HealthLimits): Past {
  if (past.standing !== "up") return past;
  const strikes = forgiven(past, now, limits) + 1;
  return { standing: "fallen", since: now, changes: withChange(past.changes, now), strikes };
}

/** It is up: a rise when it had fallen. */
export function risen(past: Past, now: number): Past {
  if (past.standing === "up") return past;
  const changes = past.standing === "fallen" ? withChange(past.changes, now) : past.changes;
  return { ...past, standing: "up", since: now, changes };
}

/** It ends as planned, and need not wait when it starts again; what has fallen stays fallen. */
export function ended(past: Past, now: number, limits: HealthLimits): Past {
  if (past.standing !== "up") return past;
  return { ...past, standing: "new", since: now, strikes: forgiven(past, now, limits) };
}

/** What a rise must wait for; undefined when it has not fallen. */
export function waitOf(past: Past, limits: HealthLimits): Wait | undefined {
  if (past.standing !== "fallen") return undefined;
  const { since, changes, strikes } = past;
  const cooled = since + Math.min(limits.cooldownMost, limits.cooldown * 2 ** (Math.min(strikes, 30) - 1));
  // With this rise, and the fall that nothing may hinder after it, there would be one too many while this one counts.
  const room = (changes.at(1 - limits.transitions) ?? Number.NEGATIVE_INFINITY) + HOUR;
  const until = Math.max(cooled, room);
  return { until, for: room > cooled ? "transitions" : "cooldown", length: until - since };
}

/**
 * Its strikes, or none once it was up for long: for ten minutes, and for twice the longest cooldown, so that whoever
 * flaps as slowly as the cooldown lets him does not begin at the first one each time.
 */
function forgiven(past: Past, now: number, { cooldownMost }: HealthLimits): number {
  return now - past.since >= Math.max(TEN_MINUTES, 2 * cooldownMost) ? 0 : past.strikes;
}

function withChange(changes: readonly number[], now: number): readonly number[] {
  return [...changes.filter((at) => at > now - HOUR), now];
}
