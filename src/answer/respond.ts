/**
 * From a query's bytes to the reply's: screen the header, read the question and EDNS, choose the zone, answer, append
 * the OPT. Allocates nothing; any input is safe.
 */

import { Ede, OPT_FIXED } from "../wire/edns.ts";
import { Flag, HEADER, Opcode, Rcode, readU16, writeU16 } from "../wire/header.ts";
import { RrClass, RrType } from "../wire/rrtype.ts";
import { Section } from "../wire/writer.ts";
import type { Zone } from "../zone/image.ts";
import { answer } from "./answer.ts";
import type { Catalogue } from "./catalogue.ts";
import type { Chaos } from "./chaos.ts";
import type { Client } from "./client.ts";
import { Exchange } from "./exchange.ts";
import { type OptSettings, optReserve, writeOpt } from "./opt.ts";

/**
 * Answers the query in query[0, length) into `reply`, which has room for 65,535 octets. Returns the reply's length;
 * 0 when nothing is to be sent.
 */
export type Respond = (query: Uint8Array, length: number, reply: Uint8Array, client: Client) => number;

/** The largest message over a stream (RFC 1035 §4.2.2). */
const MAX_MESSAGE = 65535;
const NONE = -1;

const text = (words: string) => Uint8Array.from(Buffer.from(words));
const NOT_LOADED = text("zone failed to load");
const LOADING = text("zones are being loaded");

/** Makes the responder of one thread. */
export function responder(catalogue: Catalogue, chaos: Chaos, settings: OptSettings): Respond {
  const x = new Exchange(catalogue);
  return (query, length, reply, client) => {
    // RFC 1035 §4.1.1, and no reply to a reply: two servers must never talk to each other for ever.
    if (length < HEADER || (query[2] & Flag.QR) !== 0) return 0;
    x.clear();
    x.datagram = !client.stream;
    startReply(query, reply);
    const opcode = (query[2] >>> 3) & 0xf;
    const question = opcode === Opcode.QUERY ? readMessage(x, query, length) : HEADER;
    if (opcode !== Opcode.QUERY) x.rcode = Rcode.NOTIMP;
    for (let i = HEADER; i < question; i++) reply[i] = query[i];
    if (question > HEADER) reply[5] = 1;
    const limit = client.stream ? MAX_MESSAGE : Math.min(x.edns.udpSize, settings.payload);
    const end = x.rcode === Rcode.NOERROR ? body(x, reply, question, limit, client, settings, chaos) : question;
    return finish(x, query, reply, end, limit, client, settings);
  };
}

/** The header of the reply: id, opcode and RD as they came, and CD (RFC 4035 §3.1.6); counts 0. */
function startReply(query: Uint8Array, reply: Uint8Array): void {
  reply[0] = query[0];
  reply[1] = query[1];
  reply[2] = Flag.QR | (query[2] & 0x79);
  reply[3] = query[3] & Flag.CD;
  for (let i = 4; i < HEADER; i++) reply[i] = 0;
}

/**
 * Reads the question and the OPT; x.rcode says what is wrong. Returns the offset after the question, or after the
 * header when there is no question to give back.
 */
function readMessage(x: Exchange, query: Uint8Array, length: number): number {
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
  const end = readRecords(x, query, at, length, authority, readU16(query, 10));
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
function readRecords(
  x: Exchange,
  query: Uint8Array,
  from: number,
  length: number,
  authority: number,
  additional: number,
): number {
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

/** A well-formed query: by class and type. Returns the reply's length so far. */
function body(
  x: Exchange,
  reply: Uint8Array,
  question: number,
  limit: number,
  client: Client,
  settings: OptSettings,
  chaos: Chaos,
): number {
  if (question === HEADER) return question;
  const rrclass = readU16(reply, question - 2);
  const room = limit - optReserve(x.edns, client, settings);
  if (rrclass === RrClass.CH) {
    const end = chaos.answer(x.name, x.type, reply, question, room);
    if (end < 0) x.rcode = Rcode.REFUSED;
    return end < 0 ? question : end;
  }
  if (rrclass !== RrClass.IN && rrclass !== RrClass.ANY) {
    x.rcode = Rcode.REFUSED;
    return question;
  }
  if (!typeServed(x)) return question;
  chooseZone(x);
  return x.zone === undefined ? question : authoritative(x, x.zone, reply, question, room, rrclass);
}

/** False, with the response code set, for the types that are no question for data. */
function typeServed(x: Exchange): boolean {
  switch (x.type) {
    case RrType.AXFR:
    case RrType.IXFR:
      // RFC 5936 §4.2: no AXFR over UDP. Nobody is given a transfer as yet.
      x.rcode = x.type === RrType.AXFR && x.datagram ? Rcode.FORMERR : Rcode.REFUSED;
      x.ede = Ede.NOT_SUPPORTED;
      return false;
    case RrType.OPT:
    case RrType.TSIG:
    case RrType.TKEY:
    case RrType.NXNAME:
      // RFC 9824 §4.3 for NXNAME; the others are no data either.
      x.rcode = Rcode.FORMERR;
      x.ede = Ede.INVALID_QUERY_TYPE;
      return false;
    default:
      return true;
  }
}

/** RFC 1034 §4.3.2 step 2. A DS question goes to the parent's side, where we have it (RFC 4035 §3.1.4.1). */
function chooseZone(x: Exchange): void {
  let held = x.catalogue.find(x.name, 0);
  if (x.type === RrType.DS && held && held.apex.length === x.name.length && x.name.labels > 0) {
    held = x.catalogue.find(x.name, 1) ?? held;
  }
  if (held?.zone !== undefined) {
    x.zone = held.zone;
  } else if (held !== undefined) {
    x.rcode = Rcode.SERVFAIL;
    x.ede = Ede.INVALID_DATA;
    x.edeText = NOT_LOADED;
  } else if (!x.catalogue.complete) {
    x.rcode = Rcode.SERVFAIL;
    x.ede = Ede.NOT_READY;
    x.edeText = LOADING;
  } else {
    x.rcode = Rcode.REFUSED;
    x.ede = Ede.NOT_AUTHORITATIVE;
  }
}

function authoritative(
  x: Exchange,
  zone: Zone,
  reply: Uint8Array,
  question: number,
  room: number,
  rrclass: number,
): number {
  const { writer } = x;
  x.dnssec = x.edns.dnssecOk;
  writer.begin(reply, question, room);
  if (x.name.labels > 0) writer.shareQuestion(x.name);
  answer(x, zone);
  // RFC 1034 §4.1.2: with QCLASS * no answer can be authoritative.
  if (x.authoritative && rrclass !== RrClass.ANY) reply[2] |= Flag.AA;
  if (x.truncated) reply[2] |= Flag.TC;
  writeU16(reply, 6, writer.counts[Section.ANSWER]);
  writeU16(reply, 8, writer.counts[Section.AUTHORITY]);
  writeU16(reply, 10, writer.counts[Section.ADDITIONAL]);
  return writer.length;
}

/** The response code and the OPT. */
function finish(
  x: Exchange,
  query: Uint8Array,
  reply: Uint8Array,
  end: number,
  limit: number,
  client: Client,
  settings: OptSettings,
): number {
  reply[3] |= x.rcode & 0xf;
  if (!x.edns.present || end + OPT_FIXED > limit) return end;
  writeU16(reply, 10, readU16(reply, 10) + 1);
  return writeOpt(x, query, client, settings, reply, end, limit);
}
