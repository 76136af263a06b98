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

/** "… <TRACE> lhr4.ipv4 > added [best] 198.51.100.0/24 0L 4G unicast" */
const TRACE = /<TRACE> (?<pop>[a-z]+)[46]\.ipv[46] > (?<what>added|replaced|removed|withdrawn) \S+ (?<prefix>\S+)/;

export class RouteLog {
  readonly changes: RouteChange[] = [];
  readonly #there = new Map<string, boolean>();

  /** Takes a line of a transit's log. */
  line(router: string, line: string): void {
    const found = TRACE.exec(line)?.groups;
    if (found === undefined) return;
    const what = found.what === "added" || found.what === "replaced" ? "announced" : "withdrawn";
    this.changes.push({ at: now(), router, pop: found.pop, prefix: found.prefix, what });
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
