/**
 * What the gate goes by: the prefix of a client (IPv4 /24, IPv6 /56), and the first octets of the name that it asks for,
 * each hashed into so many buckets as a program of the kernel can hold (program.ts, which computes the same). By numbers
 * that nobody else knows: whoever could choose his bucket could sit in that of others.
 */

import { readU32 } from "../../wire/header.ts";
import { IPV4_AT, IPV6_AT } from "../sockaddr.ts";

export const BUCKET_BITS = 13;
/** Of prefixes, and of names. */
export const BUCKETS: number = 1 << BUCKET_BITS;

/** What is thought of a bucket of prefixes; two bits. */
export const Grade = {
  /** Nothing; it asks no more than others. */
  LIGHT: 0,
  /** It had right answers before there was any need for a gate, or is our own. */
  KNOWN: 1,
  /** It asks more than its share. */
  HEAVY: 2,
  /** It alone asks a good part of what can be answered. */
  FLOOD: 3,
} as const;
/** What is thought of a bucket of names. The odd ones are known. */
export const Name = {
  NEW: 0,
  /** It had right answers before there was any need for a gate. */
  KNOWN: 1,
  /** So much is asked for it that it is what is flooded with. */
  FLOODED: 2,
  /** It had its first right answer in the flood: one with names that are made up finds none. */
  FOUND: 3,
} as const;

/** A class of datagrams is the grade of the prefix; or, if it is light or heavy, that the name is known. */
export const NAMED = 4;
export const CLASSES = 5;

export interface Secret {
  readonly seed: number;
  /** Odd. */
  readonly first: number;
  readonly second: number;
  readonly third: number;
}

/** From four random words. */
export function secretOf(words: Uint32Array): Secret {
  const odd = (word: number) => (word | 1) >>> 0;
  return { seed: words[0], first: odd(words[1]), second: odd(words[2]), third: odd(words[3]) };
}

/** The bucket of the client whose sockaddr is at octets[at]. */
export function bucketOf(secret: Secret, ipv6: boolean, octets: Uint8Array, at: number): number {
  const { seed, first, second, third } = secret;
  if (!ipv6) return Math.imul((readU32(octets, at + IPV4_AT) >>> 8) ^ seed, first) >>> (32 - BUCKET_BITS);
  const high = readU32(octets, at + IPV6_AT);
  const low = readU32(octets, at + IPV6_AT + 4) >>> 8;
  return Math.imul(Math.imul(high ^ seed, first) ^ Math.imul(low, second), third) >>> (32 - BUCKET_BITS);
}

/** Where the name of a query stands, and how many octets from there on are looked at. */
export const NAME_AT = 12;
export const NAME_OCTETS = 12;
/** Makes letters small; what else it changes does not matter for a hash. */
export const SMALL = 0x20202020;

/** The bucket of the name in a query of so many octets; -1 when it is too short to look at. */
export function nameBucketOf({ seed, first, second, third }: Secret, query: Uint8Array, length: number): number {
  if (length < NAME_AT + NAME_OCTETS) return -1;
  const one = Math.imul((readU32(query, NAME_AT) | SMALL) ^ seed, first);
  const two = Math.imul((readU32(query, NAME_AT + 4) | SMALL) ^ one, second);
  return Math.imul((readU32(query, NAME_AT + 8) | SMALL) ^ two, third) >>> (32 - BUCKET_BITS);
}
