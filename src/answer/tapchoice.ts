/** Which exchanges are tapped: those that pass a filter, and of them one in so many. Looks at octets, allocates nothing. */

import { HEADER, Rcode, readU16 } from "../wire/header.ts";
import { LOWER } from "../wire/name.ts";
import { RrType } from "../wire/rrtype.ts";
import type { Client } from "./client.ts";

/** What an output takes; each list that is not empty must have a match. As a thread is given it. */
export interface TapChoice {
  /** One in so many of those that match. */
  readonly sample: number;
  /** Names at or below these, in wire form and lower case. */
  readonly zones: readonly Uint8Array[];
  readonly clients: readonly { readonly octets: Uint8Array; readonly length: number }[];
  readonly rcodes: readonly number[];
}

/** Chooses for one output, in one thread. */
export class Chooser {
  readonly #choice: TapChoice;
  readonly #filters: boolean;
  #left: number;

  constructor(choice: TapChoice) {
    this.#choice = choice;
    this.#filters = choice.zones.length + choice.clients.length + choice.rcodes.length > 0;
    this.#left = choice.sample;
  }

  /** Whether the next exchange that matches is chosen. */
  get due(): boolean {
    return this.#left === 1;
  }

  /** Whether this exchange is chosen: of those that match, the sample-th, and each sample-th after it. */
  choose(query: Uint8Array, length: number, reply: Uint8Array, octets: number, client: Client): boolean {
    if (this.#filters && !this.#matches(query, length, reply, octets, client)) return false;
    if (--this.#left > 0) return false;
    this.#left = this.#choice.sample;
    return true;
  }

  #matches(query: Uint8Array, length: number, reply: Uint8Array, octets: number, client: Client): boolean {
    const { zones, clients, rcodes } = this.#choice;
    if (rcodes.length > 0 && !rcodes.includes(rcodeOf(reply, octets))) return false;
    if (zones.length > 0 && !isBelowAny(query, length, zones)) return false;
    return clients.length === 0 || isInAny(client.address(), clients);
  }
}

/** The response code of a reply of ours, the octet of EDNS included (RFC 6891 §6.1.3). */
export function rcodeOf(reply: Uint8Array, octets: number): number {
  const low = reply[3] & 0xf;
  // Only BADVERS and BADCOOKIE have more than four bits; their replies have but the question, and the OPT behind it.
  if ((low !== 0 && low !== (Rcode.BADCOOKIE & 0xf)) || reply[7] !== 0 || reply[9] !== 0 || reply[11] !== 1) return low;
  const at = readU16(reply, 4) === 1 ? nameEndIn(reply, octets) + 4 : HEADER;
  return at + 6 <= octets && reply[at] === 0 && readU16(reply, at + 1) === RrType.OPT
    ? (reply[at + 5] << 4) | low
    : low;
}

/** The offset after the name in the question; the message's length where there is none. */
function nameEndIn(message: Uint8Array, length: number): number {
  let at = HEADER;
  while (at < length && message[at] !== 0) {
    // No name of a question is compressed: there is nothing before it.
    if (message[at] > 63) return length;
    at += message[at] + 1;
  }
  return Math.min(at + 1, length);
}

function isBelowAny(query: Uint8Array, length: number, zones: readonly Uint8Array[]): boolean {
  if (readU16(query, 4) !== 1) return false;
  const end = nameEndIn(query, length);
  for (let i = 0; i < zones.length; i++) if (isBelow(query, end, zones[i])) return true;
  return false;
}

/** Whether the name that ends at `end` is the zone's, or has a label that the zone's name follows. */
function isBelow(query: Uint8Array, end: number, zone: Uint8Array): boolean {
  const start = end - zone.length;
  let at = HEADER;
  while (at < start) at += query[at] + 1;
  if (at !== start) return false;
  for (let i = 0; i < zone.length; i++) if (LOWER[query[start + i]] !== zone[i]) return false;
  return true;
}

function isInAny(address: Uint8Array, prefixes: TapChoice["clients"]): boolean {
  for (let i = 0; i < prefixes.length; i++) if (isIn(address, prefixes[i].octets, prefixes[i].length)) return true;
  return false;
}

function isIn(address: Uint8Array, octets: Uint8Array, length: number): boolean {
  if (address.length !== octets.length) return false;
  const whole = length >>> 3;
  for (let i = 0; i < whole; i++) if (address[i] !== octets[i]) return false;
  const bits = length & 7;
  return bits === 0 || (address[whole] ^ octets[whole]) >>> (8 - bits) === 0;
}
