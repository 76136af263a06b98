/**
 * Answers that stand ready in the image (zone/readyanswer.ts): all that follows the question, copied in one go. Octet
 * for octet what the other functions of this directory would write, and they do where a ready answer doesn't serve: after
 * an alias, with signatures (but for the SOA's), without room for all of it, or when the question shares more with a name
 * in it than the owner's.
 */

import { recordsBelow } from "../wire/below.ts";
import { readU16, writeU16, writeU32 } from "../wire/header.ts";
import { RrType } from "../wire/rrtype.ts";
import { Section } from "../wire/writer.ts";
import { aligned, LINKS_HEADER, type Zone } from "../zone/image.ts";
import { type Exchange, NO_WILDCARD } from "./exchange.ts";
import { apexInMessage } from "./proof.ts";

/** An RRset of the name asked for, with its targets' addresses. False when it is not ready. */
export function readyRrset(x: Exchange, zone: Zone, rrset: number): boolean {
  // A wildcard's records are compressed for "*", which is not in the question.
  if (x.dnssec || x.wildcard[0] !== NO_WILDCARD) return false;
  return copyReady(x, zone, rrset, 0, Section.ANSWER);
}

/** The referral to a cut, whose NS RRset is given and whose name begins with a label of the question's. */
export function readyReferral(x: Exchange, zone: Zone, ns: number, label: number): boolean {
  return !x.dnssec && copyReady(x, zone, ns, label, Section.AUTHORITY);
}

/** The SOA of a negative answer (RFC 2308 §3), with the TTL for that (§5), and its signatures. */
export function readySoa(x: Exchange, zone: Zone): boolean {
  const { writer } = x;
  const start = writer.length;
  const soa = zone.rrset(zone.top, RrType.SOA);
  if (!copyReady(x, zone, soa, x.name.labels - zone.apexLabels, Section.AUTHORITY)) return false;
  setTtl(writer.bytes, start, zone);
  if (!x.dnssec || signSoa(x, zone, soa)) return true;
  writer.rollback(start, x.name);
  writer.counts[Section.AUTHORITY]--;
  return false;
}

function signSoa(x: Exchange, zone: Zone, soa: number): boolean {
  const { writer } = x;
  const at = zone.signatures(soa);
  const end = at + zone.signatureBytes(soa);
  let record = writer.length;
  if (!recordsBelow(writer, Section.AUTHORITY, zone.bytes, at, end, 0, 0, apexInMessage(x, zone))) return false;
  while (record < writer.length) record = setTtl(writer.bytes, record, zone);
  return true;
}

/** Sets the TTL of a record owned by the apex for a negative answer, and returns the offset after it. */
function setTtl(bytes: Uint8Array, record: number, zone: Zone): number {
  // The owner is a pointer, or the root itself; TYPE and CLASS follow.
  const ttl = record + (zone.apexLabels === 0 ? 5 : 6);
  writeU32(bytes, ttl, zone.negativeTtl);
  return ttl + 6 + readU16(bytes, ttl + 4);
}

function copyReady(x: Exchange, zone: Zone, rrset: number, label: number, section: number): boolean {
  if (x.hop !== 0 || !zone.linked(rrset)) return false;
  const { words } = zone;
  const links = zone.links(rrset);
  const sizes = words[links >>> 2];
  const octets = sizes & 0xffff;
  if (octets === 0) return false;
  const hazards = links + LINKS_HEADER + words[(links >>> 2) + 2] * 8;
  const pointers = hazards + (sizes >>> 24) * 4;
  if (label > 0 && isHazard(words, hazards >>> 2, pointers >>> 2, x.name.hash[label - 1])) return false;
  const count = (sizes >>> 16) & 0xff;
  const { writer } = x;
  const start = writer.length;
  const records = words[(links >>> 2) + 1];
  if (!writer.copy(section, zone.bytes, pointers + aligned(count * 2), octets, records & 0xffff)) return false;
  writer.counts[Section.ADDITIONAL] += records >>> 16;
  if (label > 0) raisePointers(writer.bytes, start, zone.bytes, pointers, count, x.name.offset[label]);
  return true;
}

/** Whether the question's name ends in more of a name of the answer than its owner: then there is more to share. */
function isHazard(words: Uint32Array, from: number, end: number, hash: number): boolean {
  for (let i = from; i < end; i++) if ((words[i] | 0) === hash) return true;
  return false;
}

/** The owner's name stands `by` octets further back in the question than the pointers say. */
function raisePointers(
  message: Uint8Array,
  start: number,
  bytes: Uint8Array,
  pointers: number,
  count: number,
  by: number,
): void {
  for (let i = pointers; i < pointers + count * 2; i += 2) {
    const at = start + readU16(bytes, i);
    writeU16(message, at, readU16(message, at) + by);
  }
}
