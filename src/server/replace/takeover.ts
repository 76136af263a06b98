/** The two sides of the moment in which one process takes the other's place. */

import { setTimeout } from "node:timers/promises";
import type { Tell } from "../log.ts";
import type { AnswerThreads } from "../threads.ts";
import type { ZoneSource } from "../zonesource.ts";
import type { Heir } from "./heir.ts";
import type { Inheriting } from "./inheriting.ts";
import type { Predecessor } from "./predecessor.ts";

/** Milliseconds in which a new process has to become ready; who takes longer is not waited for. */
export const READY_MS = 300_000;
/** A place that is to be free is tried so often, so many milliseconds apart. */
const TRIES = 50;
const AGAIN_MS = 100;
/** Zones that are named in a message. */
const NAMED = 5;

/** Rejects with an Error when what a new process waits for takes too long. */
export async function inTime<T>(awaited: Promise<T>, milliseconds: number, what: string): Promise<T> {
  const over = new AbortController();
  const late = setTimeout(milliseconds, undefined, { signal: over.signal, ref: false }).then(() => {
    throw new Error(`--replace: ${what} took more than ${milliseconds / 1000} s; the running server goes on`);
  });
  try {
    return await Promise.race([awaited, late]);
  } finally {
    late.catch(() => {});
    over.abort();
  }
}

/** Does something that the other process may be in the way of yet; its last Error when that stays so. */
export async function persistently<T>(act: () => Promise<T>): Promise<T | Error> {
  for (let left = TRIES; ; left--) {
    try {
      return await act();
    } catch (error) {
      if (left <= 1) return error as Error;
      await setTimeout(AGAIN_MS);
    }
  }
}

/** Zones that a source has and can't serve. */
export function failedZones(source: ZoneSource): string[] {
  return [...source.names()].flatMap(([zone, served]) => (served || zone === undefined ? [] : [zone]));
}

/** Takes the place of the old process, and its routes. Rejects with an Error when it does not give way, and goes on. */
export async function takeOver(
  before: Predecessor,
  source: ZoneSource,
  inheriting: Inheriting | undefined,
  tell: Tell,
): Promise<void> {
  const { pid, version } = before;
  const answer = await before.giveWay(failedZones(source), inheriting);
  if (answer === "kept") throw new Error("--replace: the running server has waited too long for us, and goes on");
  if (typeof answer === "object") {
    const some = answer.unfit.slice(0, NAMED).join(", ");
    const more = answer.unfit.length > NAMED ? `, and ${answer.unfit.length - NAMED} more` : "";
    throw new Error(
      `--replace: the running server serves what can't be loaded here: ${some}${more}; see the errors in this log, and "zonecast check"`,
    );
  }
  if (answer === "over")
    tell("info", "replace.done", { pid, release: version }, `took the place of process ${pid} (${version})`);
  else if (answer === "vanished")
    tell("warn", "replace.vanished", { pid }, `process ${pid} ended before it could give way`);
  else tell("error", "replace.killed", { pid }, `process ${pid} did not give way in time, and was ended`);
}

/** What the old process lets go of. */
export interface Possessions {
  readonly threads: AnswerThreads;
  /** Resolves when its files are closed. */
  readonly files: Promise<unknown>;
  readonly tell: Tell;
  /** Ends the waiting for what is left of connections over TCP. */
  readonly hurry: Promise<unknown>;
}

/**
 * Gives way: answers all that has come already, and leaves what comes to the heir. False when that one has ended meanwhile:
 * then there is nobody here, which whoever has started us should know.
 */
export async function giveWay(heir: Heir, { threads, files, tell, hurry }: Possessions): Promise<boolean> {
  tell("info", "replace.leaving", { pid: heir.pid, release: heir.version }, `process ${heir.pid} takes our place`);
  await Promise.all([threads.leave(1), files]);
  const orphaned = heir.isGone;
  if (orphaned) {
    const text = `process ${heir.pid} has ended before it could serve: nobody serves here now, start it again`;
    tell("error", "replace.orphaned", { pid: heir.pid }, text);
  }
  heir.over();
  await Promise.race([threads.gone(), hurry]);
  return !orphaned;
}
