/** Asks an address by either transport. */

import type { Listen } from "../../text/listen.ts";
import type { Asked, Asking } from "./asked.ts";
import { askOverTcp } from "./overtcp.ts";
import { askOverUdp } from "./overudp.ts";

export type Protocol = "udp" | "tcp";

/** Asks all questions at once. Never rejects: a question without an answer in time has none. */
export function ask(protocol: Protocol, address: Listen, asking: Asking): Promise<Asked> {
  return protocol === "udp" ? askOverUdp(address, asking) : askOverTcp(address, asking);
}
