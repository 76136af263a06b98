/** --timeout: how long --wait waits. */

import type { Published } from "../sync/rollout/waited.ts";
import { UsageError } from "./flags.ts";

const DEFAULT_S = 60;
/** POPs let go of several removed zones one after the other, when these are a large part of what they serve. */
const REMOVED_S = 5;
const REMOVED_MOST = 100;
const DAY_S = 86_400;

export const timeoutFlag = {
  value: "SECONDS",
  help: `How long --wait waits, a rollout's own times not counted. Default ${DEFAULT_S}, and ${REMOVED_S} more for each removed zone.`,
} as const;

/** Milliseconds, as it is given; undefined when it is not. Throws UsageError. */
export function timeoutMs(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const seconds = Number(text);
  if (text !== "" && seconds > 0 && seconds <= DAY_S) return seconds * 1000;
  throw new UsageError(`--timeout: expected seconds, more than 0 and at most ${DAY_S}, got "${text}"`);
}

/** Milliseconds for these zones, unless it is given. */
export function defaultTimeoutMs(published: readonly Published[]): number {
  const removed = published.filter(({ serial }) => serial === undefined).length;
  return (DEFAULT_S + REMOVED_S * Math.min(REMOVED_MOST, removed)) * 1000;
}
