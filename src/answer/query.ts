/** Reads a query: its question and EDNS, and whether it is well formed. Bounded by the message, and allocates nothing. */

import { HEADER, Rcode, readU16 } from "../wire/header.ts";
import { RrType } from "../wire/rrtype.ts";
import type { Exchange } from "./exchange.ts";

/** No offset: what was to be read is malformed. */
const NONE = -1;

/**
 * Reads the question and the OPT; x.rcode says what is wrong. Returns the offset after the question, or after the
 * header when there is no question to give back. The OPT is looked for in any case: a reply has one when the query had
 * (RFC 6891 §6.1.1).
 */
export function readQuery(x: Exchange): number {
  const { query, length } = x;
  const questions = readU16(query, 4);
  const question = questions === 1 ? readQuestion(x) : HEADER;
  const records = questions === 1 ? question : skipQuestions(query, length, questions);
  const others = readU16(query, 6) + readU16(query, 8);
  const end = records === NONE ? NONE : readRecords(x, records, others, readU16(query, 10));
  if (end !== length || !isQuery(x, questions)) {
    x.rcode = Rcode.FORMERR;
    return Math.max(question, HEADER);
  }
  if (x.edns.version > 0) x.rcode = Rcode.BADVERS;
  return question;
}

/** Whether the sections that have something in them are those of a query. */
function isQuery(x: Exchange, questions: number): boolean {
  const { query, edns } = x;
  // A query has no answers; its authority section serves IXFR only (RFC 1995 §3).
  if (readU16(query, 6) !== 0) return false;
  const authority = readU16(query, 8);
  // RFC 9619 §4: one question. None is a question for a cookie (RFC 7873 §5.4).
  if (questions === 0) return authority === 0 && edns.cookieLength > 0;
  return questions === 1 && (authority === 0 || x.type === RrType.IXFR);
}

/** Reads the name and type asked for; the offset after the question, or NONE. */
function readQuestion(x: Exchange): number {
  const at = x.name.read(x.query, HEADER, x.length);
  if (at < 0 || at + 4 > x.length) return NONE;
  x.type = readU16(x.query, at);
  return at + 4;
}

function skipQuestions(query: Uint8Array, length: number, questions: number): number {
  let at = HEADER;
  for (let i = 0; i < questions; i++) {
    at = skipOwner(query, at, length);
    if (at < 0) return NONE;
    at += 4;
  }
  return at;
}

/** Steps over records, `others` of them in front of the additional section's, and reads the OPT; the offset after, or NONE. */
function readRecords(x: Exchange, from: number, others: number, additional: number): number {
  const { query, length } = x;
  let at = from;
  for (let i = 0; i < others + additional; i++) {
    const type = skipOwner(query, at, length);
    if (type < 0 || type + 10 > length) return NONE;
    const end = type + 10 + readU16(query, type + 8);
    if (end > length) return NONE;
    if (i >= others && readU16(query, type) === RrType.OPT) {
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
