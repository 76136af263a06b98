/**
 * A prefix's past as it is kept on disk: the same, by the wall clock, which goes on while no process runs. When that
 * clock was set back meanwhile, what lies in the future has just happened: a wait is at most as long as it ever was.
 */

import type { Past } from "./past.ts";

/** Milliseconds since 1970. */
export type History = Past;

/** By prefix. */
export type Histories = Readonly<Record<string, History>>;

export interface Clocks {
  /** Milliseconds since 1970. */
  now(): number;
  /** Milliseconds from any start; it never jumps. */
  monotonic(): number;
}

export function historyOf(past: Past, clocks: Clocks): History {
  const ahead = clocks.now() - clocks.monotonic();
  return moved(past, (at) => Math.round(at + ahead));
}

export function pastOf(history: History, clocks: Clocks): Past {
  const now = clocks.monotonic();
  const ahead = clocks.now() - now;
  return moved(history, (at) => Math.min(now, at - ahead));
}

/** Reads what JSON.parse made of a file. What it can't make out is left out: such a prefix has no past. */
export function historiesFrom(read: unknown): Histories {
  if (typeof read !== "object" || read === null) return {};
  return Object.fromEntries(Object.entries(read).filter((entry): entry is [string, History] => isHistory(entry[1])));
}

function isHistory(value: unknown): value is History {
  if (typeof value !== "object" || value === null) return false;
  const { standing, since, changes, strikes } = value as Readonly<Record<string, unknown>>;
  if (standing !== "new" && standing !== "up" && standing !== "fallen") return false;
  return Array.isArray(changes) && [since, strikes, ...changes].every(Number.isFinite);
}

function moved(past: Past, move: (at: number) => number): Past {
  return { ...past, since: move(past.since), changes: past.changes.map(move) };
}
