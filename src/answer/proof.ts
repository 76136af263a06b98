/**
 * The records of a proof: NSEC or NSEC3 of some node, and signatures. They are copied as they stand in the image, and
 * their owners share with the question's name alone: with the suffixes of all names of the message looked for, as
 * section.ts does, a signed name error took twice the time; only after an alias it is 4 to 16 octets shorter so.
 */

import { recordsBelow } from "../wire/below.ts";
import { HEADER } from "../wire/header.ts";
import type { Name } from "../wire/name.ts";
import { Section } from "../wire/writer.ts";
import { RRSET_HEADER, type Zone } from "../zone/image.ts";
import type { Exchange } from "./exchange.ts";

/**
 * Adds the NSEC or NSEC3 RRset of a node with its signatures, unless it is there already; nothing when the node has none.
 * Without room for it the answer is truncated.
 */
export function addProof(x: Exchange, zone: Zone, node: number, type: number): void {
  if (x.truncated || !x.proven.first(node)) return;
  const rrset = zone.rrset(node, type);
  if (rrset === 0) return;
  const labels = node + 4;
  const length = zone.bytes[node];
  const apex = apexOffset(x, zone);
  const own = ownOctets(zone.bytes, labels, length, x.names[0], apex);
  const parent = own === length ? apexInMessage(x, zone) : HEADER + apex - (length - own);
  const data = rrset + RRSET_HEADER;
  const end = data + zone.dataBytes(rrset) + zone.signatureBytes(rrset);
  if (!recordsBelow(x.writer, Section.AUTHORITY, zone.bytes, data, end, labels, own, parent)) x.truncated = true;
}

/** Where the apex stands in the message, at the end of the question's name; 0 for the root, which is not pointed at. */
export function apexInMessage(x: Exchange, zone: Zone): number {
  return zone.apexLabels === 0 ? 0 : HEADER + apexOffset(x, zone);
}

/** Where the apex begins in the question's name. An alias that was followed has not left the zone. */
function apexOffset(x: Exchange, zone: Zone): number {
  const name = x.names[0];
  return name.offset[name.labels - zone.apexLabels];
}

/** How many octets of a node's labels are not also at the end of the labels that the question's name has below the apex. */
function ownOctets(bytes: Uint8Array, labels: number, length: number, question: Name, apex: number): number {
  const { lower, offset } = question;
  const most = Math.min(length, apex);
  let same = 0;
  while (same < most && bytes[labels + length - 1 - same] === lower[apex - 1 - same]) same++;
  // Two names may end in the same octets and not in the same labels.
  let label = 0;
  for (let own = 0; own < length && same > 1; own += bytes[labels + own] + 1) {
    if (length - own > same) continue;
    const at = apex - (length - own);
    while (offset[label] < at) label++;
    if (offset[label] === at) return own;
  }
  return length;
}
