/** Reads a query: its question and EDNS, and whether it is well formed. Bounded by the message, and allocates nothing. */

import { HEADER, Rcode, readU16 } from "../wire/header.ts";
import { RrType } from "../wire/rrtype.ts";
import type { Exchange } from "./exchange.ts";

/** No offset: what was to be read is malformed. */
const NONE = -1;

/**
 * Reads the question and the OPT; x.rcode says what is wrong. Returns the offset after the question, or after the
 * header when there is no question to give back.
 */
export function readQuery(x: Exchange): number {
  const { query, length } = x;
  const questions = readU16(query, 4);
  // RFC 9619 §4: more than one question is FORMERR. None is a question for a cookie (RFC 7873 §5.4).
  if (questions > 1) return malformed(x, HEADER);
  let at = HEADER;
  if (questions === 1) {
    at = x.name.read(query, HEADER, length);
    if (at < 0 || at + 4 > length) return malformed(x, HEADER);
    x.type = readU16(query, at);
    at += 4;
  }
  // A query has no answers; its authority section serves IXFR only (RFC 1995 §3).
  if (readU16(query, 6) !== 0) return malformed(x, at);
  const authority = readU16(query, 8);
  if (authority !== 0 && (questions === 0 || x.type !== RrType.IXFR)) return malformed(x, at);
  const end = readRecords(x, at, authority, readU16(query, 10));
  if (end !== length) return malformed(x, at);
  if (questions === 0 && x.edns.cookieLength === 0) return malformed(x, at);
  if (x.edns.version > 0) x.rcode = Rcode.BADVERS;
  return at;
}

function malformed(x: Exchange, question: number): number {
  x.rcode = Rcode.FORMERR;
  return question;
}

/** Steps over the records of the last two sections and reads the OPT; the offset after them, or NONE. */
function readRecords(x: Exchange, from: number, authority: number, additional: number): number {
  const { query, length } = x;
  let at = from;
  for (let i = 0; i < authority + additional; i++) {
    const type = skipOwner(query, at, length);
    if (type < 0 || type + 10 > length) return NONE;
    const end = type + 10 + readU16(query, type + 8);
    if (end > length) return NONE;
    if (i >= authority && readU16(query, type) === RrType.OPT) {
      // RFC 6891 §6.1.1: "If a query message with more than one OPT RR is received, a FORMERR … MUST be returned."
      if (x.edns.present || type !== at + 1 || !x.edns.read(query, type, end)) return NONE;
    }
    at = end;
  }
  return at;
}

/** The offset after an owner, which may end in a compression pointer; NONE when it runs out. */
function skipOwner(query: Uint8Array, from: number, length: number): number {
  let at = from;
  while (at < length) {
    const octet = query[at];
    if (octet === 0) return at + 1;
    if (octet >= 0xc0) return at + 2;
    if (octet > 63) return NONE;
    at += octet + 1;
  }
  return NONE;
}
