/** Addresses for the additional section: glue that a referral needs, and help for MX, SRV and the like. */

import { readU16 } from "../wire/header.ts";
import type { Name } from "../wire/name.ts";
import { RrType } from "../wire/rrtype.ts";
import { Section } from "../wire/writer.ts";
import { find, inZone, lookup, lookupWildcard, Match } from "../zone/find.ts";
import type { Zone } from "../zone/image.ts";
import { OwnerFlag } from "../zone/ownerflag.ts";
import type { Exchange } from "./exchange.ts";
import { addRrset } from "./section.ts";

/**
 * Glue for the NS RRset of the cut at `node`. Addresses below the cut itself must all be there, or the answer is
 * truncated (RFC 9471 §3.1); others that this zone has are added while there is room (§3.2).
 */
export function addGlue(x: Exchange, zone: Zone, node: number, ns: number): void {
  eachTarget(x, zone, ns, node, true);
  if (!x.truncated) eachTarget(x, zone, ns, node, false);
}

/** RFC 1034 §4.3.2 step 6: "attempt to add other RRs which may be useful"; what doesn't fit is left out. */
export function addAddresses(x: Exchange, zone: Zone): void {
  if (x.wanted !== 0 && !x.truncated) eachTarget(x, zone, x.wanted, 0, false);
}

/** Adds the addresses of an RRset's targets: with `required`, only those below the cut, and those must fit. */
function eachTarget(x: Exchange, zone: Zone, rrset: number, cut: number, required: boolean): void {
  const before = octetsBeforeTarget(zone.type(rrset));
  if (before < 0) return;
  const { target } = x;
  const end = zone.data(rrset) + zone.dataBytes(rrset);
  for (let at = zone.data(rrset); at < end; at += 2 + readU16(zone.bytes, at)) {
    target.read(zone.bytes, at + 2 + before, end);
    if (required && !belowCut(zone, target, cut)) continue;
    const node = inZone(zone, target) ? addressNode(x, zone) : 0;
    if (node === 0 || !usable(zone, node, cut)) continue;
    if (!addNode(x, zone, node) && required) {
      x.truncated = true;
      return;
    }
  }
}

/** The node that has the target's addresses, a wildcard's where there is no other (RFC 1034 §4.3.2 step 6); 0 for none. */
function addressNode(x: Exchange, zone: Zone): number {
  const { target, search } = x;
  const exact = lookup(zone, target, 0);
  if (exact !== 0) return exact;
  find(zone, target, search);
  return search.match === Match.ABSENT ? lookupWildcard(zone, target, search.label) : 0;
}

/** Data below a cut is glue: good for a referral, and for nothing else (RFC 2181 §5.4.1). */
function usable(zone: Zone, node: number, cut: number): boolean {
  return cut !== 0 || (zone.flags(node) & (OwnerFlag.OCCLUDED | OwnerFlag.CUT)) === 0;
}

/** True when the target's addresses are all there; they were there before, or they are now. */
function addNode(x: Exchange, zone: Zone, node: number): boolean {
  if (!x.added.first(node)) return true;
  return addType(x, zone, node, RrType.A) && addType(x, zone, node, RrType.AAAA);
}

function addType(x: Exchange, zone: Zone, node: number, type: number): boolean {
  const rrset = zone.rrset(node, type);
  return rrset === 0 || addRrset(x, Section.ADDITIONAL, zone, rrset, x.target);
}

/** True when the target is at or below the cut's name. */
function belowCut(zone: Zone, target: Name, cut: number): boolean {
  if (!inZone(zone, target)) return false;
  const length = zone.bytes[cut];
  const relative = target.length - zone.apex.length;
  if (relative < length) return false;
  let label = 0;
  while (target.offset[label] < relative - length) label++;
  if (target.offset[label] !== relative - length) return false;
  for (let i = 0; i < length; i++) if (zone.bytes[cut + 4 + i] !== target.lower[relative - length + i]) return false;
  return true;
}

/** Where the target's name stands in RDATA; -1 for the types that have none. */
function octetsBeforeTarget(type: number): number {
  switch (type) {
    case RrType.NS:
      return 0;
    case RrType.MX:
    case RrType.KX:
    case RrType.AFSDB:
    case RrType.RT:
    case RrType.SVCB:
    case RrType.HTTPS:
      return 2;
    case RrType.SRV:
      return 6;
    default:
      return -1;
  }
}
