/**
 * Looks for the question whose reply is largest beside it: all names, types and kinds of EDNS, from a client over UDP whose
 * address nothing proves. Octets are those of DNS, and of the whole IP packet, which is what a link is flooded with.
 */

import { Catalogue } from "../../src/answer/catalogue.ts";
import { Chaos } from "../../src/answer/chaos.ts";
import type { Client } from "../../src/answer/client.ts";
import { ServerCookies } from "../../src/answer/cookie.ts";
import { responder } from "../../src/answer/respond.ts";
import { nameToText } from "../../src/text/name.ts";
import { Option } from "../../src/wire/edns.ts";
import { typeToText } from "../../src/wire/rrtype.ts";
import type { Zone } from "../../src/zone/image.ts";
import { type Asked, otherQuestions, questionsOf } from "./questions.ts";

/** IPv4 and UDP headers; those of IPv6 are larger, and the factor with them smaller. */
const HEADERS = 28;
const CLIENT_COOKIE = [0, Option.COOKIE, 0, 8, 1, 2, 3, 4, 5, 6, 7, 8];
const NSID = [0, Option.NSID, 0, 0];
const ZONEVERSION = [0, Option.ZONEVERSION, 0, 0];

/** How a question is asked: what stands in the additional section, and its name. */
interface Manner {
  readonly how: string;
  readonly additional: readonly number[];
}

const OPTIONS: readonly (readonly [string, readonly number[]])[] = [
  ["", []],
  [" nsid", NSID],
  [" zoneversion", ZONEVERSION],
  [" nsid zoneversion", [...NSID, ...ZONEVERSION]],
  [" cookie", CLIENT_COOKIE],
];

const MANNERS: readonly Manner[] = [
  { how: "no EDNS", additional: [] },
  ...[512, 1232, 4096].flatMap((size) =>
    [0, 0x80].flatMap((flags) =>
      OPTIONS.map(([name, options]) => ({
        how: `EDNS ${size}${flags === 0 ? "" : " DO"}${name}`,
        additional: [0, 0, 41, size >>> 8, size & 0xff, 0, 0, flags, 0, 0, options.length, ...options],
      })),
    ),
  ),
];

export interface Finding {
  readonly name: string;
  readonly type: string;
  readonly how: string;
  readonly query: number;
  readonly reply: number;
  readonly factor: number;
}

export interface Found {
  readonly asked: number;
  /** The largest factor in octets of DNS, of IP packets, and the largest reply. */
  readonly dns: Finding;
  readonly ip: Finding;
  readonly largest: Finding;
}

export interface Serving {
  readonly payload: number;
  readonly unverified: number | undefined;
  readonly identity: string;
}

const NONE: Finding = { name: "", type: "", how: "", query: 0, reply: 0, factor: 0 };

/** Asks for everything. */
export function search(zones: ReadonlyMap<string, Zone>, wires: readonly Uint8Array[], serving: Serving): Found {
  const ask = asking(zones, wires, serving);
  let [asked, dns, ip, largest] = [0, NONE, NONE, NONE];
  const all = function* () {
    yield* otherQuestions();
    for (const zone of zones.values()) yield* questionsOf(zone);
  };
  for (const question of all()) {
    for (const { how, additional } of MANNERS) {
      const query = queryOf(question, additional);
      const reply = ask(query);
      asked++;
      const factor = reply / query.length;
      const whole = reply === 0 ? 0 : (reply + HEADERS) / (query.length + HEADERS);
      const finding = (value: number): Finding => ({
        ...{ name: nameToText(question.name), type: typeToText(question.type), how },
        ...{ query: query.length, reply, factor: value },
      });
      if (factor > dns.factor) dns = finding(factor);
      if (whole > ip.factor) ip = finding(whole);
      if (reply > largest.reply) largest = finding(factor);
    }
  }
  return { asked, dns, ip, largest };
}

/** A server without sockets that is asked by a client that shows no cookie of ours; the octets of its reply. */
function asking(
  zones: ReadonlyMap<string, Zone>,
  wires: readonly Uint8Array[],
  { payload, unverified, identity }: Serving,
): (query: Uint8Array) => number {
  const catalogue = new Catalogue();
  [...zones.values()].forEach((zone, i) => {
    catalogue.set(wires[i], zone);
  });
  catalogue.complete = true;
  const respond = responder(catalogue, new Chaos(identity, "zonecast 0.0.0"), {
    ...{ payload, unverified, identity: Buffer.from(identity), idle: 10 },
    cookies: new ServerCookies([new Uint8Array(16)]),
  });
  const address = Uint8Array.of(192, 0, 2, 1);
  const client: Client = { stream: false, encrypted: false, address: () => address, seconds: () => 1_800_000_000 };
  const reply = new Uint8Array(4096);
  return (query) => respond(query, query.length, reply, client);
}

function queryOf({ name, type, rrclass }: Asked, additional: readonly number[]): Uint8Array {
  const query = new Uint8Array(12 + name.length + 4 + additional.length);
  query[5] = 1;
  query[11] = additional.length > 0 ? 1 : 0;
  query.set(name, 12);
  query.set([type >>> 8, type & 0xff, rrclass >>> 8, rrclass & 0xff], 12 + name.length);
  query.set(additional, 16 + name.length);
  return query;
}

/** No reply is longer than the limit, and no query for a name shorter than it: so no factor is above this. */
export function bound({ payload, unverified }: Serving, nameOctets: number): number {
  const limit = Math.min(payload, unverified ?? payload);
  // Without an OPT a reply has 512 octets at most; with one the query has 11 more.
  return Math.max(512 / (16 + nameOctets), limit / (27 + nameOctets));
}
