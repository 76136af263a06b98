/**
 * RDATA as DNS compares it: names in it in lower case, for the types that RFC 4034 §6.2 lists, and everything else octet
 * by octet (RFC 3597 §6 and §7). NSEC is off the list, and RRSIG stays on it (RFC 6840 §5.1).
 */

import { LOWER, skipName } from "../wire/name.ts";
import { RrType } from "../wire/rrtype.ts";

/** Where names stand in RDATA: after so many octets and so many character-strings, so many names. */
interface Layout {
  readonly octets: number;
  readonly strings?: number;
  readonly names: number;
}

const oneName: Layout = { octets: 0, names: 1 };
const twoNames: Layout = { octets: 0, names: 2 };
const afterNumber: Layout = { octets: 2, names: 1 };
const signature: Layout = { octets: 18, names: 1 };

const layouts: ReadonlyMap<number, Layout> = new Map([
  [RrType.NS, oneName],
  [RrType.MD, oneName],
  [RrType.MF, oneName],
  [RrType.CNAME, oneName],
  [RrType.SOA, twoNames],
  [RrType.MB, oneName],
  [RrType.MG, oneName],
  [RrType.MR, oneName],
  [RrType.PTR, oneName],
  [RrType.MINFO, twoNames],
  [RrType.MX, afterNumber],
  [RrType.RP, twoNames],
  [RrType.AFSDB, afterNumber],
  [RrType.RT, afterNumber],
  [RrType.SIG, signature],
  [RrType.PX, { octets: 2, names: 2 }],
  [RrType.NXT, oneName],
  [RrType.SRV, { octets: 6, names: 1 }],
  [RrType.NAPTR, { octets: 4, strings: 3, names: 1 }],
  [RrType.KX, afterNumber],
  [RrType.DNAME, oneName],
  [RrType.RRSIG, signature],
]);

/** RDATA in bytes[at, end) as a string with one character for each octet: equal strings are equal RDATA. */
export function rdataKey(type: number, bytes: Uint8Array, at: number, end: number): string {
  const rdata = Buffer.from(bytes.subarray(at, end));
  lowerNames(type, rdata);
  return rdata.toString("latin1");
}

function lowerNames(type: number, rdata: Uint8Array): void {
  const layout = type === RrType.A6 ? a6Layout(rdata) : layouts.get(type);
  if (!layout) return;
  let at = layout.octets;
  for (let left = layout.strings ?? 0; left > 0; left--) at += rdata[at] + 1;
  for (let left = layout.names; left > 0 && at < rdata.length; left--) {
    const end = skipName(rdata, at);
    // A length octet is at most 63, which is no letter.
    for (; at < end; at++) rdata[at] = LOWER[rdata[at]];
  }
}

/** RFC 2874 §3.1: the length of the prefix in bits, the address without them, and a name unless there is no prefix. */
function a6Layout(rdata: Uint8Array): Layout {
  const octets = 1 + Math.ceil((128 - rdata[0]) / 8);
  return { octets, names: rdata[0] === 0 ? 0 : 1 };
}
