/** Which addresses are served and probed for each announced prefix. */

import { type Listen, listenToText } from "../text/listen.ts";
import { covers, type Prefix } from "../text/prefix.ts";
import type { AnycastConfig } from "./anycast.ts";
import type { Fault } from "./option.ts";

export interface AnnouncedPrefix {
  readonly prefix: Prefix;
  readonly service: string;
  readonly addresses: readonly Listen[];
}

/** The prefixes, each with its addresses: those that are named, else those of `listen` that lie in it. */
export function announcedPrefixes({ prefixes }: AnycastConfig, listen: readonly Listen[]): AnnouncedPrefix[] {
  return prefixes.flatMap(({ prefix, service, addresses }) => {
    if (prefix === undefined) return [];
    const named = addresses.filter((one) => one !== undefined);
    const served = named.length > 0 ? named : listen.filter(({ address }) => covers(prefix, address));
    return [{ prefix, service, addresses: served }];
  });
}

/** All addresses to listen on: those of the prefixes that `listen` does not name come after it. */
export function withAnnounced(listen: readonly Listen[], announced: readonly AnnouncedPrefix[]): Listen[] {
  const all = [...listen, ...announced.flatMap(({ addresses }) => addresses)];
  return [...new Map(all.map((one) => [listenToText(one), one])).values()];
}

/** Prefixes of which no address is served: what is announced there would reach nobody. */
export function unserved(announced: readonly AnnouncedPrefix[]): Fault[] {
  return announced.flatMap(({ prefix, addresses }, i) => {
    if (addresses.length > 0) return [];
    const what = `no address in ${prefix.text} is served: name one with addresses, or in listen`;
    return [{ at: ["anycast", "prefixes", i], what }];
  });
}
