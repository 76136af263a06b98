/**
 * What the answering core costs by itself, without sockets: processor time for each query, by kind of question.
 *
 *   node test/bench/respond.ts [--tree DIRECTORY] [KIND…]      another checkout's core, to compare with; kinds by prefix
 *
 * Queries come in batches in the same few buffers, as a transport receives them, so that what misses the caches is the
 * zone and not the bench. The best of many rounds counts: everything that disturbs a round makes it longer.
 */

import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import type { Client } from "../../src/answer/client.ts";
import { median, table } from "./table.ts";
import { delegations, flatZone } from "./zonetext.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const { values, positionals } = parseArgs({ options: { tree: { type: "string" } }, allowPositionals: true });

type Import<T> = (path: string) => Promise<T>;
const from: Import<unknown> = (path) => import(pathToFileURL(resolve(values.tree ?? ROOT, "src", path)).href);
const { Catalogue } = await (from as Import<typeof import("../../src/answer/catalogue.ts")>)("answer/catalogue.ts");
const { Chaos } = await (from as Import<typeof import("../../src/answer/chaos.ts")>)("answer/chaos.ts");
const { responder } = await (from as Import<typeof import("../../src/answer/respond.ts")>)("answer/respond.ts");
const { nameFromText } = await (from as Import<typeof import("../../src/text/name.ts")>)("text/name.ts");
const { Zone } = await (from as Import<typeof import("../../src/zone/image.ts")>)("zone/image.ts");
const { loadZone } = await (from as Import<typeof import("../../src/zone/load.ts")>)("zone/load.ts");

const BATCH = 64;
/** Octets of a slot for a query. */
const STRIDE = 128;
const ROUNDS = 40;
const WARM_UP = 3;
const ROUND_QUERIES = 65_536;
const A = 1;
const AAAA = 28;
const DS = 43;

const MIXED = `$TTL 3600
@ SOA ns1 hostmaster 1 7200 900 1209600 300
@ NS ns1
@ NS ns2
@ MX 10 mail
ns1 A 192.0.2.1
ns2 A 192.0.2.2
mail A 192.0.2.25
www A 192.0.2.80
www AAAA 2001:db8::80
alias CNAME www
*.wild A 192.0.2.99
sub NS ns1.sub
sub NS ns2.sub
ns1.sub A 192.0.2.7
ns2.sub A 192.0.2.8
`;

interface Kind {
  readonly name: string;
  readonly zone: "small" | "flat" | "cuts" | "nsec" | "nsec3";
  /** The i-th question's name, relative to the zone. */
  readonly ask: (i: number) => string;
  readonly type?: number;
  readonly edns?: "plain" | "do";
}

const random = (i: number) => Math.imul(i + 1, 0x9e3779b1) >>> 0;
const NAMES = 1_000_000;
const CUTS = 100_000;
const hosts = ["www", "mail", "ns2", "mail"];
const ent = "down.ent";

const KINDS: readonly Kind[] = [
  { name: "small hit", zone: "small", ask: (i) => hosts[i & 3] },
  { name: "small hit, EDNS", zone: "small", ask: (i) => hosts[i & 3], edns: "plain" },
  { name: "small NXDOMAIN", zone: "small", ask: (i) => `x${random(i).toString(36)}` },
  { name: "small NODATA", zone: "small", ask: (i) => hosts[i & 3], type: DS },
  { name: "small apex MX", zone: "small", ask: () => "", type: 15 },
  { name: "small referral", zone: "small", ask: (i) => `h${i & 1023}.sub` },
  { name: "small wildcard", zone: "small", ask: (i) => `x${random(i).toString(36)}.wild` },
  { name: "small CNAME", zone: "small", ask: () => "alias" },
  { name: "1M names hit", zone: "flat", ask: (i) => `h${random(i) % NAMES}` },
  { name: "1M names NXDOMAIN", zone: "flat", ask: (i) => `x${random(i).toString(36)}` },
  { name: "100k cuts referral", zone: "cuts", ask: (i) => `www.d${random(i) % CUTS}` },
  { name: "100k cuts at cut", zone: "cuts", ask: (i) => `d${random(i) % CUTS}` },
  { name: "NSEC hit, DO", zone: "nsec", ask: (i) => hosts[2 + (i & 1)], edns: "do" },
  { name: "NSEC NXDOMAIN, DO", zone: "nsec", ask: (i) => `x${random(i).toString(36)}`, edns: "do" },
  { name: "NSEC NODATA, DO", zone: "nsec", ask: () => ent, type: AAAA, edns: "do" },
  { name: "NSEC3 hit, DO", zone: "nsec3", ask: (i) => hosts[2 + (i & 1)], edns: "do" },
  { name: "NSEC3 NXDOMAIN, DO", zone: "nsec3", ask: (i) => `x${random(i).toString(36)}`, edns: "do" },
  { name: "NSEC3 NODATA, DO", zone: "nsec3", ask: () => ent, type: AAAA, edns: "do" },
];

