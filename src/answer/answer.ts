/** The answer to a question about our zones: the algorithm of RFC 1034 §4.3.2, with RFC 4592, 6672 and 4035. */

import { Rcode } from "../wire/header.ts";
import { RrType } from "../wire/rrtype.ts";
import { find, lookupWildcard, Match } from "../zone/find.ts";
import type { Zone } from "../zone/image.ts";
import { OwnerFlag } from "../zone/ownerflag.ts";
import { addAddresses } from "./additional.ts";
import { followCname, followDname } from "./alias.ts";
import { answerAny, answerSignatures } from "./any.ts";
import { denyName, denyType, proveWildcards } from "./denial.ts";
import type { Exchange } from "./exchange.ts";
import { readyRrset } from "./ready.ts";
import { refer } from "./referral.ts";
import { answerWith } from "./section.ts";

/** Answers x.name/x.type from a zone. */
export function answer(x: Exchange, zone: Zone): void {
  x.authoritative = true;
  // Each turn is one name; an alias makes the next turn.
  while (step(x, zone));
  if (x.wanted !== 0 && !x.truncated) addAddresses(x, zone, x.wanted, false);
}

/** RFC 1034 §4.3.2 step 3. True when an alias leads on. */
function step(x: Exchange, zone: Zone): boolean {
  const { search } = x;
  find(zone, x.name, search);
  switch (search.match) {
    case Match.EXACT:
      return atNode(x, zone, search.node);
    case Match.CUT:
      // RFC 4035 §3.1.4.1: the DS RRset lives at the parent's side of the cut, and is answered from there.
      if (search.label === 0 && x.type === RrType.DS) return atNode(x, zone, search.node);
      refer(x, zone, search.node, search.label);
      return false;
    case Match.DNAME:
      return followDname(x, zone, search.node, search.label);
    default:
      return absent(x, zone);
  }
}

/** 3c: "if at some label, a match is impossible (i.e., the corresponding label does not exist), look to see if a label "*" exists." */
function absent(x: Exchange, zone: Zone): boolean {
  const { node, label } = x.search;
  const wildcard = (zone.flags(node) & OwnerFlag.WILDCARD_BELOW) === 0 ? 0 : lookupWildcard(zone, x.name, label);
  if (wildcard === 0) {
    x.rcode = Rcode.NXDOMAIN;
    denyName(x, zone, label);
    return false;
  }
  x.wildcard[x.hop] = label;
  return atNode(x, zone, wildcard);
}

/** 3a: "the whole of QNAME is matched"; for a wildcard, its node with the name asked for as owner (RFC 4592 §3.3.3). */
function atNode(x: Exchange, zone: Zone, node: number): boolean {
  const { type } = x;
  if (type === RrType.ANY) answerAny(x, zone, node);
  else if (type === RrType.RRSIG) answerSignatures(x, zone, node);
  else {
    const rrset = zone.rrset(node, type);
    if (rrset !== 0) {
      if (readyRrset(x, zone, rrset)) return false;
      answerWith(x, zone, rrset);
      x.wanted = rrset;
    } else if ((zone.flags(node) & OwnerFlag.CNAME) !== 0) return followCname(x, zone, node);
    else {
      denyType(x, zone, node);
      return false;
    }
  }
  proveWildcards(x, zone);
  return false;
}
