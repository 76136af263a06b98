/** UPDATE (RFC 4271 §4.3) as we send it: our own prefixes, all of one message with the same path attributes. */

import { addressOctets } from "../../text/ipaddress.ts";
import type { Prefix } from "../../text/prefix.ts";
import type { Attributes } from "../level.ts";
import { HEADER, LONGEST, MessageType, messageOctets, u16, u32 } from "./message.ts";

/** What decides on path attributes besides the level. */
export interface PathTerms {
  /** Our AS; the same as the neighbour's is iBGP. */
  readonly as: number;
  readonly interior: boolean;
  /** In text, of the family of the prefixes. */
  readonly nextHop: string;
}

const Attribute = {
  Origin: 1,
  AsPath: 2,
  NextHop: 3,
  Med: 4,
  LocalPref: 5,
  Communities: 8,
  MpReach: 14,
  MpUnreach: 15,
  LargeCommunities: 32,
} as const;
const TRANSITIVE = 0x40;
const OPTIONAL = 0x80;
const EXTENDED_LENGTH = 0x10;
const AS_SEQUENCE = 2;
/** RFC 4271 §5.1.5: for every iBGP peer. As good as any other route: who drains says so by communities. */
const LOCAL_PREF = 100;
const IPV6_UNICAST = [0, 2, 1];
/** What the fixed parts of a message take besides attributes and prefixes. */
const ROOM = LONGEST - HEADER - 4;

/** UPDATEs that announce these prefixes, of one family. Throws RangeError when attributes alone fill a message. */
export function announcement(prefixes: readonly Prefix[], attributes: Attributes, terms: PathTerms): Uint8Array[] {
  const [first] = prefixes;
  if (!first) return [];
  const path =
    first.family === 4 ? pathAttributes(attributes, terms, terms.nextHop) : pathAttributes(attributes, terms);
  if (first.family === 4) {
    return split(prefixes, ROOM - path.length).map((nlri) =>
      messageOctets(MessageType.Update, [0, 0, ...u16(path.length), ...path, ...nlri]),
    );
  }
  const nextHop = addressOctets(terms.nextHop);
  const head = [...IPV6_UNICAST, nextHop.length, ...nextHop, 0];
  return split(prefixes, ROOM - path.length - head.length - 4).map((nlri) => {
    // RFC 7606 §5.1: "the MP_REACH_NLRI or MP_UNREACH_NLRI attribute (if present) SHALL be encoded as the very first".
    const all = [...attribute(OPTIONAL, Attribute.MpReach, [...head, ...nlri]), ...path];
    return messageOctets(MessageType.Update, [0, 0, ...u16(all.length), ...all]);
  });
}

/** UPDATEs that withdraw these prefixes, of one family. */
export function withdrawal(prefixes: readonly Prefix[]): Uint8Array[] {
  if (prefixes[0]?.family !== 6) {
    return split(prefixes, ROOM).map((nlri) => messageOctets(MessageType.Update, [...u16(nlri.length), ...nlri, 0, 0]));
  }
  return split(prefixes, ROOM - 7).map((nlri) => {
    const all = attribute(OPTIONAL, Attribute.MpUnreach, [...IPV6_UNICAST, ...nlri]);
    return messageOctets(MessageType.Update, [0, 0, ...u16(all.length), ...all]);
  });
}

/** In the order of their codes, as RFC 4271 §5 asks for. */
function pathAttributes(attributes: Attributes, { as, interior }: PathTerms, nextHop?: string): number[] {
  const { communities, largeCommunities, med, prepends } = attributes;
  // A router leaves out paths with its own AS in them (RFC 4271 §9.1.2), from an iBGP neighbour too: BIRD 2.0.12 does.
  const path = interior ? [] : new Array<number>(1 + prepends).fill(as);
  const out = attribute(TRANSITIVE, Attribute.Origin, [0]);
  out.push(
    ...attribute(TRANSITIVE, Attribute.AsPath, path.length > 0 ? [AS_SEQUENCE, path.length, ...path.flatMap(u32)] : []),
  );
  if (nextHop !== undefined) out.push(...attribute(TRANSITIVE, Attribute.NextHop, addressOctets(nextHop)));
  if (med !== undefined) out.push(...attribute(OPTIONAL, Attribute.Med, u32(med)));
  if (interior) out.push(...attribute(TRANSITIVE, Attribute.LocalPref, u32(LOCAL_PREF)));
  const both = OPTIONAL | TRANSITIVE;
  if (communities.length > 0) out.push(...attribute(both, Attribute.Communities, communities.flatMap(u32)));
  if (largeCommunities.length > 0) {
    out.push(...attribute(both, Attribute.LargeCommunities, largeCommunities.flat().flatMap(u32)));
  }
  return out;
}

function attribute(flags: number, type: number, value: ArrayLike<number>): number[] {
  const octets = Array.from(value);
  if (octets.length <= 255) return [flags, type, octets.length, ...octets];
  return [flags | EXTENDED_LENGTH, type, ...u16(octets.length), ...octets];
}

/** Prefixes as NLRI (RFC 4271 §4.3: the length in bits, then as few octets as hold them), cut to what a message takes. */
function split(prefixes: readonly Prefix[], room: number): number[][] {
  const parts: number[][] = [];
  let part: number[] = [];
  for (const { octets, length } of prefixes) {
    const nlri = [length, ...octets.subarray(0, Math.ceil(length / 8))];
    if (nlri.length > room) throw new RangeError("the attributes leave no room for a prefix in a BGP message");
    if (part.length + nlri.length > room) {
      parts.push(part);
      part = [];
    }
    part.push(...nlri);
  }
  if (part.length > 0) parts.push(part);
  return parts;
}
