/**
 * Packets, as any of the transports hands them over. Two octets in front of the query say who asks, over what and of which
 * server; the reply must be none or a well-formed one that fits, and nothing behind its limit may be written.
 */

import { readdirSync } from "node:fs";
import { Acl, aclTable } from "../../../src/answer/acl.ts";
import { Catalogue } from "../../../src/answer/catalogue.ts";
import { Chaos } from "../../../src/answer/chaos.ts";
import { COOKIE_LENGTH, ServerCookies } from "../../../src/answer/cookie.ts";
import { RateLimiter } from "../../../src/answer/ratelimit/limiter.ts";
import { type Respond, responder } from "../../../src/answer/respond.ts";
import type { AnswerSettings } from "../../../src/answer/settings.ts";
import { nameFromText, nameToText } from "../../../src/text/name.ts";
import { Word, type Zone } from "../../../src/zone/image.ts";
import { limitsWith } from "../../answer/ratelimit/limiting.ts";
import { checkReply } from "../../support/invariants.ts";
import { decode, type Message } from "../../support/message.ts";
import { queryFromText } from "../../support/query.ts";
import { NOW, ROOT_DIRECTORY, zoneFromFile, zoneFromText } from "../../support/server.ts";
import type { Random } from "../engine/random.ts";
import { must, octetsOf, type Target } from "../engine/target.ts";

const MOST = 1400;
const MAX_MESSAGE = 65535;
/** Behind what a reply may take: a batch has the next client's reply there. */
const CANARY = 0xa7;
const GUARD = 32;
const FRONT = 2;

const TINY = `@ 60 SOA a b 1 2 3 4 5
@ 60 NS a
a 60 A 192.0.2.1
deep 60 DNAME x.deep
*.w 60 CNAME y.w
long 60 DNAME ${"a".repeat(63)}.${"b".repeat(63)}.${"c".repeat(63)}.
many 60 TXT ${"x".repeat(255)}
${Array.from({ length: 40 }, (_, i) => `many 60 A 192.0.2.${i}\nmany 60 NS n${i}.many\nn${i}.many 60 A 192.0.2.${i}\n`).join("")}`;

const TYPES =
  "A AAAA MX NS SOA DS ANY CNAME DNAME RRSIG NSEC NSEC3 NSEC3PARAM DNSKEY TXT SRV HTTPS SVCB CAA AXFR IXFR TYPE65280 OPT TSIG".split(
    " ",
  );
const CLASSES = ["IN", "IN", "IN", "IN", "CH", "ANY", "HS"];
const WORDS =
  "+dnssec +nsid +cookie +zoneversion +keepalive +padding=3 +edns=1 +bufsize=512 +bufsize=4096 +bufsize=700 +rd +cd +opcode=NOTIFY".split(
    " ",
  );
const CHAOS = ["id.server.", "hostname.bind.", "version.bind.", "version.server."];

const V4: Uint8Array = Uint8Array.of(192, 0, 2, 1);
const V6: Uint8Array = Uint8Array.of(0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1);

export function open(): Target {
  const zones = exampleZones();
  const names = [...CHAOS, "failed.example.", ...[...zones.values()].flatMap(ownersOf)];
  const servers = serversFor(zones);
  return {
    name: "packet",
    most: MOST,
    seeds: [
      ...names.map((name) => caseOf(0, `${name} A +dnssec`)),
      ...[0, 2, 3].map((server) => caseOf(server, `www.company.example. A +bufsize=4096 +cookie=${cookieOf()}`)),
    ],
    words: [...names.map((name) => nameFromText(name)), ...TYPES.map((type) => caseOf(0, `. ${type}`).subarray(-4))],
    make: (random) => caseOf(random.word(), wordsOf(random, names)),
    check: checker(servers),
  };
}

/** Every example zone, the signed ones too, and one with answers that are too long. */
function exampleZones(): ReadonlyMap<string, Zone> {
  const files = readdirSync(`${ROOT_DIRECTORY}/zones`).filter((file) => file.endsWith(".zone"));
  const loaded = files.map((file) => zoneFromFile(`zones/${file}`));
  return new Map([
    ...loaded.map(({ apex, zone }): [string, Zone] => [apex, zone]),
    ["tiny.", zoneFromText("tiny.", TINY, "tiny")],
  ]);
}

function ownersOf(zone: Zone): string[] {
  const owners: string[] = [];
  const name = new Uint8Array(255);
  for (let node = zone.top; node < zone.words[Word.NODES_END]; ) {
    owners.push(nameToText(name.slice(0, zone.nameOf(node, name, 0))));
    let rrset = zone.firstRrset(node);
    for (let left = zone.rrsetCount(node); left > 0; left--) rrset = zone.nextRrset(rrset);
    node = rrset;
  }
  return owners;
}

