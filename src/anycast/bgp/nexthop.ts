/** What routers are to send packets to: NEXT_HOP (RFC 4271 §5.1.3, RFC 4760 §3). */

import { isIPv4, isIPv6 } from "node:net";
import { unmapped } from "../../text/ipaddress.ts";
import type { Family } from "./open.ts";

/** Both ends of a session. */
export interface Ends {
  readonly local: string;
  readonly remote: string;
}

/** For a daemon on this machine, which puts its own address in the place (or drops packets into its own kernel). */
const LOOPBACK = { 4: "127.0.0.1", 6: "::1" } as const;

/** The next hop for a family: as configured, our own address of the session, loopback towards this machine; or none. */
export function nextHopFor(family: Family, { local, remote }: Ends, configured: readonly string[]): string | undefined {
  const is = family === 4 ? isIPv4 : isIPv6;
  const own = unmapped(local).split("%")[0];
  const said = configured.find((address) => is(address));
  if (said !== undefined || is(own)) return said ?? own;
  return local === remote || /^127\.|^::1$/.test(own) ? LOOPBACK[family] : undefined;
}
