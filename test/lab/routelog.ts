/** What transits do with the POPs' routes, from their traces: each change, at the moment that it is made. */

import { now } from "./clock.ts";

export interface RouteChange {
  /** See clock.ts. */
  readonly at: number;
  readonly router: string;
  readonly pop: string;
  readonly prefix: string;
  /** An announcement in the place of another is an announcement. */
  readonly what: "announced" | "withdrawn";
}

/** "2026-11-21 01:35:02.273999 <TRACE> lhr4.ipv4 > added [best] 198.51.100.0/24 0L 4G unicast" */
const TRACE =
  /^(?<day>\S+) (?<time>\S+) <TRACE> (?<pop>[a-z]+)[46]\.ipv[46] > (?<what>added|replaced|removed|withdrawn) (?:\[\S+\] )?(?<prefix>\S+)/;

export class RouteLog {
  readonly changes: RouteChange[] = [];
  /** How far BIRD's clock, the machine's time of day, is ahead of the lab's. */
  readonly #ahead: number = clockAhead();
  readonly #there = new Map<string, boolean>();

  /** Takes a line of a transit's log. */
  line(router: string, line: string): void {
    const found = TRACE.exec(line)?.groups;
    if (found === undefined) return;
    const what = found.what === "added" || found.what === "replaced" ? "announced" : "withdrawn";
    const at = wallTime(found.day, found.time) - this.#ahead;
    this.changes.push({ at, router, pop: found.pop, prefix: found.prefix, what });
    this.#there.set(`${found.pop} ${found.prefix}`, what === "announced");
  }

  /** True when the POP's transit has its route to a prefix. */
  has(pop: string, prefix: string): boolean {
    return this.#there.get(`${pop} ${prefix}`) === true;
  }

  /** Changes of a POP's routes since a time. */
  since(time: number, pop: string): RouteChange[] {
    return this.changes.filter((change) => change.at >= time && change.pop === pop);
  }
}

/** Milliseconds since 1970; microseconds are told, too. */
function wallTime(day: string, time: string): number {
  const [whole, fraction = "0"] = time.split(".");
  return Date.parse(`${day}T${whole}`) + Number(`0.${fraction}`) * 1000;
}

/** At the moment that a millisecond begins, as Date tells whole ones. */
function clockAhead(): number {
  const before = Date.now();
  let after = before;
  while (after === before) after = Date.now();
  return after - now();
}
