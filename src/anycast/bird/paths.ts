/** What BIRD says of other POPs: paths to our prefixes that came by BGP, and whether any session would bring one. */

import type { Prefix } from "../../text/prefix.ts";
import { Code, type Reply } from "./reply.ts";

/** The families that some session that stands takes routes of, from the reply to "show protocols all". */
export function toldFamilies(reply: Reply): Set<4 | 6> {
  const told = new Set<4 | 6>();
  let bgp = false;
  let family: 4 | 6 | undefined;
  let up = false;
  for (const { code, text } of reply.lines) {
    if (code === 1002) bgp = / BGP {2,}\S+ +up /.test(text);
    const [, key, value] = /^\s*(Channel|State:|Input filter:)\s+(\S+)/.exec(text) ?? [];
    if (key === "Channel") family = value === "ipv4" ? 4 : value === "ipv6" ? 6 : undefined;
    if (key === "State:") up = value === "UP";
    if (key === "Input filter:" && bgp && up && family && value !== "REJECT") told.add(family);
  }
  return told;
}

/** True when the reply to "show route PREFIX all" has a path that came by BGP: our own are static. */
export function hasForeignPath(reply: Reply): boolean {
  return reply.lines.some(({ code, text }) => code === 1008 && /Type: BGP\b/.test(text));
}

/** For each prefix of which a session would tell, whether it has a path; from the replies to one "show route" for each. */
export function heardOf(
  prefixes: readonly Prefix[],
  routes: readonly Reply[],
  told: ReadonlySet<4 | 6>,
): Map<string, boolean> {
  return new Map(
    prefixes.flatMap(({ text, family }, i): [string, boolean][] => {
      const path = routes[i].code !== Code.NO_SUCH_NETWORK && hasForeignPath(routes[i]);
      return path || told.has(family) ? [[text, path]] : [];
    }),
  );
}
