/** Referrals (RFC 1034 §4.3.2 step 3b): the NS RRset of the cut, what proves the delegation, and glue. */

import type { Name } from "../wire/name.ts";
import { RrType } from "../wire/rrtype.ts";
import { Denial, type Zone } from "../zone/image.ts";
import { addAddresses } from "./additional.ts";
import { proveUnsigned, proveWildcards } from "./denial.ts";
import type { Exchange } from "./exchange.ts";
import { readyReferral } from "./ready.ts";
import { authorityWith } from "./section.ts";

/**
 * Refers to the servers of the zone cut at `node`, whose name begins with a label of x.name. Not authoritative, unless
 * an alias of ours led here (RFC 1034 §6.2.7).
 */
export function refer(x: Exchange, zone: Zone, node: number, label: number): void {
  if (x.hop === 0) x.authoritative = false;
  const ns = zone.rrset(node, RrType.NS);
  if (readyReferral(x, zone, ns, label)) return;
  const owner = cutName(x, label);
  proveWildcards(x, zone);
  authorityWith(x, zone, ns, owner);
  if (x.dnssec && zone.denial !== Denial.NONE && !x.truncated) {
    // RFC 4035 §3.1.4, for signed zones: the DS RRset, or the proof that there is none.
    const ds = zone.rrset(node, RrType.DS);
    if (ds !== 0) authorityWith(x, zone, ds, owner);
    else proveUnsigned(x, zone, node, label);
  }
  if (!x.truncated) addAddresses(x, zone, ns, true);
}

/** The cut's name: the name looked for, or the suffix of it. */
function cutName(x: Exchange, label: number): Name {
  if (label === 0) return x.name;
  x.cut.copySuffix(x.name, label);
  return x.cut;
}
