/** An image back to a master file (RFC 1035 §5.1): compiled again, it makes the same image, octet for octet. */

import { nameToText } from "../text/name.ts";
import { rdataToText } from "../text/rdata.ts";
import { readU16 } from "../wire/header.ts";
import { MAX_NAME } from "../wire/name.ts";
import { RrType, typeToText } from "../wire/rrtype.ts";
import { RECORD_HEAD } from "../wire/writer.ts";
import { Word, type Zone } from "./image.ts";

/**
 * The lines of a zone's master file, without newlines: `owner TTL IN TYPE RDATA` with absolute names, the SOA first
 * (as in a transfer, RFC 5936 §2.2), then everything else in the image's order, each RRset's RRSIGs right after it.
 * Lines are made one by one, so that a large zone can be written without ever being one string.
 */
export function* dumpZone(zone: Zone): Generator<string> {
  const soa = zone.rrset(zone.top, RrType.SOA);
  const name = new Uint8Array(MAX_NAME);
  const end = zone.words[Word.NODES_END];
  for (let node = zone.top; node < end; ) {
    const owner = nameToText(name.subarray(0, zone.nameOf(node, name, 0)));
    if (node === zone.top) yield* rrsetLines(zone, owner, soa);
    let rrset = zone.firstRrset(node);
    for (let left = zone.rrsetCount(node); left > 0; left--) {
      if (rrset !== soa) yield* rrsetLines(zone, owner, rrset);
      rrset = zone.nextRrset(rrset);
    }
    node = rrset;
  }
}

function* rrsetLines(zone: Zone, owner: string, rrset: number): Generator<string> {
  const type = zone.type(rrset);
  const head = `${owner} ${zone.ttl(rrset)} IN `;
  const signatures = zone.signatures(rrset);
  yield* recordLines(zone, head, type, zone.data(rrset), signatures);
  yield* recordLines(zone, head, RrType.RRSIG, signatures, signatures + zone.signatureBytes(rrset));
}

/** The records in bytes[from, end). */
function* recordLines(zone: Zone, head: string, type: number, from: number, end: number): Generator<string> {
  const { bytes } = zone;
  const start = `${head}${typeToText(type)} `;
  for (let at = from; at < end; ) {
    const rdata = at + RECORD_HEAD;
    at = rdata + readU16(bytes, rdata - 2);
    yield start + rdataToText(type, bytes, rdata, at);
  }
}