function zoneText(zone: Kind["zone"]): string {
  if (zone === "small") return MIXED;
  if (zone === "flat") return flatZone(NAMES);
  if (zone === "cuts") return delegations(CUTS);
  return readFileSync(resolve(ROOT, `zones/${zone}.example.zone`), "utf8");
}

function makeRespond(kind: Kind["zone"]) {
  const apex = nameFromText(`${kind}.example.`);
  const source = { file: kind, bytes: Buffer.from(zoneText(kind)) };
  const { image } = loadZone(source, { apex, include: () => "none", now: 1_800_000_000 });
  const catalogue = new Catalogue();
  catalogue.set(apex, new Zone(image!));
  catalogue.complete = true;
  const settings = { payload: 1232, identity: new Uint8Array(4), cookies: undefined, idle: 10 };
  return responder(catalogue, new Chaos("bench", undefined), settings);
}

/** All queries of a round, STRIDE octets each, and their lengths. */
function queries(kind: Kind): { octets: Uint8Array; lengths: Uint16Array } {
  const octets = new Uint8Array(ROUND_QUERIES * STRIDE);
  const lengths = new Uint16Array(ROUND_QUERIES);
  const opt = kind.edns === undefined ? [] : [0, 0, 41, 4, 208, 0, 0, kind.edns === "do" ? 0x80 : 0, 0, 0, 0];
  for (let i = 0; i < ROUND_QUERIES; i++) {
    const relative = kind.ask(i);
    const name = nameFromText(`${relative === "" ? "" : `${relative}.`}${kind.zone}.example.`);
    const header = [i >>> 8, i & 255, 0, 0, 0, 1, 0, 0, 0, 0, 0, opt.length > 0 ? 1 : 0];
    const type = kind.type ?? A;
    const query = [...header, ...name, type >>> 8, type & 255, 0, 1, ...opt];
    octets.set(query, i * STRIDE);
    lengths[i] = query.length;
  }
  return { octets, lengths };
}

const address = Uint8Array.of(127, 0, 0, 1);
const client: Client = { stream: false, encrypted: false, address: () => address, seconds: () => 0 };
const receive = new Uint8Array(BATCH * STRIDE);
const send = new Uint8Array(BATCH * 1232);
const slots = Array.from({ length: BATCH }, (_, i) => receive.subarray(i * STRIDE, (i + 1) * STRIDE));
const replies = Array.from({ length: BATCH }, (_, i) => send.subarray(i * 1232, (i + 1) * 1232));

/** Nanoseconds of processor time for each query of a round; the kernel tells user and system time apart by samples only. */
function round(respond: ReturnType<typeof makeRespond>, { octets, lengths }: ReturnType<typeof queries>): number {
  const started = process.cpuUsage();
  for (let batch = 0; batch < ROUND_QUERIES; batch += BATCH) {
    receive.set(octets.subarray(batch * STRIDE, (batch + BATCH) * STRIDE));
    for (let i = 0; i < BATCH; i++) respond(slots[i], lengths[batch + i], replies[i], client);
  }
  const { user, system } = process.cpuUsage(started);
  return ((user + system) * 1000) / ROUND_QUERIES;
}

const rows = [["question", "octets", "best ns", "median ns"]];
const chosen = KINDS.filter(({ name }) => positionals.length === 0 || positionals.some((one) => name.startsWith(one)));
const responds = new Map([...new Set(chosen.map(({ zone }) => zone))].map((zone) => [zone, makeRespond(zone)]));
const asked = chosen.map((kind) => ({ kind, respond: responds.get(kind.zone)!, load: queries(kind) }));
// Code that has only ever seen one kind of question is faster than any server's: all of them first.
for (let i = 0; i < WARM_UP; i++) for (const { respond, load } of asked) round(respond, load);
for (const { kind, respond, load } of asked) {
  const octets = respond(load.octets.slice(0, STRIDE), load.lengths[0], replies[0], client);
  const times = Array.from({ length: ROUNDS }, () => round(respond, load));
  rows.push([kind.name, `${octets}`, Math.min(...times).toFixed(0), median(times).toFixed(0)]);
}
table("the answering core alone", rows);
