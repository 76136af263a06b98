/** Guards of the apex: its NS, its SOA, and the keys that validators know it by. */

import { nameToText } from "../../text/name.ts";
import { rdataToText } from "../../text/rdata.ts";
import { readU32 } from "../../wire/header.ts";
import { skipName } from "../../wire/name.ts";
import { RrType, typeToText } from "../../wire/rrtype.ts";
import { RECORD_HEAD } from "../../wire/writer.ts";
import { rdataKey } from "../diffrdata.ts";
import { dataOf, eachRdata, rdataKeys } from "../diffrrsets.ts";
import type { Zone } from "../image.ts";
import type { Finding } from "./finding.ts";

/** The NS RRset has other records: a typing error here takes the whole zone away from resolvers. */
export function apexNs(before: Zone, after: Zone): Finding[] {
  const lost = onlyIn(before, after, RrType.NS);
  const gained = onlyIn(after, before, RrType.NS);
  if (lost.length + gained.length === 0) return [];
  const parts = [
    lost.length > 0 ? `loses ${lost.join(", ")}` : "",
    gained.length > 0 ? `gains ${gained.join(", ")}` : "",
  ];
  const found = `the NS RRset at the apex ${parts.filter((part) => part !== "").join(" and ")}`;
  return [{ guard: "apex-ns", found, examples: [...lost, ...gained] }];
}

/** MNAME, RNAME or a timer of the SOA differs (RFC 1035 §3.3.13); the serial is not looked at. */
export function apexSoa(before: Zone, after: Zone): Finding[] {
  const was = soaFields(before);
  const is = soaFields(after);
  const changed = was.flatMap(({ field, key, text }, i) =>
    key === is[i].key ? [] : [`${field} from ${text} to ${is[i].text}`],
  );
  if (changed.length === 0) return [];
  return [{ guard: "apex-soa", found: `the SOA changes ${changed.join(", ")}`, examples: changed }];
}

/**
 * The DNSKEY RRset differs, or the zone is signed no more: who validates by a DS at the parent gets SERVFAIL. A first
 * DNSKEY is no finding: no resolver validates before the parent has a DS. CDS and CDNSKEY are found when they come or
 * change, as the parent makes its DS of them (RFC 7344 §4.1, RFC 8078); without them, it leaves its DS alone.
 */
export function apexDnskey(before: Zone, after: Zone): Finding[] {
  const gone = signedNoMore(before, after);
  if (gone.length > 0) return gone;
  const changed: string[] = [];
  if (has(before, RrType.DNSKEY) && differs(before, after, RrType.DNSKEY)) changed.push("DNSKEY");
  for (const type of [RrType.CDS, RrType.CDNSKEY]) {
    if (has(after, type) && differs(before, after, type)) changed.push(typeToText(type));
  }
  if (changed.length === 0) return [];
  const found = `${changed.join(", ")} at the apex ${changed.length === 1 ? "changes" : "change"}`;
  return [{ guard: "apex-dnskey", found, examples: changed }];
}

/** The zone had signatures or a DNSKEY, and has none. From headers and the apex alone. */
export function signedNoMore(before: Zone, after: Zone): Finding[] {
  const unsigned = before.signed && !after.signed;
  const keyless = has(before, RrType.DNSKEY) && !has(after, RrType.DNSKEY);
  if (!unsigned && !keyless) return [];
  const what = [...(keyless ? ["no DNSKEY"] : []), ...(unsigned ? ["no RRSIGs"] : [])];
  return [{ guard: "apex-dnskey", found: `the zone was signed, and has ${what.join(" and ")} any more`, examples: [] }];
}

function has(zone: Zone, type: number): boolean {
  return zone.rrset(zone.top, type) !== 0;
}

function differs(before: Zone, after: Zone, type: number): boolean {
  return onlyIn(before, after, type).length + onlyIn(after, before, type).length > 0;
}

/** RDATA of an apex RRset in one that is not in the other, as text. */
function onlyIn(one: Zone, other: Zone, type: number): string[] {
  const rrset = one.rrset(one.top, type);
  if (rrset === 0) return [];
  const theirs = other.rrset(other.top, type);
  const keys = theirs === 0 ? new Set<string>() : rdataKeys(dataOf(other, theirs));
  const texts: string[] = [];
  eachRdata(dataOf(one, rrset), (at, end) => {
    if (!keys.has(rdataKey(type, one.bytes, at, end))) texts.push(rdataToText(type, one.bytes, at, end));
  });
  return texts;
}

interface SoaField {
  readonly field: string;
  /** As DNS compares it. */
  readonly key: string;
  readonly text: string;
}

const timers = ["refresh", "retry", "expire", "minimum"];

/** All of the SOA but its serial. */
function soaFields(zone: Zone): SoaField[] {
  const { bytes } = zone;
  const mname = zone.data(zone.rrset(zone.top, RrType.SOA)) + RECORD_HEAD;
  const rname = skipName(bytes, mname);
  const serial = skipName(bytes, rname);
  const name = (field: string, at: number, end: number): SoaField => ({
    field,
    key: rdataKey(RrType.CNAME, bytes, at, end),
    text: nameToText(bytes, at),
  });
  const timer = (field: string, i: number): SoaField => {
    const seconds = String(readU32(bytes, serial + 4 + i * 4));
    return { field, key: seconds, text: seconds };
  };
  return [name("MNAME", mname, rname), name("RNAME", rname, serial), ...timers.map(timer)];
}
