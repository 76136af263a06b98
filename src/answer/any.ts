/** Questions for more than one type: ANY (RFC 8482) and RRSIG. */

import { Section } from "../wire/writer.ts";
import type { Zone } from "../zone/image.ts";
import { denyType } from "./denial.ts";
import type { Exchange } from "./exchange.ts";
import { addSignatures, answerWith } from "./section.ts";

/**
 * ANY: over UDP one RRset (RFC 8482 §4.1), so that the answer is no better for reflection than any other; over a
 * stream, where the address is proven, all of them (§4.4).
 */
export function answerAny(x: Exchange, zone: Zone, node: number): void {
  let rrset = zone.firstRrset(node);
  let found = false;
  for (let left = zone.rrsetCount(node); left > 0; left--) {
    if (zone.count(rrset) > 0) {
      answerWith(x, zone, rrset);
      found = true;
      if (x.datagram || x.truncated) return;
    }
    rrset = zone.nextRrset(rrset);
  }
  if (!found) denyType(x, zone, node);
}

/** RRSIG: every signature at the name. */
export function answerSignatures(x: Exchange, zone: Zone, node: number): void {
  let rrset = zone.firstRrset(node);
  let found = false;
  for (let left = zone.rrsetCount(node); left > 0; left--) {
    if (zone.signatureCount(rrset) > 0) {
      found = true;
      if (!addSignatures(x, Section.ANSWER, zone, rrset, x.name)) {
        x.truncated = true;
        return;
      }
    }
    rrset = zone.nextRrset(rrset);
  }
  if (!found) denyType(x, zone, node);
}
