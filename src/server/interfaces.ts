/** The addresses that this machine has. */

import { isIPv6 } from "node:net";
import { networkInterfaces } from "node:os";
import { isWildcard, type Listen, listenToText } from "../text/listen.ts";

/** A wildcard address becomes every address of this machine, so that replies leave from the one that was asked. */
export function expandWildcards(listen: readonly Listen[]): Listen[] {
  const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  const all = listen.flatMap((one) => {
    if (!isWildcard(one)) return [one];
    const same = addresses.filter(({ address }) => isIPv6(address) === isIPv6(one.address));
    // Link-local addresses need a zone to be bound, and nobody queries them.
    const usable = same.filter(({ address }) => !address.startsWith("fe80:"));
    return usable.map(({ address }) => ({ address, port: one.port }));
  });
  return [...new Map(all.map((one) => [listenToText(one), one])).values()];
}
