/**
 * The protocols that bird.conf has for us: one for each prefix and level, zonecast_LEVEL_ANYTHING, all disabled when BIRD
 * starts. Which prefix one is for is seen in its route, not in its name: so nobody's list has to keep an order, and no name
 * can announce what it does not say.
 */

import { prefixFromText } from "../../text/prefix.ts";
import type { Held } from "../lease/daemon.ts";
import type { Level } from "../level.ts";
import type { Reply } from "./reply.ts";

/** All of them, as BIRD matches names. */
export const PATTERNS = ["zonecast_up_*", "zonecast_reserve_*", "zonecast_draining_*"] as const;

/** The best one is preferred while two levels are on. */
export const PREFERENCES: Readonly<Record<Exclude<Level, "off">, number>> = { up: 220, reserve: 215, draining: 210 };

/** A protocol of ours. */
export interface Static {
  readonly name: string;
  readonly level: Exclude<Level, "off">;
  readonly on: boolean;
}

/** A protocol of ours, and the prefix that it holds. */
export interface Holder extends Held {
  readonly name: string;
}

/** Those among the protocols of "show protocols". */
export function staticsOf(reply: Reply): Static[] {
  return reply.lines.flatMap(({ code, text }) => {
    const [, name, level, proto, state] =
      /^(zonecast_(up|reserve|draining)_\w+)\s+(\S+)\s+\S+\s+(\S+)/.exec(text) ?? [];
    if (code !== 1002 || name === undefined || proto !== "Static") return [];
    return [{ name, level: level as Static["level"], on: state === "up" || state === "start" }];
  });
}

/** The one prefix in the reply to "show static NAME", or a sentence that says what is wrong. */
export function prefixOf(name: string, reply: Reply): { readonly prefix: string } | { readonly wrong: string } {
  const routes = reply.lines.flatMap(({ code, text }) => (code === 1009 ? [text.trim().split(/\s/)[0]] : []));
  const prefix = prefixFromText(routes[0] ?? "");
  if (routes.length === 1 && prefix) return { prefix: prefix.text };
  const found = routes.length === 0 ? "none" : routes.join(", ");
  return {
    wrong: `protocol ${name} in bird.conf must have the route of one prefix, and has ${found}: give each prefix a protocol of its own`,
  };
}

/** What to write into bird.conf for a prefix at a level. */
export function staticToText({ prefix, level }: Held): string {
  const family = prefix.includes(":") ? 6 : 4;
  const suffix = prefix.replace(/\W+/g, "_");
  return `protocol static zonecast_${level}_${suffix} { disabled; ipv${family} { preference ${PREFERENCES[level]}; }; route ${prefix} blackhole; }`;
}

/** Sentences for the protocols that are missing. */
export function lacking(prefixes: readonly string[], holders: readonly Holder[]): string[] {
  return prefixes.flatMap((prefix) =>
    (["up", "reserve", "draining"] as const)
      .filter((level) => !holders.some((one) => one.prefix === prefix && one.level === level))
      .map((level) => noHolder({ prefix, level })),
  );
}

/** What to do when no protocol is there for a prefix at a level. */
export function noHolder(held: Held): string {
  return `BIRD has no protocol zonecast_${held.level}_* with a route to ${held.prefix}: add to bird.conf: ${staticToText(held)}`;
}
