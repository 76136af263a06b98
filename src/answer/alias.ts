/**
 * CNAME (RFC 1034 §3.6.2) and DNAME (RFC 6672 §3): the answer goes on at the target while that is in the same zone.
 * Other zones of ours are left to the client's next question: resolvers don't believe what is out of the zone they
 * asked. Knot and BIND stop there too.
 */

import { Rcode } from "../wire/header.ts";
import type { Name } from "../wire/name.ts";
import { RrType } from "../wire/rrtype.ts";
import { RECORD_HEAD, Section } from "../wire/writer.ts";
import type { Zone } from "../zone/image.ts";
import { holderOf } from "./catalogue.ts";
import { proveWildcards } from "./denial.ts";
import { type Exchange, MOST_ALIASES, NO_WILDCARD } from "./exchange.ts";
import { readyRrset } from "./ready.ts";
import { addRrset, answerWith, ownerOf } from "./section.ts";

/** Adds the CNAME and makes its target the next name. False when the answer ends here. */
export function followCname(x: Exchange, zone: Zone, node: number): boolean {
  const rrset = zone.rrset(node, RrType.CNAME);
  // It is ready when the target is out of the zone.
  if (readyRrset(x, zone, rrset)) return false;
  answerWith(x, zone, rrset);
  if (x.truncated || x.hop === MOST_ALIASES) return stop(x, zone);
  x.names[x.hop + 1].read(zone.bytes, zone.data(rrset) + RECORD_HEAD, zone.bytes.length);
  return goOn(x, zone);
}

/**
 * RFC 6672 §3.2 step 3c: adds the DNAME and a CNAME made from it, and follows that. A target over 255 octets is
 * YXDOMAIN (§2.2).
 */
export function followDname(x: Exchange, zone: Zone, node: number, label: number): boolean {
  const rrset = zone.rrset(node, RrType.DNAME);
  const { writer } = x;
  if (x.hop === 0) x.redirect = label;
  // A chain may come through the same DNAME again: it is there once.
  if (x.redirected.first(node) && !addRrset(x, Section.ANSWER, zone, rrset, ownerOf(x, zone, node))) {
    x.truncated = true;
    return stop(x, zone);
  }
  if (x.hop === MOST_ALIASES) return stop(x, zone);
  const target = x.names[x.hop + 1];
  target.copySuffix(x.name, 0);
  x.owner.read(zone.bytes, zone.data(rrset) + RECORD_HEAD, zone.bytes.length);
  if (!target.replaceSuffix(label, x.owner)) {
    x.rcode = Rcode.YXDOMAIN;
    return stop(x, zone);
  }
  // RFC 6672 §3.1: the CNAME has the DNAME's TTL, and no signature.
  if (!writer.cname(Section.ANSWER, x.name, zone.ttl(rrset), target)) {
    x.truncated = true;
    return stop(x, zone);
  }
  return x.type === RrType.CNAME || x.type === RrType.ANY ? stop(x, zone) : goOn(x, zone);
}

function goOn(x: Exchange, zone: Zone): boolean {
  const next = x.names[x.hop + 1];
  if (zoneFor(x, next) !== zone || seen(x, next)) return stop(x, zone);
  x.hop++;
  x.name = next;
  x.wildcard[x.hop] = NO_WILDCARD;
  return true;
}

/** RFC 1034 §4.3.2 step 2, "the zone which is the nearest ancestor": a target may be hidden by another zone of ours. */
function zoneFor(x: Exchange, name: Name): Zone | undefined {
  return holderOf(x.catalogue, name, x.type)?.zone;
}

/** A loop: the target is a name we came through. */
function seen(x: Exchange, next: Name): boolean {
  for (let i = 0; i <= x.hop; i++) if (x.names[i].equals(next)) return true;
  return false;
}

function stop(x: Exchange, zone: Zone): false {
  proveWildcards(x, zone);
  return false;
}
