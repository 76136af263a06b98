/** CNAME (RFC 1034 §3.6.2) and DNAME (RFC 6672 §3): the answer goes on at the target, in this zone or another of ours. */

import { Rcode } from "../wire/header.ts";
import type { Name } from "../wire/name.ts";
import { RrType } from "../wire/rrtype.ts";
import { Section } from "../wire/writer.ts";
import type { Zone } from "../zone/image.ts";
import { proveWildcards } from "./denial.ts";
import { type Exchange, MOST_ALIASES } from "./exchange.ts";
import { addRrset, answerWith, ownerOf } from "./section.ts";

/** Adds the CNAME and makes its target the next name. False when the answer ends here. */
export function followCname(x: Exchange, zone: Zone, node: number): boolean {
  const rrset = zone.rrset(node, RrType.CNAME);
  answerWith(x, zone, rrset);
  if (x.truncated || x.hop === MOST_ALIASES) return stop(x);
  x.names[x.hop + 1].read(zone.bytes, zone.data(rrset) + 2, zone.bytes.length);
  return goOn(x);
}

/**
 * RFC 6672 §3.2 step 3c: adds the DNAME and a CNAME made from it, and follows that. A target over 255 octets is
 * YXDOMAIN (§2.2).
 */
export function followDname(x: Exchange, zone: Zone, node: number, label: number): boolean {
  const rrset = zone.rrset(node, RrType.DNAME);
  const { writer } = x;
  if (!addRrset(x, Section.ANSWER, zone, rrset, ownerOf(x, zone, node))) {
    x.truncated = true;
    return stop(x);
  }
  if (x.hop === MOST_ALIASES) return stop(x);
  const target = x.names[x.hop + 1];
  target.copySuffix(x.name, 0);
  x.owner.read(zone.bytes, zone.data(rrset) + 2, zone.bytes.length);
  if (!target.replaceSuffix(label, x.owner)) {
    x.rcode = Rcode.YXDOMAIN;
    return stop(x);
  }
  // RFC 6672 §3.1: the CNAME has the DNAME's TTL, and no signature.
  if (!writer.cname(Section.ANSWER, x.name, zone.ttl(rrset), target)) {
    x.truncated = true;
    return stop(x);
  }
  return x.type === RrType.CNAME || x.type === RrType.ANY ? stop(x) : goOn(x);
}

function goOn(x: Exchange): boolean {
  const next = x.names[x.hop + 1];
  if (seen(x, next)) return stop(x);
  x.hop++;
  x.name = next;
  x.wildcardZone[x.hop] = undefined;
  const held = x.catalogue.find(next, 0);
  // Outside our zones, or in one that has not loaded: the client goes on from here.
  if (held?.zone === undefined) return stop(x);
  x.zone = held.zone;
  return true;
}

/** A loop: the target is a name we came through. */
function seen(x: Exchange, next: Name): boolean {
  for (let i = 0; i <= x.hop; i++) if (x.names[i].equals(next)) return true;
  return false;
}

function stop(x: Exchange): false {
  proveWildcards(x);
  return false;
}
