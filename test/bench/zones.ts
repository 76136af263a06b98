/** The zones that are served under load: the same file for every server. */

import { delegations, flatZone, smallZone } from "./zonetext.ts";

/** The apex of every zone here. */
export const ORIGIN = "bench.example";

export interface ZoneSet {
  /** As the command line and the rows call it. */
  readonly key: string;
  readonly title: string;
  readonly text: () => string;
  /** A name near the end of the file that has an A record or is delegated: once it is answered, the zone is served. */
  readonly last: string;
  readonly signed?: "NSEC" | "NSEC3";
}

/** All of them. */
export const zoneSets: readonly ZoneSet[] = [
  { key: "small", title: "small zone", text: smallZone, last: "x0.w3" },
  { key: "delegations", title: "100k delegations", text: () => delegations(100_000), last: "d99999" },
  { key: "million", title: "1M names", text: () => flatZone(1_000_000), last: "h999999" },
  { key: "signed", title: "signed, NSEC", text: smallZone, last: "x0.w3", signed: "NSEC" },
  { key: "nsec3", title: "signed, NSEC3", text: smallZone, last: "x0.w3", signed: "NSEC3" },
];

/** The set of that key; throws when there is none. */
export function zoneSet(key: string): ZoneSet {
  const found = zoneSets.find((set) => set.key === key);
  if (!found) throw new Error(`no zones called ${key}: ${zoneSets.map((set) => set.key).join(", ")}`);
  return found;
}
