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
import { type Catalogue, holderOf } from "./catalogue.ts";
import type { Chaos } from "./chaos.ts";
import type { Client } from "./client.ts";
import { Count, Counters } from "./counters.ts";
import { Exchange } from "./exchange.ts";
import { optReserve, writeOpt } from "./opt.ts";
import { readQuery } from "./query.ts";
import { limited } from "./ratelimit/limited.ts";
import type { AnswerSettings } from "./settings.ts";
import { ZoneCounts } from "./zonecounts.ts";

/**
 * Answers the query in query[0, length) into `reply`, which has room for as much as the client can take: 65,535 octets
 * over a stream, the configured payload over UDP. Returns the reply's length; 0 when nothing is to be sent.
 */
export type Respond = (query: Uint8Array, length: number, reply: Uint8Array, client: Client) => number;

/** The largest message over a stream (RFC 1035 §4.2.2). */
const MAX_MESSAGE = 65535;

const text = (words: string) => Uint8Array.from(Buffer.from(words));
const NOT_LOADED = text("zone failed to load");
const LOADING = text("zones are being loaded");

/** Makes the responder of one thread, and what it counts in. */
export function responder(
  catalogue: Catalogue,
  chaos: Chaos,
  settings: AnswerSettings,
  counters: Counters = new Counters(),
  zoneCounts: ZoneCounts = new ZoneCounts(),
): Respond {
  return respondThrough(new Exchange(catalogue, settings, counters, zoneCounts), chaos);
}

/** As `responder`, with an exchange whose names and wildcards can be looked at afterwards (explain/). */
export function respondThrough(x: Exchange, chaos: Chaos): Respond {
  const { settings, counters } = x;
  const { acl, limiter } = settings;
  return (query, length, reply, client) => {
    // RFC 1035 §4.1.1, and no reply to a reply: two servers must never talk to each other for ever.
    if (length < HEADER || (query[2] & Flag.QR) !== 0) {
      counters.cells[Count.NOT_A_QUERY]++;
      return 0;
    }
    const denied = acl?.denies(client.address()) === true;
    if (denied && settings.dropsDenied) {
      counters.cells[Count.DENIED_DROPPED]++;
      return 0;
    }
    x.begin(query, length, reply, client);
    startReply(query, reply);
    let end = readQuery(x);
    if (((query[2] >>> 3) & 0xf) !== Opcode.QUERY) {
      x.rcode = Rcode.NOTIMP;
      end = HEADER;
    }
    copyQuestion(x, end);
    const question = end;
    x.limit = client.stream ? MAX_MESSAGE : datagramLimit(x);
    if (denied) prohibit(x);
    if (x.rcode === Rcode.NOERROR && end > HEADER) end = body(x, end, chaos);
    const opt = end;
    end = finish(x, opt);
    if (limiter !== undefined && x.datagram && !x.verified) end = limited(x, limiter, question, opt, end);
    if (end > 0) count(x, end);
    // A zone that has been replaced is not kept for the sake of the last question to it.
    x.zone = undefined;
    return end;
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

/** The question goes back octet by octet: its case is the client's (RFC 4343 §4.1). */
function copyQuestion(x: Exchange, end: number): void {
  for (let i = HEADER; i < end; i++) x.reply[i] = x.query[i];
  if (end > HEADER) x.reply[5] = 1;
}

/** What the client takes, and less for one whose address may be forged: a cookie of ours would prove it. */
function datagramLimit(x: Exchange): number {
  const { edns, settings, client, query } = x;
  const { cookies, unverified = settings.payload } = settings;
  const limit = Math.min(edns.udpSize, settings.payload);
  if (limit <= unverified) return limit;
  if (cookies?.valid(query, edns.cookie, edns.cookieLength, client.address(), client.seconds())) return limit;
  x.curbed = true;
  return unverified;
}

/** Whoever is denied gets nothing but that (RFC 8914 §4.19); what is no query is told so as to anybody. */
function prohibit(x: Exchange): void {
  x.counters.cells[Count.DENIED_REFUSED]++;
  if (x.rcode !== Rcode.NOERROR) return;
  x.rcode = Rcode.REFUSED;
  x.ede = Ede.PROHIBITED;
}

/** A well-formed query with a question that ends at `question`: by class and type. Returns the reply's length so far. */
function body(x: Exchange, question: number, chaos: Chaos): number {
  x.counters.question(x.type);
  const room = x.limit - optReserve(x);
  const rrclass = readU16(x.query, question - 2);
  if (rrclass === RrClass.CH) {
    const end = chaos.answer(x.name, x.type, x.reply, question, room);
    if (end >= 0) return end;
    x.rcode = Rcode.REFUSED;
  } else if (rrclass !== RrClass.IN && rrclass !== RrClass.ANY) x.rcode = Rcode.REFUSED;
  else if (typeServed(x)) chooseZone(x);
  return x.zone === undefined ? question : authoritative(x, x.zone, question, room, rrclass);
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
      // RFC 9824 §3.5 for NXNAME; the others are meta-types and no data either (RFC 6895 §3.1).
      x.rcode = Rcode.FORMERR;
      x.ede = Ede.INVALID_QUERY_TYPE;
      return false;
    default:
      return true;
  }
}

/** RFC 1034 §4.3.2 step 2. */
function chooseZone(x: Exchange): void {
  const held = holderOf(x.catalogue, x.name, x.type);
  if (held !== undefined) x.row = held.row;
  if (held?.zone !== undefined) x.zone = held.zone;
  else if (held !== undefined) {
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

function authoritative(x: Exchange, zone: Zone, question: number, room: number, rrclass: number): number {
  const { writer, reply } = x;
  x.dnssec = x.edns.dnssecOk && zone.signed;
  writer.begin(reply, question, room, x.name);
  answer(x, zone);
  // RFC 1034 §3.7.1: with QCLASS * no answer can be authoritative.
  if (x.authoritative && rrclass !== RrClass.ANY) reply[2] |= Flag.AA;
  if (x.truncated) reply[2] |= Flag.TC;
  // What is to be asked again anyway is no reason to send a part of it to somebody who may not have asked.
  if (x.truncated && x.curbed) return question;
  writeU16(reply, 6, writer.counts[Section.ANSWER]);
  writeU16(reply, 8, writer.counts[Section.AUTHORITY]);
  writeU16(reply, 10, writer.counts[Section.ADDITIONAL]);
  return writer.length;
}

/** The response code and the OPT. Returns the reply's length. */
function finish(x: Exchange, end: number): number {
  x.reply[3] |= x.rcode & 0xf;
  if (!x.edns.present || end + OPT_FIXED > x.limit) return end;
  writeU16(x.reply, 10, readU16(x.reply, 10) + 1);
  return writeOpt(x, end);
}

/**
 * What the status and the reports tell of a reply. All counting together took 5 to 15 ns of the 180 that a small answer
 * takes; the zone's own row is 4 of them (best of 14 runs each, 178 and 182), which is less than what two runs differ by.
 */
function count({ counters, zoneCounts, row, edns, reply, rcode, length }: Exchange, end: number): void {
  const { cells } = counters;
  counters.reply(rcode);
  counters.sizes(length, end);
  zoneCounts.reply(row, rcode);
  if ((reply[2] & Flag.TC) !== 0) cells[Count.TRUNCATED]++;
  if (!edns.present) return;
  cells[Count.EDNS]++;
  if (edns.dnssecOk) cells[Count.DNSSEC_OK]++;
}
