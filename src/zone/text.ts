/**
 * An image back to a master file (RFC 1035 §5.1), as octets: compiled again, it makes the same image, octet for octet.
 * One record a line: `owner TTL IN TYPE RDATA`, names absolute, the SOA first (as in a transfer, RFC 5936 §2.2), then
 * everything else in the image's order, each RRset's RRSIGs right after it.
 */

import { rdataToText } from "../text/rdata.ts";
import { readU16, writeU32 } from "../wire/header.ts";
import { MAX_NAME } from "../wire/name.ts";
import { RrType, typeToText } from "../wire/rrtype.ts";
import { RECORD_HEAD } from "../wire/writer.ts";
import { Word, type Zone } from "./image.ts";
import { TextWriter } from "./textwriter.ts";

/** Blocks are a little larger. */
const BLOCK = 256 << 10;
const NEWLINE = 10;

/** The whole text. With `serial`, the SOA has that one. */
export function zoneText(zone: Zone, serial?: number): Uint8Array {
  return Buffer.concat([...zoneBlocks(zone, serial)]);
}

/** The text in blocks of whole lines, so that a large one need never be in one piece. */
export function* zoneBlocks(zone: Zone, serial?: number): Generator<Uint8Array> {
  const out = new TextWriter(BLOCK * 1.25);
  const soa = zone.rrset(zone.top, RrType.SOA);
  const name = new Uint8Array(MAX_NAME);
  const end = zone.words[Word.NODES_END];
  for (let node = zone.top; node < end; ) {
    zone.nameOf(node, name, 0);
    if (node === zone.top) writeSoa(out, zone, name, soa, serial);
    let rrset = zone.firstRrset(node);
    for (let left = zone.rrsetCount(node); left > 0; left--) {
      if (rrset !== soa) writeRrset(out, zone, name, rrset);
      rrset = zone.nextRrset(rrset);
    }
    node = rrset;
    if (out.length >= BLOCK) yield out.take();
  }
  yield out.take();
}

/** True when the SOA has signatures: they are no longer right when its serial is another (RFC 4034 §3.1.8.1). */
export function soaIsSigned(zone: Zone): boolean {
  return zone.signatureCount(zone.rrset(zone.top, RrType.SOA)) > 0;
}

function writeSoa(out: TextWriter, zone: Zone, owner: Uint8Array, soa: number, serial: number | undefined): void {
  if (serial === undefined) {
    writeRrset(out, zone, owner, soa);
    return;
  }
  const signatures = zone.signatures(soa);
  const records = zone.bytes.slice(zone.data(soa), signatures);
  // The last five of its fields are 32 bits each, the serial first (RFC 1035 §3.3.13).
  writeU32(records, records.length - 20, serial);
  writeRecords(out, zone.ttl(soa), owner, RrType.SOA, records, 0, records.length);
  writeRecords(out, zone.ttl(soa), owner, RrType.RRSIG, zone.bytes, signatures, signatures + zone.signatureBytes(soa));
}

function writeRrset(out: TextWriter, zone: Zone, owner: Uint8Array, rrset: number): void {
  const data = zone.data(rrset);
  const signatures = data + zone.dataBytes(rrset);
  const end = signatures + zone.signatureBytes(rrset);
  const ttl = zone.ttl(rrset);
  writeRecords(out, ttl, owner, zone.type(rrset), zone.bytes, data, signatures);
  if (end > signatures) writeRecords(out, ttl, owner, RrType.RRSIG, zone.bytes, signatures, end);
}

/** The records in bytes[from, end), all of one owner and type. */
function writeRecords(
  out: TextWriter,
  ttl: number,
  owner: Uint8Array,
  type: number,
  bytes: Uint8Array,
  from: number,
  end: number,
): void {
  if (from === end) return;
  const start = out.length;
  out.name(owner, 0);
  out.text(` ${ttl} IN ${typeToText(type)} `);
  const startEnd = out.length;
  for (let at = from; at < end; ) {
    if (at > from) out.again(start, startEnd);
    const rdata = at + RECORD_HEAD;
    at = rdata + readU16(bytes, rdata - 2);
    writeRdata(out, type, bytes, rdata, at);
    out.octet(NEWLINE);
  }
}

/** As rdataToText does it; without the short ways the whole text of most zones takes twice as long (measured). */
function writeRdata(out: TextWriter, type: number, bytes: Uint8Array, at: number, end: number): void {
  switch (type) {
    case RrType.A:
      out.ipv4(bytes, at);
      return;
    case RrType.NS:
    case RrType.CNAME:
    case RrType.PTR:
      out.name(bytes, at);
      return;
    default:
      out.text(rdataToText(type, bytes, at, end));
  }
}
