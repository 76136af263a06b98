/** Faults that leave answers right: data that grows old, and more queries than are answered. */

import type { SoftFault } from "../../anycast/course/input.ts";
import type { AnycastSetup } from "./setup.ts";

export interface SoftFacts {
  /** Milliseconds since what is served was last known to be the newest; undefined when that can't be known. */
  readonly age: number | undefined;
  /** Percent of the queries that were dropped or shed; undefined when the system does not tell. */
  readonly dropped: number | undefined;
}

/** The faults that there are, by the limits of the configuration. */
export function softFaults({ age, dropped }: SoftFacts, { maxAge, overload }: AnycastSetup["soft"]): SoftFault[] {
  const faults: SoftFault[] = [];
  if (maxAge !== undefined && age !== undefined && age > maxAge) {
    const why = `the store has not confirmed what is served for more than ${inWords(maxAge)} (anycast.soft.max-age)`;
    faults.push({ kind: "stale", why });
  }
  if (overload > 0 && dropped !== undefined && dropped >= overload) {
    const why = `${overload} % of the queries or more are dropped (anycast.soft.overload)`;
    faults.push({ kind: "overload", why });
  }
  return faults;
}

function inWords(milliseconds: number): string {
  const minutes = Math.round(milliseconds / 60_000);
  return minutes < 120 ? `${minutes} minutes` : `${Math.round(minutes / 60)} hours`;
}
