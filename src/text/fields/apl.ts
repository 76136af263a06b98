/** APL: a list of address prefixes, each [!]afi:address/prefix (RFC 3123 §4, §5). The list may be empty. */

import type { Field } from "../field.ts";
import { indexWithin, type Scanner } from "../scanner.ts";
import type { WireBuffer } from "../wirebuffer.ts";
import { ipv4At, ipv4ToText, ipv6At, ipv6ToText } from "./address.ts";
import { failExpected } from "./expected.ts";
import { numberAt, u16At } from "./number.ts";

const EXCLAMATION = 0x21;
const SLASH = 0x2f;
const ONE = 0x31;
const COLON = 0x3a;
const IPV4 = 1;
const IPV6 = 2;
const HEAD = 4;
const NEGATION = 0x80;

/** Octets in an address of the family; 0 for a family whose text RFC 3123 does not give. */
function addressOctets(family: number): number {
  if (family === IPV4) return 4;
  return family === IPV6 ? 16 : 0;
}

export const addressPrefixes: Field = {
  label: "address prefixes",
  read(input, out) {
    while (input.next()) readPrefix(input, out);
  },
  print(rdata, at, end, out) {
    let i = at;
    while (i >= 0 && i < end) i = printPrefix(rdata, i, end, out);
    return i;
  },
};

function readPrefix(input: Scanner, out: WireBuffer): void {
  const { bytes, start, end } = input;
  const negated = bytes[start] === EXCLAMATION;
  const at = negated ? start + 1 : start;
  const slash = indexWithin(bytes, SLASH, at, end);
  const family = bytes[at] - ONE + 1;
  const octets = addressOctets(family);
  if (octets === 0 || bytes[at + 1] !== COLON || slash === end) {
    failExpected(input, "an address prefix like 1:192.0.2.0/24");
  }
  const address = new Uint8Array(octets);
  const prefix = numberAt(bytes, slash + 1, end, octets * 8);
  if (!addressAt(bytes, at + 2, slash, address) || prefix < 0) {
    failExpected(input, family === IPV4 ? "an IPv4 prefix" : "an IPv6 prefix");
  }
  // Zero octets at the end are not sent (RFC 3123 §4).
  let length = octets;
  while (length > 0 && address[length - 1] === 0) length--;
  out.u16(family);
  out.u8(prefix);
  out.u8((negated ? NEGATION : 0) | length);
  out.append(address.subarray(0, length));
}

function addressAt(bytes: Uint8Array, start: number, end: number, address: Uint8Array): boolean {
  if (address.length === 16) return ipv6At(bytes, start, end, address);
  const quad = ipv4At(bytes, start, end);
  if (quad < 0) return false;
  for (let k = 0; k < 4; k++) address[k] = (quad >>> (24 - 8 * k)) & 0xff;
  return true;
}

function printPrefix(rdata: Uint8Array, at: number, end: number, out: string[]): number {
  if (at + HEAD > end) return -1;
  const family = u16At(rdata, at);
  const octets = addressOctets(family);
  const prefix = rdata[at + 2];
  const length = rdata[at + 3] & ~NEGATION;
  const after = at + HEAD + length;
  if (after > end || length > octets || prefix > octets * 8) return -1;
  if (octets === 0 || (length > 0 && rdata[after - 1] === 0)) return -1;
  const address = new Uint8Array(octets);
  address.set(rdata.subarray(at + HEAD, after));
  const text = family === IPV4 ? ipv4ToText(address, 0) : ipv6ToText(address, 0);
  out.push(`${rdata[at + 3] >= NEGATION ? "!" : ""}${family}:${text}/${prefix}`);
  return after;
}
