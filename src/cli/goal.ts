/** What drain, undrain and reserve share: their flags, and what was asked with them. */

import type { Goal } from "../sync/standing.ts";
import { controlFlags } from "./controlsocket.ts";
import { secondsFrom } from "./duration.ts";
import { UsageError } from "./flags.ts";
import { oneLine } from "./oneline.ts";
import { type PublisherGiven, publisherFlags } from "./storeflags.ts";

const DEFAULT_S = 120;
const DAY_S = 86_400;
/** Seconds that something may be planned for. */
const FOR_MOST = 366 * DAY_S;
const WHY_MOST = 300;

/** Flags of undrain. */
export const goalFlags = {
  service: { value: "NAME", help: "The service, where the POP has several." },
  all: { help: "All services of the POP." },
  reason: { value: "TEXT", help: "Why, for others and for the history." },
  wait: { help: "Wait until it is so. Exit code 5 when it is not in time." },
  timeout: { value: "SECONDS", help: `How long --wait waits. Default ${DEFAULT_S}.` },
  json: { help: "Print one JSON document on stdout at the end, and all else on stderr." },
  ...controlFlags,
  ...publisherFlags,
} as const;

/** Flags of drain and reserve, which take something away. */
export const lessFlags = {
  ...goalFlags,
  for: { value: "TIME", help: "End it by itself after 90s, 30m, 2h or 1d." },
  both: { help: "Do it although another service of the fleet is in a planned change, or was just now." },
  force: { help: "Do not ask the fleet: whether too many are away already, or this POP is the last one." },
} as const;

/** What was given of these. */
export interface GoalGiven extends PublisherGiven {
  readonly service?: string;
  readonly all?: boolean;
  readonly reason?: string;
  readonly wait?: boolean;
  readonly timeout?: string;
  readonly json?: boolean;
  readonly control?: string;
  readonly state?: string;
  readonly for?: string;
  readonly both?: boolean;
  readonly force?: boolean;
}

/** What is asked of a POP. */
export interface Asked {
  readonly to: Goal;
  /** Undefined: the one on this machine. */
  readonly pop: string | undefined;
  /** Undefined: the only one, or all. */
  readonly service: string | undefined;
  readonly all: boolean;
  readonly why: string | undefined;
  /** Seconds. */
  readonly for: number | undefined;
  readonly both: boolean;
  readonly force: boolean;
  readonly wait: boolean;
  readonly timeoutMs: number;
  readonly json: boolean;
}

/** Reads flags and POP. Throws UsageError. */
export function askedOf(to: Goal, given: GoalGiven, rest: readonly string[]): Asked {
  const [pop, more] = rest;
  if (more !== undefined) throw new UsageError("name one POP, or none for the one on this machine");
  if (pop !== undefined && given.control !== undefined) {
    throw new UsageError("--control is for the POP on this machine: name a POP, or a socket");
  }
  const all = given.all === true;
  if (all && given.service !== undefined) throw new UsageError("--service NAME or --all, not both of them");
  return {
    ...{ to, pop, service: given.service, all },
    why: oneLine(given.reason, WHY_MOST),
    for: forSeconds(given.for),
    both: given.both === true,
    force: given.force === true,
    wait: given.wait === true,
    timeoutMs: timeoutOf(given.timeout),
    json: given.json === true,
  };
}

function forSeconds(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const seconds = secondsFrom(text);
  if (seconds !== undefined && seconds <= FOR_MOST) return seconds;
  throw new UsageError(`--for: expected a time such as 90s, 30m, 2h or 1d, a year at most, got "${text}"`);
}

function timeoutOf(text: string | undefined): number {
  const seconds = text === undefined ? DEFAULT_S : Number(text);
  if (text !== "" && seconds > 0 && seconds <= DAY_S) return seconds * 1000;
  throw new UsageError(`--timeout: expected seconds, more than 0 and at most ${DAY_S}, got "${text}"`);
}

/** What a POP is told to do with a service, in words: "drain ns1". */
export function goalText(to: Goal, service: string): string {
  return `${to === "serve" ? "undrain" : to} ${service}`;
}
