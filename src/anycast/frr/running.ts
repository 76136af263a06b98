/** What bgpd's running configuration says of ours: "network PREFIX route-map ZONECAST-LEVEL" in an address family. */

import type { Held } from "../lease/daemon.ts";
import type { Level } from "../level.ts";

/** The route maps that frr.conf has for us. */
export const MAPS: Readonly<Record<Exclude<Level, "off">, string>> = {
  up: "ZONECAST-UP",
  reserve: "ZONECAST-RESERVE",
  draining: "ZONECAST-DRAINING",
};

export interface Running {
  /** There is an instance of BGP. */
  readonly bgp: boolean;
  readonly held: readonly Held[];
  /** Levels whose route map is there. */
  readonly levels: ReadonlySet<Exclude<Level, "off">>;
  /** Families in which some neighbour may bring our own AS back to us: other POPs' routes. */
  readonly told: ReadonlySet<4 | 6>;
}

/**
 * Reads the answer to "show running-config". One of `prefixes` that is announced without a route map of ours counts as up:
 * whoever wrote it there, it is to go when the prefix is to go.
 */
export function runningFrom(text: string, prefixes: ReadonlySet<string>): Running {
  const lines = text.split("\n").map((line) => line.trim());
  const levels = (Object.keys(MAPS) as (keyof typeof MAPS)[]).filter((level) =>
    lines.some((line) => line.startsWith(`route-map ${MAPS[level]} permit `)),
  );
  const held: Held[] = [];
  const told = new Set<4 | 6>();
  let family: 4 | 6 | undefined;
  for (const line of lines) {
    const [, version] = /^address-family ipv([46]) unicast$/.exec(line) ?? [];
    if (version) family = version === "4" ? 4 : 6;
    if (line === "exit-address-family") family = undefined;
    if (family && /^neighbor \S+ allowas-in\b/.test(line)) told.add(family);
    const [, prefix, map] = /^network (\S+)(?:.* route-map (\S+))?/.exec(line) ?? [];
    if (family && prefix) held.push(...heldAs(prefix, map, prefixes));
  }
  const bgp = lines.some((line) => /^router bgp \d+$/.test(line));
  return { bgp, held, levels: new Set(levels), told };
}

function heldAs(prefix: string, map: string | undefined, prefixes: ReadonlySet<string>): Held[] {
  const level = (Object.keys(MAPS) as (keyof typeof MAPS)[]).find((one) => MAPS[one] === map);
  if (level) return [{ prefix, level }];
  return prefixes.has(prefix) ? [{ prefix, level: "up" }] : [];
}
