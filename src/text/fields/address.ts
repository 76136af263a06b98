/** IPv4 addresses (RFC 1035 §3.4.1) and IPv6 addresses (RFC 4291 §2.2; printed as RFC 5952 says). */

import type { Field } from "../field.ts";
import { failExpected } from "./expected.ts";

const DOT = 46;
const ZERO = 48;
const COLON = 58;
const LOWER_CASE = 0x20;

/** The dotted quad in bytes[start, end) as a 32-bit number; -1 when it is none. Leading zeros are refused. */
export function ipv4At(bytes: Uint8Array, start: number, end: number): number {
  let address = 0;
  let octet = 0;
  let digits = 0;
  let dots = 0;
  for (let i = start; i < end; i++) {
    const byte = bytes[i];
    if (byte === DOT) {
      if (digits === 0 || ++dots > 3) return -1;
      address = address * 256 + octet;
      octet = 0;
      digits = 0;
      continue;
    }
    if (byte < ZERO || byte > ZERO + 9 || (digits > 0 && octet === 0)) return -1;
    octet = octet * 10 + byte - ZERO;
    digits++;
    if (octet > 255) return -1;
  }
  return dots === 3 && digits > 0 ? address * 256 + octet : -1;
}

/** Writes the IPv6 address in bytes[start, end) into out[0, 16); false when it is none. */
export function ipv6At(bytes: Uint8Array, start: number, end: number, out: Uint8Array): boolean {
  let gap = isGap(bytes, start, end) ? 0 : -1;
  let to = 0;
  let i = gap < 0 ? start : start + 2;
  while (i < end) {
    const after = groupEnd(bytes, i, end);
    if (after < end && bytes[after] === DOT) return quadAt(bytes, i, end, out, to) && spread(out, gap, to + 4);
    if (after === i || after - i > 4 || to > 14) return false;
    const group = hexAt(bytes, i, after);
    out[to++] = group >> 8;
    out[to++] = group & 0xff;
    if (after === end) break;
    i = after + 1;
    if (isGap(bytes, after, end)) {
      if (gap >= 0) return false;
      gap = to;
      i++;
    } else if (bytes[after] !== COLON || i === end) return false;
  }
  return spread(out, gap, to);
}

function isGap(bytes: Uint8Array, at: number, end: number): boolean {
  return at + 2 <= end && bytes[at] === COLON && bytes[at + 1] === COLON;
}

function quadAt(bytes: Uint8Array, start: number, end: number, out: Uint8Array, to: number): boolean {
  const address = ipv4At(bytes, start, end);
  if (address < 0 || to > 12) return false;
  for (let k = 0; k < 4; k++) out[to + k] = (address >>> (24 - 8 * k)) & 0xff;
  return true;
}

/** Moves what was written after the "::" to the end of the address; false when there are too few or many groups. */
function spread(out: Uint8Array, gap: number, to: number): boolean {
  if (gap < 0) return to === 16;
  if (to > 14) return false;
  out.copyWithin(16 - (to - gap), gap, to);
  out.fill(0, gap, 16 - (to - gap));
  return true;
}

function groupEnd(bytes: Uint8Array, start: number, end: number): number {
  let i = start;
  while (i < end && hexDigit(bytes[i]) >= 0) i++;
  return i;
}

function hexAt(bytes: Uint8Array, start: number, end: number): number {
  let value = 0;
  for (let i = start; i < end; i++) value = value * 16 + hexDigit(bytes[i]);
  return value;
}

/** The value of a hex digit, any case; -1 for any other byte. */
export function hexDigit(byte: number): number {
  if (byte >= ZERO && byte <= ZERO + 9) return byte - ZERO;
  const lower = byte | LOWER_CASE;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x61 + 10 : -1;
}

/** The dotted quad of rdata[at, at + 4). */
export function ipv4ToText(rdata: Uint8Array, at: number): string {
  return `${rdata[at]}.${rdata[at + 1]}.${rdata[at + 2]}.${rdata[at + 3]}`;
}

/** The IPv6 address of rdata[at, at + 16): lower case, the longest run of zeros as "::" (RFC 5952 §4). */
export function ipv6ToText(rdata: Uint8Array, at: number): string {
  const groups: number[] = [];
  for (let i = at; i < at + 16; i += 2) groups.push((rdata[i] << 8) | rdata[i + 1]);
  const mapped = groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff;
  if (mapped) return `::ffff:${ipv4ToText(rdata, at + 12)}`;
  const [start, length] = longestZeros(groups);
  const hex = groups.map((group) => group.toString(16));
  if (length < 2) return hex.join(":");
  return `${hex.slice(0, start).join(":")}::${hex.slice(start + length).join(":")}`;
}

function longestZeros(groups: readonly number[]): [start: number, length: number] {
  let best: [number, number] = [0, 0];
  let run = 0;
  for (let i = 0; i < groups.length; i++) {
    run = groups[i] === 0 ? run + 1 : 0;
    if (run > best[1]) best = [i - run + 1, run];
  }
  return best;
}

export const ipv4: Field = {
  label: "IPv4 address",
  read(input, out) {
    input.need("IPv4 address");
    const address = ipv4At(input.bytes, input.start, input.end);
    if (address < 0) failExpected(input, "an IPv4 address");
    out.u32(address);
  },
  print(rdata, at, end, out) {
    if (at + 4 > end) return -1;
    out.push(ipv4ToText(rdata, at));
    return at + 4;
  },
};

const address = new Uint8Array(16);

export const ipv6: Field = {
  label: "IPv6 address",
  read(input, out) {
    input.need("IPv6 address");
    if (!ipv6At(input.bytes, input.start, input.end, address)) failExpected(input, "an IPv6 address");
    out.append(address);
  },
  print(rdata, at, end, out) {
    if (at + 16 > end) return -1;
    out.push(ipv6ToText(rdata, at));
    return at + 16;
  },
};
