/** The announcer over FRR's vtysh. */

import type { Prefix } from "../../text/prefix.ts";
import type { AnnouncerSurroundings } from "../announcer.ts";
import { type LeasedAnnouncer, leasedAnnouncer } from "../lease/leased.ts";
import { frrDaemon } from "./daemon.ts";

export interface FrrOptions {
  /** The command and its first arguments, as a rule only "vtysh". */
  readonly vtysh: readonly string[];
  /** Milliseconds after which the routes are gone when this process is silent. */
  readonly hold: number;
  readonly prefixes: readonly Prefix[];
}

/** A call of vtysh takes 20 ms of a processor: at this pace 0.4 % of it, and only a restart of bgpd loses what it was told. */
const EVERY = 5000;

/** Announces through FRR; frr.conf has the route maps (deploy/frr). */
export function frrAnnouncer(options: FrrOptions, surroundings: AnnouncerSurroundings): LeasedAnnouncer {
  const { vtysh, hold, prefixes } = options;
  const retry = { first: 1000, most: 30_000 };
  const orders = { hold, way: { by: "frr", vtysh } } as const;
  return leasedAnnouncer(frrDaemon(vtysh), orders, { prefixes, every: EVERY, retry }, surroundings);
}
