/** Waits for addresses that this machine does not have yet: a POP may start before its anycast addresses are set up. */

import { createSocket } from "node:dgram";
import { isIPv6 } from "node:net";
import { setTimeout as after } from "node:timers/promises";
import type { Listen } from "../../text/listen.ts";
import { errorCode } from "../../text/systemerror.ts";

const EVERY_MS = 1000;
/** After so many tries it is said again that there is something to wait for. */
const TELL_EVERY = 60;

export interface AddressesOptions {
  /** A sentence for people: what is waited for and what to do, and that it has come. */
  tell(level: "warn" | "info", text: string): void;
  /** Ends the wait. */
  readonly signal: AbortSignal;
}

/**
 * Resolves with true once all addresses can be bound, and with false when told to stop first. Only a missing address is
 * waited for; what else may be in the way comes out when it is bound for good.
 */
export async function addressesHere(listen: readonly Listen[], { tell, signal }: AddressesOptions): Promise<boolean> {
  let missing: readonly string[] = [...new Set(listen.map(({ address }) => address))];
  for (let tries = 0; ; tries++) {
    const before = missing;
    const found = await Promise.all(missing.map(isHere));
    missing = missing.filter((_, i) => !found[i]);
    const come = before.filter((_, i) => found[i]);
    if (tries > 0 && come.length > 0) tell("info", `${come.join(", ")}: this machine has it now`);
    if (missing.length === 0) return true;
    if (tries % TELL_EVERY === 0) tell("warn", whatToDo(missing));
    await after(EVERY_MS, undefined, { signal }).catch(() => {});
    if (signal.aborted) return false;
  }
}

/** An IPv6 address that is still being checked for duplicates (tentative, RFC 4862 §5.4) is not here yet either. */
function isHere(address: string): Promise<boolean> {
  const socket = createSocket(isIPv6(address) ? "udp6" : "udp4");
  return new Promise<boolean>((resolve) => {
    socket.once("error", (error) => resolve(errorCode(error) !== "EADDRNOTAVAIL"));
    socket.bind({ address, port: 0, exclusive: true }, () => resolve(true));
  }).finally(() => socket.close());
}

function whatToDo(missing: readonly string[]): string {
  const commands = missing.map((address) =>
    isIPv6(address) ? `ip address add ${address}/128 dev lo nodad` : `ip address add ${address}/32 dev lo`,
  );
  const families = [...new Set(missing.map((address) => (isIPv6(address) ? "ipv6" : "ipv4")))];
  const settings = families.map((family) => `sysctl net.${family}.ip_nonlocal_bind=1`);
  return `waiting for ${missing.join(", ")}, which this machine does not have: ${commands.join("; ")} (or bind without it: ${settings.join("; ")})`;
}
