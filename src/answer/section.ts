/** Puts RRsets of the zone into the sections of an answer, with their signatures where the client asked for them. */

import { HEADER } from "../wire/header.ts";
import type { Name } from "../wire/name.ts";
import { RrType } from "../wire/rrtype.ts";
import { Section } from "../wire/writer.ts";
import { RRSET_HEADER, type Zone } from "../zone/image.ts";
import type { Exchange } from "./exchange.ts";

/** RFC 4035 §3.1.1: signatures go with each RRset that has them, right after it. `ttl` replaces the RRset's own. */
export function addRrset(x: Exchange, section: number, zone: Zone, rrset: number, owner: Name, ttl?: number): boolean {
  // A pointer to the question's name, and nothing to be compressed: the records are as they stand in the image. (With
  // ANY, the names in one RRset may be shared by the next.)
  if (owner.written === HEADER && ttl === undefined && !zone.linked(rrset) && x.type !== RrType.ANY) {
    return copyRrset(x, section, zone, rrset);
  }
  const data = zone.data(rrset);
  const end = data + zone.dataBytes(rrset);
  const { writer } = x;
  const mark = writer.length;
  const counted = writer.counts[section];
  const time = ttl ?? zone.ttl(rrset);
  if (!writer.records(section, owner, zone.type(rrset), time, zone.bytes, data, end)) return false;
  if (x.dnssec && !addSignatures(x, section, zone, rrset, owner, time)) {
    // RFC 4035 §3.1.1: "If space does not permit inclusion of both … the name server MUST set the TC bit."
    writer.counts[section] = counted;
    writer.rollback(mark, owner);
    return false;
  }
  return true;
}

/** An RRset and its RRSIGs as they stand in the image. */
function copyRrset(x: Exchange, section: number, zone: Zone, rrset: number): boolean {
  const octets = zone.dataBytes(rrset) + (x.dnssec ? zone.signatureBytes(rrset) : 0);
  const records = zone.count(rrset) + (x.dnssec ? zone.signatureCount(rrset) : 0);
  return x.writer.copy(section, zone.bytes, rrset + RRSET_HEADER, octets, records);
}

/** The RRSIGs of an RRset alone. */
export function addSignatures(
  x: Exchange,
  section: number,
  zone: Zone,
  rrset: number,
  owner: Name,
  ttl: number = zone.ttl(rrset),
): boolean {
  const at = zone.signatures(rrset);
  return x.writer.records(section, owner, RrType.RRSIG, ttl, zone.bytes, at, at + zone.signatureBytes(rrset));
}

/** An RRset of the answer; without room for it the answer is truncated (RFC 2181 §9). */
export function answerWith(x: Exchange, zone: Zone, rrset: number): void {
  if (!addRrset(x, Section.ANSWER, zone, rrset, x.name)) x.truncated = true;
}

/** An RRset of the authority section that the answer can't do without. */
export function authorityWith(x: Exchange, zone: Zone, rrset: number, owner: Name, ttl?: number): void {
  if (!addRrset(x, Section.AUTHORITY, zone, rrset, owner, ttl)) x.truncated = true;
}

/** A node's name, to be an owner in the message: valid until the next call. */
export function ownerOf(x: Exchange, zone: Zone, node: number): Name {
  const length = zone.nameOf(node, x.scratch, 0);
  x.owner.read(x.scratch, 0, length);
  return x.owner;
}
