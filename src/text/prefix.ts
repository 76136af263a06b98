/** Address prefixes: 198.51.100.0/24, 2001:db8:53::/48. */

import { isIP } from "node:net";
import { ipv4ToText, ipv6ToText } from "./fields/address.ts";
import { addressOctets } from "./ipaddress.ts";

/** A prefix; the bits of its octets past the length are zero. */
export interface Prefix {
  /** The one spelling that it has (RFC 5952): prefixes are compared by it. */
  readonly text: string;
  readonly family: 4 | 6;
  /** 4 octets, or 16. */
  readonly octets: Uint8Array;
  readonly length: number;
}

/** Reads a prefix; undefined when the text is none, or when an address is meant: bits past the length are set. */
export function prefixFromText(text: string): Prefix | undefined {
  const around = prefixAround(text);
  const octets = around && addressOctets(text.slice(0, text.indexOf("/")));
  return around?.octets.every((octet, i) => octet === octets?.[i]) ? around : undefined;
}

/** The prefix of this length that the address is in, for ADDRESS/LENGTH; undefined for other text. */
export function prefixAround(text: string): Prefix | undefined {
  const slash = text.indexOf("/");
  const host = text.slice(0, slash);
  const kind = isIP(host);
  if (slash < 0 || kind === 0 || host.includes("%") || !/^\d{1,3}$/.test(text.slice(slash + 1))) return undefined;
  const length = Number(text.slice(slash + 1));
  const all = addressOctets(host);
  if (length > all.length * 8) return undefined;
  const octets = all.map((octet, i) => octet & maskAt(length, i));
  const address = kind === 4 ? ipv4ToText(octets, 0) : ipv6ToText(octets, 0);
  return { text: `${address}/${length}`, family: kind as 4 | 6, octets, length };
}

/** True when an address in text, or a whole prefix, lies within the prefix. */
export function covers(prefix: Prefix, inner: string | Prefix): boolean {
  const { octets, length } =
    typeof inner === "string" ? { octets: addressOctets(inner), length: Number.POSITIVE_INFINITY } : inner;
  if (octets.length !== prefix.octets.length || length < prefix.length) return false;
  return prefix.octets.every((octet, i) => octet === (octets[i] & maskAt(prefix.length, i)));
}

/** The mask of the octet at `i` of a prefix of this length. */
function maskAt(length: number, i: number): number {
  const bits = Math.min(8, Math.max(0, length - i * 8));
  return (0xff << (8 - bits)) & 0xff;
}
