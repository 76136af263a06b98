/** The RRsets of an owner in two images: which are the same, and in what the others differ. */

import { readU16 } from "../wire/header.ts";
import { RrType } from "../wire/rrtype.ts";
import { RECORD_HEAD } from "../wire/writer.ts";
import { rdataKey } from "./diffrdata.ts";
import { aligned, LINKED, type Zone } from "./image.ts";

/** In what two RRsets of one owner and type differ; order never counts (RFC 2181 §5), nor does the case of names. */
export const Difference = { TTL: 1, DATA: 2, SIGNATURES: 4 } as const;

/** Gets an RRset in either image; 0 where it is in one only. */
export type RrsetVisit = (before: number, after: number) => void;

/** Visits the RRsets of an owner's node, in the order of their types. */
export function eachRrset(zone: Zone, node: number, visit: (rrset: number) => void): void {
  let rrset = zone.firstRrset(node);
  for (let left = zone.rrsetCount(node); left > 0; left--) {
    visit(rrset);
    rrset = zone.nextRrset(rrset);
  }
}

/** Visits the RRsets of an owner that are in one image only, or differ in any octet. Both have them in the order of types. */
export function pairRrsets(before: Zone, bNode: number, after: Zone, aNode: number, visit: RrsetVisit): void {
  let b = before.firstRrset(bNode);
  let a = after.firstRrset(aNode);
  let bLeft = before.rrsetCount(bNode);
  let aLeft = after.rrsetCount(aNode);
  while (bLeft > 0 || aLeft > 0) {
    const bType = bLeft > 0 ? before.type(b) : PAST;
    const aType = aLeft > 0 ? after.type(a) : PAST;
    if (bType !== aType || !sameOctets(before, b, after, a)) visit(bType <= aType ? b : 0, aType <= bType ? a : 0);
    if (bType <= aType) {
      b = before.nextRrset(b);
      bLeft--;
    }
    if (aType <= bType) {
      a = after.nextRrset(a);
      aLeft--;
    }
  }
}

/** Behind every type. */
const PAST = 0x10000;

/** True when the records and signatures of two RRsets are the same octets, all in the same order: no more is looked at. */
function sameOctets(before: Zone, b: number, after: Zone, a: number): boolean {
  const bWords = before.words;
  const aWords = after.words;
  const bWord = b >>> 2;
  const aWord = a >>> 2;
  if (bWords[bWord] !== aWords[aWord] || bWords[bWord + 2] !== aWords[aWord + 2]) return false;
  // Links hold offsets of nodes, and differ wherever the zone has changed before them.
  if (((bWords[bWord + 1] ^ aWords[aWord + 1]) & ~LINKED) !== 0) return false;
  const words = aligned(after.dataBytes(a) + after.signatureBytes(a)) >>> 2;
  const bAt = before.data(b) >>> 2;
  const aAt = after.data(a) >>> 2;
  for (let i = 0; i < words; i++) if (bWords[bAt + i] !== aWords[aAt + i]) return false;
  return true;
}

/** In what two RRsets of one owner and type differ, both of which have records; 0 when they are the same to DNS. */
export function differences(before: Zone, b: number, after: Zone, a: number): number {
  let found = before.ttl(b) === after.ttl(a) ? 0 : Difference.TTL;
  if (!sameRdata(dataOf(before, b), dataOf(after, a))) found |= Difference.DATA;
  if (!sameRdata(signaturesOf(before, b), signaturesOf(after, a))) found |= Difference.SIGNATURES;
  return found;
}

/** Records of one type in an image: bytes[from, end). */
export interface Span {
  readonly type: number;
  readonly bytes: Uint8Array;
  readonly from: number;
  readonly end: number;
}

/** An RRset's records. */
export function dataOf(zone: Zone, rrset: number): Span {
  const from = zone.data(rrset);
  return { type: zone.type(rrset), bytes: zone.bytes, from, end: from + zone.dataBytes(rrset) };
}

/** The RRSIGs over an RRset. */
export function signaturesOf(zone: Zone, rrset: number): Span {
  const from = zone.signatures(rrset);
  return { type: RrType.RRSIG, bytes: zone.bytes, from, end: from + zone.signatureBytes(rrset) };
}

/** Visits the RDATA of records, one by one: octets from `at` up to `end`. */
export function eachRdata({ bytes, from, end }: Span, visit: (at: number, end: number) => void): void {
  for (let at = from; at < end; ) {
    const rdata = at + RECORD_HEAD;
    at = rdata + readU16(bytes, rdata - 2);
    visit(rdata, at);
  }
}

/** The keys of records (see diffrdata.ts), each once. */
export function rdataKeys(records: Span): Set<string> {
  const keys = new Set<string>();
  eachRdata(records, (at, end) => keys.add(rdataKey(records.type, records.bytes, at, end)));
  return keys;
}

/** True when two have the same records to DNS, whatever their TTLs. */
function sameRdata(before: Span, after: Span): boolean {
  if (sameRdataOctets(before, after)) return true;
  const keys = rdataKeys(before);
  const others = rdataKeys(after);
  return keys.size === others.size && [...keys].every((key) => others.has(key));
}

/** The same without strings, for what is the same but for TTLs: octet by octet, in the same order. */
function sameRdataOctets(before: Span, after: Span): boolean {
  const length = before.end - before.from;
  if (length !== after.end - after.from) return false;
  for (let at = 0; at < length; ) {
    const end = at + RECORD_HEAD + readU16(before.bytes, before.from + at + RECORD_HEAD - 2);
    for (at += RECORD_HEAD - 2; at < end; at++) {
      if (before.bytes[before.from + at] !== after.bytes[after.from + at]) return false;
    }
  }
  return true;
}