/** Servers that differ in all that a query can feel. */
function serversFor(zones: ReadonlyMap<string, Zone>): readonly Server[] {
  const secrets = [new Uint8Array(16).fill(7), new Uint8Array(16).fill(9)];
  const cookies = new ServerCookies(secrets);
  const acl = new Acl(aclTable([{ allow: false, octets: V6, length: 64 }]));
  const limiter = new RateLimiter(limitsWith({ demandCookies: true }));
  const settings: AnswerSettings[] = [
    { payload: 1232, identity: octetsOf("pop1"), cookies, idle: 10 },
    { payload: 512, identity: octetsOf("x".repeat(64)), cookies: undefined, idle: 0 },
    { payload: 4096, identity: octetsOf(""), cookies: new ServerCookies(secrets.slice(1)), idle: 300, unverified: 600 },
    { payload: 1232, identity: octetsOf("pop1"), cookies, idle: 10, acl, limiter },
  ];
  return settings.map((each, i) => {
    const catalogue = new Catalogue();
    for (const [apex, zone] of zones) catalogue.set(nameFromText(apex), zone);
    catalogue.set(nameFromText("failed.example."), undefined);
    catalogue.complete = i !== 2;
    return { settings: each, respond: responder(catalogue, new Chaos("pop1", i === 1 ? undefined : "1.0"), each) };
  });
}

interface Server {
  readonly settings: AnswerSettings;
  readonly respond: Respond;
}

/** A cookie that is good for the first address at the first time. */
function cookieOf(): string {
  const octets = new Uint8Array(COOKIE_LENGTH);
  new ServerCookies([new Uint8Array(16).fill(7)]).write(octets, 0, 8, V4, NOW, octets, 0);
  return Buffer.from(octets).toString("hex");
}

function caseOf(front: number, text: string): Uint8Array {
  return Uint8Array.of(front, front >>> 8, ...queryFromText(text).bytes);
}

function wordsOf(random: Random, names: readonly string[]): string {
  const name = random.pick(names);
  const below = random.once(2)
    ? name
    : `${random.pick(["x", "*", "a.b", "zz-9", "_sip._udp"])}.${name === "." ? "" : name}`;
  const words = Array.from({ length: random.below(4) }, () => random.pick(WORDS));
  return [below, random.pick(TYPES), random.pick(CLASSES), ...words].join(" ");
}

/** The check: one buffer for all queries and one for all replies, as transports have them. */
function checker(servers: readonly Server[]): (input: Uint8Array) => void {
  const query = new Uint8Array(MAX_MESSAGE + GUARD);
  const room = new Uint8Array(MAX_MESSAGE + GUARD);
  let asked = 0;
  return (input) => {
    if (input.length < FRONT) return;
    const [way, who] = input;
    const stream = (way & 4) !== 0;
    const { settings, respond } = servers[way & 3];
    const address = (who & 1) === 0 ? V4 : V6;
    const client = {
      stream,
      encrypted: stream && (way & 8) !== 0,
      address: () => address,
      seconds: () => NOW + (who >>> 1) * 60,
      // Times go on by themselves, for limits by the second.
      taken: 1000 + 40 * ++asked,
    };
    const length = input.length - FRONT;
    query.set(input.subarray(FRONT));
    // What lies behind a query must not matter.
    query.fill(way, length, length + GUARD);
    const most = stream ? MAX_MESSAGE : settings.payload;
    room.fill(CANARY, most, most + GUARD);
    const octets = respond(query, length, room, client);
    for (let i = most; i < most + GUARD; i++) must(room[i] === CANARY, `written behind the ${most} octets of a reply`);
    judge(input.subarray(FRONT), room.subarray(0, octets), settings, stream);
    // What is limited is another reply the next time.
    if (octets === 0 || settings.limiter !== undefined || (way & 0xf0) !== 0) return;
    const first = room.slice(0, octets);
    must(respond(query, length, room, client) === octets, "asked again, the reply has another length");
    for (let i = 0; i < octets; i++) must(room[i] === first[i], `asked again, the reply has another octet at ${i}`);
  };
}

function judge(query: Uint8Array, bytes: Uint8Array, settings: AnswerSettings, stream: boolean): void {
  const { payload, limiter } = settings;
  const silent = query.length < 12 || (query[2] & 0x80) !== 0;
  if (!silent && bytes.length === 0 && limiter !== undefined && !stream) return;
  must(silent === (bytes.length === 0), silent ? "what is no query was answered" : "a query was not answered");
  if (silent) return;
  const sent = understood(query);
  const size = sent === undefined ? payload : Math.max(512, sent.opt?.rrclass ?? 512);
  const reply = decode(bytes);
  checkReply(query, reply, bytes, stream ? MAX_MESSAGE : Math.min(payload, size), stream);
  if (sent !== undefined) must((sent.opt !== undefined) === (reply.opt !== undefined), "an OPT on one side only");
}

/** The query, when it is one that a strict reader takes. */
function understood(query: Uint8Array): Message | undefined {
  // Reading what is malformed costs an Error: only what may be well formed.
  if (query[4] !== 0 || query[5] !== 1 || query[6] !== 0 || query[8] !== 0 || query[10] !== 0) return undefined;
  try {
    return decode(query);
  } catch {
    return undefined;
  }
}
