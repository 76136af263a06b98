/** What holds for every reply, whatever was asked. */

import { Name } from "../../src/wire/name.ts";
import { RrType, typeToText } from "../../src/wire/rrtype.ts";
import { lookup, lookupWildcard } from "../../src/zone/find.ts";
import type { Zone } from "../../src/zone/image.ts";
import type { Message, Record } from "./message.ts";
import { printRecord } from "./print.ts";

const TC = 0x0200;
const HEADER = 12;
/** Bits that an authoritative server never sets: RA, Z, AD. */
const NEVER = 0x0080 | 0x0040 | 0x0020;
/** Opcode and RD come back as they came (RFC 1035 §4.1.1). */
const COPIED = 0x7900;

/** Throws when a reply breaks a rule; `limit` is the most octets it may have. */
export function checkReply(query: Uint8Array, reply: Message, bytes: Uint8Array, limit: number, stream: boolean): void {
  const sent = (query[2] << 8) | query[3];
  must(reply.id === ((query[0] << 8) | query[1]), "the id is not the query's");
  must((reply.bits & 0x8000) !== 0, "QR is not set");
  must((sent & 0x8000) === 0, "a reply was answered");
  must((reply.bits & COPIED) === (sent & COPIED), "opcode or RD are not the query's");
  must((reply.bits & NEVER) === 0, "RA, Z or AD is set");
  must(bytes.length <= limit, `${bytes.length} octets, over ${limit}`);
  must(!stream || (reply.bits & TC) === 0, "TC over a stream");
  must(reply.questions.length <= 1, "more than one question");
  if (reply.questions.length === 1) {
    const end = HEADER + reply.questions[0].name.length + 4;
    must(
      same(query.subarray(HEADER, end), bytes.subarray(HEADER, end)),
      "the question is not the query's, octet by octet",
    );
  }
  for (const section of reply.sections) checkSection(section);
}

function must(condition: boolean, what: string): void {
  if (!condition) throw new Error(what);
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((octet, i) => octet === b[i]);
}

/** RFC 2181 §5: no record twice; an RRset in one piece, with one TTL. */
function checkSection(section: readonly Record[]): void {
  const records = new Set<string>();
  const sets = new Map<string, Record>();
  section.forEach((record, i) => {
    const key = setKey(record);
    const whole = `${key} ${Buffer.from(record.rdata).toString("hex")}`;
    must(!records.has(whole), `twice in one section: ${printRecord(record)}`);
    records.add(whole);
    const first = sets.get(key);
    must(first === undefined || setKey(section[i - 1]) === key, `an RRset in two pieces: ${printRecord(record)}`);
    must(first === undefined || first.ttl === record.ttl, `two TTLs in an RRset: ${printRecord(record)}`);
    sets.set(key, record);
  });
}

/** Owner, type, class, and for an RRSIG the type it covers. */
function setKey({ owner, type, rrclass, rdata }: Record): string {
  const covered = type === RrType.RRSIG ? `(${(rdata[0] << 8) | rdata[1]})` : "";
  return `${Buffer.from(owner).toString("latin1").toLowerCase()} ${type}${covered} ${rrclass}`;
}

/**
 * RFC 2181 §5.2 and RFC 4035 §3.1.1: RRsets are all there or not at all, and with DO the RRSIGs stand right behind.
 * Held against the zones; a made-up CNAME (RFC 6672 §3.1) is in none of them.
 */
export function checkRrsets(reply: Message, zones: readonly Zone[], dnssec: boolean): void {
  for (const section of reply.sections) {
    for (let i = 0; i < section.length; ) {
      const key = setKey(section[i]);
      let next = i;
      while (next < section.length && setKey(section[next]) === key) next++;
      checkRrset(section, i, next, zones, dnssec);
      i = next;
    }
  }
}

function checkRrset(
  section: readonly Record[],
  from: number,
  to: number,
  zones: readonly Zone[],
  dnssec: boolean,
): void {
  const record = section[from];
  const name = new Name();
  name.read(record.owner, 0, record.owner.length);
  const covered = (record.rdata[0] << 8) | record.rdata[1];
  const wanted = record.type === RrType.RRSIG ? covered : record.type;
  const held = zones.flatMap((zone) => rrsetsFor(zone, name, wanted));
  if (held.length === 0) return;
  const whole = ({ zone, rrset }: Held) =>
    to - from === (record.type === RrType.RRSIG ? zone.signatureCount(rrset) : zone.count(rrset));
  const ours = held.filter(whole);
  must(ours.length > 0, `only a part of ${typeToText(record.type)}: ${printRecord(record)}`);
  if (!dnssec || record.type === RrType.RRSIG) return;
  const signed = ours.every(({ zone, rrset }) => zone.signatureCount(rrset) > 0);
  const follows = section[to];
  const signature = follows?.type === RrType.RRSIG && ((follows.rdata[0] << 8) | follows.rdata[1]) === record.type;
  must(!signed || signature, `no RRSIG behind ${printRecord(record)}`);
}

interface Held {
  readonly zone: Zone;
  readonly rrset: number;
}

/** RRsets of the zone that may have been the source: at the name, or at a wildcard above it; NSEC3 by its flags. */
function rrsetsFor(zone: Zone, name: Name, type: number): Held[] {
  const labels = name.labels - zone.apexLabels;
  if (labels < 0 || type === RrType.NSEC3) return [];
  const suffix = name.wire.subarray(name.offset[labels], name.length);
  if (Buffer.from(suffix).toString("latin1").toLowerCase() !== Buffer.from(zone.apex).toString("latin1")) return [];
  const nodes = [labels === 0 ? zone.top : lookup(zone, name, 0)];
  for (let label = 1; label <= labels; label++) nodes.push(lookupWildcard(zone, name, label));
  const rrsets = nodes.filter((node) => node !== 0).map((node) => zone.rrset(node, type));
  return rrsets.filter((rrset) => rrset !== 0).map((rrset) => ({ zone, rrset }));
}
