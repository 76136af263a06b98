/** Addresses for the additional section: glue that a referral needs, and help for MX, SRV and the like. */

import { RrType } from "../wire/rrtype.ts";
import { Section } from "../wire/writer.ts";
import { LINKS_HEADER, TargetFlag, type Zone } from "../zone/image.ts";
import type { Exchange } from "./exchange.ts";
import { addRrset } from "./section.ts";

/**
 * The addresses of an RRset's targets, in the order in which the image has them (zone/targets.ts). RFC 1034 §4.3.2 step 6:
 * "attempt to add other RRs which may be useful"; what doesn't fit is left out. But glue below the very cut of a referral
 * must all be there, or the answer is truncated (RFC 9471 §3.1).
 */
export function addAddresses(x: Exchange, zone: Zone, rrset: number, referral: boolean): void {
  if (!zone.linked(rrset)) return;
  const { words, bytes } = zone;
  const links = zone.links(rrset);
  const data = zone.data(rrset);
  const end = zone.signatures(rrset);
  const first = (links + LINKS_HEADER) >>> 2;
  const last = first + words[(links >>> 2) + 2] * 2;
  for (let target = first; target < last; target += 2) {
    const node = words[target + 1];
    // Only a wildcard's NS RRset answers as well as it refers.
    if (!referral && (node & TargetFlag.GLUE) !== 0) continue;
    x.target.read(bytes, data + words[target], end);
    if (!addNode(x, zone, node & ~3) && (node & TargetFlag.REQUIRED) !== 0) {
      x.truncated = true;
      return;
    }
  }
}

/** True when the target's addresses are all there. */
function addNode(x: Exchange, zone: Zone, node: number): boolean {
  return addType(x, zone, node, RrType.A) && addType(x, zone, node, RrType.AAAA);
}

function addType(x: Exchange, zone: Zone, node: number, type: number): boolean {
  const rrset = zone.rrset(node, type);
  return rrset === 0 || addRrset(x, Section.ADDITIONAL, zone, rrset, x.target);
}
