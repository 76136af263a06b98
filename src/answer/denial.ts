/** Negative answers (RFC 2308) and the proofs that go with them in signed zones (RFC 4035 §3.1.3, RFC 5155 §7.2). */

import type { Name } from "../wire/name.ts";
import { RrType } from "../wire/rrtype.ts";
import { Denial, type Zone } from "../zone/image.ts";
import { type Exchange, NO_WILDCARD } from "./exchange.ts";
import { nsecForName, nsecForType, nsecForWildcard } from "./nsec.ts";
import { nsec3ForCut, nsec3ForName, nsec3ForType, nsec3ForWildcard } from "./nsec3.ts";
import { readySoa } from "./ready.ts";
import { authorityWith } from "./section.ts";

/** No such name; the closest encloser begins with a label of x.name. */
export function denyName(x: Exchange, zone: Zone, encloser: number): void {
  addSoa(x, zone);
  if (proves(x, zone, Denial.NSEC)) nsecForName(x, zone, encloser);
  else if (proves(x, zone, Denial.NSEC3)) nsec3ForName(x, zone, encloser);
  proveWildcards(x, zone);
}

/** The name, or the wildcard that stands for it, has no record of the type. */
export function denyType(x: Exchange, zone: Zone, node: number): void {
  addSoa(x, zone);
  if (proves(x, zone, Denial.NSEC)) nsecForType(x, zone, node, x.wildcard[x.hop]);
  else if (proves(x, zone, Denial.NSEC3)) nsec3ForType(x, zone, x.wildcard[x.hop]);
  proveWildcards(x, zone);
}

/** For each name answered from a wildcard: that the name itself is not there (RFC 4035 §3.1.3.3, RFC 5155 §7.2.6). */
export function proveWildcards(x: Exchange, zone: Zone): void {
  if (!x.dnssec) return;
  for (let hop = 0; hop <= x.hop; hop++) {
    if (x.wildcard[hop] === NO_WILDCARD) continue;
    if (zone.denial === Denial.NSEC) nsecForWildcard(x, zone, x.names[hop]);
    else if (zone.denial === Denial.NSEC3) nsec3ForWildcard(x, zone, x.names[hop], x.wildcard[hop]);
  }
}

/** The delegation at `node` has no DS (RFC 4035 §3.1.4, RFC 5155 §7.2.7). */
export function proveUnsigned(x: Exchange, zone: Zone, node: number, label: number): void {
  if (zone.denial === Denial.NSEC) nsecForType(x, zone, node, NO_WILDCARD);
  else if (zone.denial === Denial.NSEC3) nsec3ForCut(x, zone, label);
}

function proves(x: Exchange, zone: Zone, denial: number): boolean {
  return x.dnssec && !x.truncated && zone.denial === denial;
}

/** RFC 2308 §3: the SOA goes in the authority section, with the time that the "no" may be kept as its TTL. */
function addSoa(x: Exchange, zone: Zone): void {
  if (readySoa(x, zone)) return;
  authorityWith(x, zone, zone.rrset(zone.top, RrType.SOA), apexOf(x, zone), zone.negativeTtl);
}

/** The apex as an owner: the end of the name looked for. */
function apexOf(x: Exchange, zone: Zone): Name {
  x.cut.copySuffix(x.name, x.name.labels - zone.apexLabels);
  return x.cut;
}
