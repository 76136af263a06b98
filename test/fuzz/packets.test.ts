/**
 * Whatever arrives: the core never throws, answers nothing or one well-formed message within the limit, never answers a
 * reply, and keeps no more memory after it than before. Bounded: a few seconds in all.
 */

import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Zone } from "../../src/zone/image.ts";
import { checkReply, checkRrsets } from "../support/invariants.ts";
import { decode } from "../support/message.ts";
import { queryFromText } from "../support/query.ts";
import { type Asker, DEFAULTS, makeServer, NOW, zoneFromFile, zoneFromText } from "../support/server.ts";
import { times } from "./budget.ts";

const FILES = [
  "zones/company.example.zone",
  "zones/wildcard.example.zone",
  "zones/parent.example.zone",
  "zones/child.parent.example.zone",
  "zones/nsec.example.zone",
  "zones/nsec3.example.zone",
];

const ROOT = `@ 60 SOA a b 1 2 3 4 5
@ 60 NS a
a 60 A 192.0.2.1
deep 60 DNAME x.deep
*.w 60 CNAME y.w
long 60 DNAME ${"a".repeat(63)}.${"b".repeat(63)}.${"c".repeat(63)}.
`;

const zones = new Map<string, Zone | undefined>([["failed.example.", undefined]]);
for (const { apex, zone } of FILES.map(zoneFromFile)) zones.set(apex, zone);
zones.set("tiny.", zoneFromText("tiny.", ROOT, "tiny"));
const server = makeServer(zones, DEFAULTS);
const address = Uint8Array.of(192, 0, 2, 1);

const NAMES = [
  ".",
  "example.",
  "company.example.",
  "www.company.example.",
  "x.pages.company.example.",
  "a.labs.company.example.",
  "x.oldname.company.example.",
  "_sip._udp.company.example.",
  "foo.bar.wildcard.example.",
  "x.go.wildcard.example.",
  "child.parent.example.",
  "x.signed.parent.example.",
  "portal.child.parent.example.",
  "nsec.example.",
  "x.wild.nsec.example.",
  "nothing.nsec.example.",
  "x.tree.nsec.example.",
  "ent.nsec.example.",
  "nsec3.example.",
  "nothing.nsec3.example.",
  "x.walias.nsec3.example.",
  "x.insecure.nsec3.example.",
  "x.failed.example.",
  "q.deep.tiny.",
  "q.w.tiny.",
  `${"z".repeat(60)}.long.tiny.`,
];
const TYPES = [
  "A",
  "AAAA",
  "MX",
  "NS",
  "SOA",
  "DS",
  "ANY",
  "CNAME",
  "DNAME",
  "RRSIG",
  "NSEC",
  "AXFR",
  "IXFR",
  "TYPE65280",
];
const WORDS = ["+dnssec", "+nsid", "+cookie", "+zoneversion", "+keepalive", "+padding=3", "+edns=1", "+bufsize=512"];

const transport = fc.constantFrom("udp", "tcp", "tls" as const);
const label = fc.stringMatching(/^[a-z0-9*_]{1,12}$/);
const name = fc.oneof(
  fc.constantFrom(...NAMES),
  fc.tuple(label, fc.constantFrom(...NAMES)).map(([first, rest]) => (rest === "." ? `${first}.` : `${first}.${rest}`)),
);
const valid = fc
  .tuple(name, fc.constantFrom(...TYPES), fc.constantFrom("IN", "IN", "IN", "CH", "ANY"), fc.subarray(WORDS))
  .map((words) => queryFromText(words.flat().join(" ")).bytes);

/** One change: an octet set, a few cut out, or a few put in. */
const change = fc.tuple(fc.nat(), fc.nat(3), fc.uint8Array({ maxLength: 3 }));
const mutated = fc.tuple(valid, fc.array(change, { minLength: 1, maxLength: 4 })).map(([query, changes]) => {
  const octets = [...query];
  for (const [at, cut, put] of changes) octets.splice(at % (octets.length + 1), cut, ...put);
  return Uint8Array.from(octets);
});

function limitOf(query: Uint8Array, asker: Asker): number {
  if (asker.transport !== "udp") return 65535;
  const size = decode(query).opt?.rrclass ?? 512;
  return Math.min(Math.max(512, size), DEFAULTS.payload);
}

function ask(query: Uint8Array, over: Asker["transport"]): void {
  const asker: Asker = { transport: over, address, seconds: NOW };
  const bytes = server.ask(query, asker);
  const silent = query.length < 12 || (query[2] & 0x80) !== 0;
  expect(bytes.length === 0).toBe(silent);
  if (silent) return;
  const limit = over === "udp" ? DEFAULTS.payload : 65535;
  checkReply(query, decode(bytes), bytes, limit, over !== "udp");
}

test("arbitrary octets", () => {
  const property = fc.property(fc.uint8Array({ maxLength: 600 }), transport, ask);
  fc.assert(property, { numRuns: times(4000) });
});

test("arbitrary octets behind a query's header", () => {
  const octets = fc
    .uint8Array({ maxLength: 200 })
    .map((rest) => Uint8Array.from([1, 2, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1, ...rest]));
  fc.assert(fc.property(octets, transport, ask), { numRuns: times(4000) });
});

test("queries with octets changed, cut out and put in", () => {
  fc.assert(fc.property(mutated, transport, ask), { numRuns: times(8000) });
});

test("valid queries: RRsets whole, signatures with them, and within what the client takes", () => {
  const property = fc.property(valid, transport, (query, over) => {
    const bytes = server.ask(query, { transport: over, address, seconds: NOW });
    const reply = decode(bytes);
    const sent = decode(query);
    checkReply(query, reply, bytes, limitOf(query, { transport: over, address, seconds: NOW }), over !== "udp");
    checkRrsets(reply, server.zones, sent.opt !== undefined && (sent.opt.ttl & 0x8000) !== 0);
    expect(reply.opt !== undefined).toBe(sent.opt !== undefined);
  });
  fc.assert(property, { numRuns: times(4000) });
});

test("a responder's answer does not depend on what it answered before", () => {
  const fresh = makeServer(zones, DEFAULTS);
  const property = fc.property(fc.array(fc.oneof(valid, mutated), { maxLength: 8 }), valid, (before, query) => {
    const asker: Asker = { transport: "udp", address, seconds: NOW };
    const first = makeServer(zones, DEFAULTS).ask(query, asker);
    for (const earlier of before) fresh.ask(earlier, asker);
    expect(fresh.ask(query, asker)).toEqual(first);
  });
  fc.assert(property, { numRuns: times(150) });
});

/** The collector, which is at hand only when asked for; without it the heap's size says nothing. */
function collector(): () => void {
  setFlagsFromString("--expose-gc");
  return runInNewContext("gc");
}

test("no memory is kept", () => {
  const queries = fc.sample(fc.oneof(valid, mutated), { numRuns: 500, seed: 7 });
  const asker: Asker = { transport: "udp", address, seconds: NOW };
  const collect = collector();
  const turn = () => {
    for (let i = 0; i < 20; i++) for (const query of queries) server.ask(query, asker);
    collect();
    return process.memoryUsage().heapUsed;
  };
  turn();
  const before = turn();
  // 10,000 queries that each kept 100 octets would show as 1 MB.
  expect(turn() - before).toBeLessThan(500_000);
});
