/** From what is announced to what is to be announced. */

import type { Wanted } from "../announcer.ts";
import type { Held, Step } from "./daemon.ts";

/**
 * The steps, in their order: what is to be off goes first, as that may be urgent; then a new level is turned on before
 * the old one is turned off, so that routers see one update and no withdrawal. Unless `guarded`, no prefix is announced
 * that is not announced already.
 */
export function stepsTo(wanted: readonly Wanted[], held: readonly Held[], guarded: boolean): Step[] {
  const levels = new Map(wanted.map(({ prefix, level }) => [prefix.text, level]));
  const there = new Set(held.map(({ prefix }) => prefix));
  const gone = held.filter(({ prefix }) => (levels.get(prefix) ?? "off") === "off");
  const replaced = held.filter(
    ({ prefix, level }) => !gone.some((one) => one.prefix === prefix) && levels.get(prefix) !== level,
  );
  const fresh = wanted.flatMap(({ prefix: { text }, level }): Held[] => {
    if (level === "off" || held.some((one) => one.prefix === text && one.level === level)) return [];
    return guarded || there.has(text) ? [{ prefix: text, level }] : [];
  });
  return [
    ...gone.map((one) => ({ ...one, on: false })),
    ...fresh.map((one) => ({ ...one, on: true })),
    ...replaced.map((one) => ({ ...one, on: false })),
  ];
}
