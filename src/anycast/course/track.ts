/** One prefix of a service on its way from announced to withdrawn, and back when nobody else announces it. */

import type { Verdict } from "../health/verdict.ts";
import type { Level } from "../level.ts";
import type { Moment } from "../moment.ts";
import { DWELL } from "./dwell.ts";
import type { Turn } from "./going.ts";
import type { CourseInput } from "./input.ts";
import type { Need } from "./need.ts";

/**
 * "open": nothing keeps it from being announced. "draining": for its notice, or for as long as there is only a soft fault,
 * or nobody else. "drained": withdrawn. "resort": it was withdrawn, and is the last one.
 */
export type Stage = "open" | "draining" | "drained" | "resort";

export interface Track {
  readonly stage: Stage;
  /** Of the stage; monotonic. */
  readonly since: number;
  readonly level: Level;
  /** It was withdrawn when somebody else was known to be up, and not because it began so. */
  readonly sure: boolean;
  /** Since when no other path was seen, and since when another POP is up. */
  readonly unheardSince: number | undefined;
  readonly coveredSince: number | undefined;
}

/** What a prefix is steered by: see step.ts. */
export interface Steering {
  readonly prefix: string;
  /** As much of it as was granted. */
  readonly need: Need | undefined;
  readonly held: Turn | undefined;
  readonly input: CourseInput;
}

/** A prefix that was not announced yet. */
export function initialTrack(now: Moment): Track {
  const unseen = { unheardSince: undefined, coveredSince: undefined };
  return { stage: "open", since: now.monotonic, level: "off", sure: false, ...unseen };
}

/** The prefix a moment later. */
export function steer(track: Track, steering: Steering, now: Moment): Track {
  const { prefix, input, need } = steering;
  const since = (wanted: boolean, before: number | undefined) => (wanted ? (before ?? now.monotonic) : undefined);
  const unheardSince = since(track.stage === "drained" && input.heard(prefix) === false, track.unheardSince);
  // Without a fleet it stays: two last resorts that see each other's path would both withdraw, for ever.
  const covered = track.stage === "resort" && input.fleet !== undefined && isCovered(steering);
  const coveredSince = since(covered, track.coveredSince);
  const seen = { ...track, unheardSince, coveredSince };
  const stage = nextStage(seen, steering, now);
  const moved = stage === track.stage ? seen : entered(seen, stage, now);
  return { ...moved, level: levelOf(track, stage, input.health.get(prefix)?.verdict, need?.rest) };
}

function entered(track: Track, stage: Stage, now: Moment): Track {
  const sure = stage === "drained" && track.stage !== "open";
  return { ...track, stage, since: now.monotonic, sure, unheardSince: undefined, coveredSince: undefined };
}

function nextStage(track: Track, steering: Steering, now: Moment): Stage {
  const { need, prefix, input } = steering;
  if (!need?.drains.has(prefix)) return "open";
  const spent = now.monotonic - track.since;
  switch (track.stage) {
    case "open":
      // Who is not announced, as at a start, has nobody to give notice to: what is to be withdrawn is not announced first.
      return need.withdraws.has(prefix) && track.level === "off" ? "drained" : "draining";
    case "draining":
      return need.withdraws.has(prefix) && spent >= input.notice && isCovered(steering) ? "drained" : "draining";
    case "drained":
      if (!need.withdraws.has(prefix)) return "draining";
      return isLast(track, steering, now) ? "resort" : "drained";
    case "resort": {
      if (!need.withdraws.has(prefix)) return "draining";
      const covered = track.coveredSince !== undefined && now.monotonic - track.coveredSince >= DWELL.covered;
      return covered || need.force ? "drained" : "resort";
    }
  }
}

/** True when somebody else is up for the prefix, and stays: only then it is withdrawn. */
export function isCovered({ need, held, prefix, input }: Steering): boolean {
  if (need?.force) return true;
  // Without a fleet a path is all that can be seen. With one it is not enough: two that drain would see each other's.
  if (input.fleet === undefined) return input.heard(prefix) === true;
  if (!input.fleet.known || held === undefined) return false;
  return input.fleet.covered(prefix, held.ticket, held.planned);
}

/** True when nobody else is known to announce the prefix. */
function isLast(track: Track, { need, prefix, input }: Steering, now: Moment): boolean {
  if (need?.force || input.heard(prefix) === true) return false;
  const said = input.fleet?.listened ? input.fleet.announced(prefix) : "silent";
  if (said !== "silent") return said === "nobody";
  if (track.unheardSince !== undefined) return now.monotonic - track.unheardSince >= DWELL.unheard;
  return !track.sure && now.monotonic - track.since >= DWELL.word;
}

function levelOf({ level }: Track, stage: Stage, verdict: Verdict | undefined, rest: Level = "up"): Level {
  if (verdict === undefined || verdict === "dead" || verdict === "unproven" || stage === "drained") return "off";
  if (stage === "draining" || stage === "resort") return "draining";
  // What was not announced and is wrong was not proven: it is there for those who have nothing better.
  return verdict === "wrong" && (level === "off" || level === "draining") ? "draining" : rest;
}
