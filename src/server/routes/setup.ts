/** Section anycast of the configuration, as the parts of anycast/ take it: milliseconds, and no gaps. */

import type { FleetLimits } from "../../anycast/fleet/standing.ts";
import type { HealthLimits } from "../../anycast/health/verdict.ts";
import type { Attributes, LevelAttributes } from "../../anycast/level.ts";
import type { ZoneProbe } from "../../anycast/probe/checks.ts";
import { type AnnouncedPrefix, announcedPrefixes } from "../../config/announced.ts";
import type { AnycastConfig } from "../../config/anycast.ts";
import type { Listen } from "../../text/listen.ts";

export interface AnycastSetup {
  readonly announced: readonly AnnouncedPrefix[];
  readonly attributes: LevelAttributes;
  readonly limits: HealthLimits;
  /** Milliseconds between two questions. */
  readonly paces: { readonly udp: number; readonly tcp: number; readonly recheck: number };
  readonly timeout: number;
  readonly hung: number;
  readonly required: readonly ZoneProbe[];
  /** Milliseconds; and percent. */
  readonly soft: { readonly maxAge: number | undefined; readonly overload: number };
  readonly fleet: FleetLimits;
  /** Milliseconds; and percent of the queries before. */
  readonly drain: { readonly notice: number; readonly least: number; readonly most: number; readonly quiet: number };
}

/** What is to be done for the prefixes of a configuration; undefined when it has none. */
export function anycastSetup(anycast: AnycastConfig, listen: readonly Listen[]): AnycastSetup | undefined {
  if (anycast.prefixes.length === 0) return undefined;
  const { levels, health, soft, fleet, drain } = anycast;
  const maxAge = soft["max-age"];
  return {
    announced: announcedPrefixes(anycast, listen),
    attributes: {
      up: attributesOf(levels.up),
      reserve: attributesOf(levels.reserve),
      draining: attributesOf(levels.draining),
    },
    limits: {
      fall: health.fall,
      rise: health.rise,
      cooldown: health.cooldown * 1000,
      cooldownMost: Math.max(health.cooldown, health["cooldown-most"]) * 1000,
      transitions: health.transitions,
    },
    paces: { udp: health.udp, tcp: health.tcp, recheck: health.recheck },
    timeout: health.timeout,
    hung: health.hung,
    required: anycast.require.flatMap(({ zone, ...more }) => (zone === undefined ? [] : [{ zone, ...more }])),
    soft: { maxAge: maxAge && maxAge * 1000, overload: soft.overload },
    fleet: { most: fleet.most ?? 1, window: fleet.window * 1000 },
    drain: { notice: drain.notice * 1000, least: drain.least * 1000, most: drain.most * 1000, quiet: drain.quiet },
  };
}

function attributesOf(level: AnycastConfig["levels"]["up"]): Attributes {
  return {
    communities: level.communities.filter((one) => one !== undefined),
    largeCommunities: level["large-communities"].filter((one) => one !== undefined),
    med: level.med,
    prepends: level.prepends,
  };
}
