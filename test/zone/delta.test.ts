/** Guards: for each thing that goes wrong in the field, the zone before and the zone after. */

import { expect, test } from "vitest";
import { deltaGuards } from "../../src/zone/delta/guards.ts";
import { popGuard } from "../../src/zone/delta/popguard.ts";
import { diffZones } from "../../src/zone/diff.ts";
import type { Zone } from "../../src/zone/image.ts";
import { rrsig, version, zoneOf } from "./diffing.ts";
import { HEAD, NOW } from "./loading.ts";

const LIMITS = { shrink: 10, ttl: 10, rrsig: 3 };

/** "guard: sentence" of all that is found between two zones. */
function guarded(before: Zone | undefined, after: Zone, limits = LIMITS): string[] {
  const findings = deltaGuards(before, after, diffZones(before, after), limits, NOW);
  return findings.map(({ guard, found }) => `${guard}: ${found}`);
}

/** The same of lines after HEAD. */
function step(before: string, after: string, limits = LIMITS): string[] {
  return guarded(version(1, before), version(2, after), limits);
}

function onPop(before: Zone, after: Zone): string[] {
  return popGuard(before, after, LIMITS).map(({ guard, found }) => `${guard}: ${found}`);
}

function hosts(count: number, from = 0): string {
  return Array.from({ length: count }, (_, i) => `h${from + i} A 192.0.2.${(from + i) % 256}`).join("\n");
}

test("an ordinary edit: nothing", () => {
  expect(step(hosts(3), `${hosts(2)}\nnew 300 AAAA 2001:db8::1\n@ MX 10 h0`)).toEqual([]);
});

test("the file came out empty, but for its head", () => {
  const [before, after] = [version(1, hosts(3)), version(2, "")];
  const empty = "empty: nothing is left but SOA and NS at the apex, of 4 names and 5 records";
  expect(guarded(before, after)).toEqual([empty]);
  expect(onPop(before, after)).toEqual([empty]);
});

test("a signed zone that is empty is empty, whatever signing has put at its apex", () => {
  const key = "@ DNSKEY 257 3 15 AAAA\n@ NSEC example. NS SOA DNSKEY NSEC";
  expect(step(`${key}\n${hosts(3)}`, key)).toEqual([expect.stringMatching(/^empty: /)]);
  const nsec3 = `@ DNSKEY 257 3 15 AAAA\n@ NSEC3PARAM 1 0 0 -\n3msev9usmd4br9s97v51r2tdvmr9iqo1 NSEC3 1 0 0 - 3msev9usmd4br9s97v51r2tdvmr9iqo1 SOA`;
  expect(step(`${nsec3}\n${hosts(3)}`, nsec3)).toEqual([expect.stringMatching(/^empty: /)]);
});

test("a parked zone, SOA and NS alone, stays as it is", () => {
  expect(step("", "")).toEqual([]);
  expect(step("", "@ A 192.0.2.1")).toEqual([]);
});

test("half of the file is missing", () => {
  const found = deltaGuards(
    version(1, hosts(1000)),
    version(2, hosts(500)),
    diffZones(version(1, hosts(1000)), version(2, hosts(500))),
    LIMITS,
    NOW,
  );
  const fall = "from 1,002 to 502, by 49.9 % (at most 10 %)";
  expect(found).toEqual([
    {
      guard: "shrink",
      found: `names fall from 1,001 to 501, by 49.9 % (at most 10 %), and RRsets fall ${fall}, and records fall ${fall}`,
      examples: ["h500.example. A", "h501.example. A", "h502.example. A", "h503.example. A", "h504.example. A"],
    },
  ]);
  expect(onPop(version(1, hosts(1000)), version(2, hosts(500)))).toEqual([
    `shrink: RRsets fall ${fall}, and records fall ${fall}`,
  ]);
});

test("names stay, but most of their records go", () => {
  const both = Array.from({ length: 20 }, (_, i) => `h A 192.0.2.${i}`).join("\n");
  expect(step(both, "h A 192.0.2.1")).toEqual(["shrink: records fall from 22 to 3, by 86.3 % (at most 10 %)"]);
});

test("in a small zone, a few may go", () => {
  expect(step(hosts(6), hosts(2))).toEqual([]);
  expect(step(hosts(6), hosts(1))).toEqual([expect.stringMatching(/^shrink: names fall from 7 to 2/)]);
});

test("just the limit is within it", () => {
  const [before, within, over] = [version(1, hosts(98)), version(2, hosts(88)), version(2, hosts(87))];
  expect(guarded(before, within).filter((one) => /records/.test(one))).toEqual([]);
  expect(guarded(before, over)).toEqual([expect.stringMatching(/records fall from 100 to 89, by 11 %/)]);
  expect(guarded(before, version(2, hosts(1)), { ...LIMITS, shrink: 100 })).toEqual([]);
});

test("signing does not hide that half of the zone is missing, and RRSIGs that go are no records lost", () => {
  const signed = (count: number) =>
    Array.from({ length: count }, (_, i) => `h${i} A 192.0.2.1\nh${i} NSEC h${i} A\n${rrsig(`h${i}`, "A")}`).join("\n");
  const key = "@ DNSKEY 257 3 15 AAAA\n@ NSEC h0 SOA\n";
  const [unsigned, half] = [version(1, hosts(100)), version(2, key + signed(50))];
  expect(guarded(unsigned, half)).toEqual([expect.stringMatching(/^shrink: names fall from 101 to 51/)]);
  expect(onPop(unsigned, half)).toEqual([expect.stringMatching(/^shrink: RRsets fall from 102 to 53/)]);
  const gone = [version(1, key + signed(50)), version(2, hosts(50))] as const;
  const finding = "apex-dnskey: the zone was signed, and has no DNSKEY and no RRSIGs any more";
  expect(guarded(...gone)).toEqual([finding]);
  expect(onPop(...gone)).toEqual([finding]);
});

test("from NSEC3 to NSEC: the hashed names are none that anybody misses", () => {
  const hashes = Array.from({ length: 20 }, (_, i) => String(i).padStart(32, "0"));
  const chain = hashes.map((hash, i) => `${hash} NSEC3 1 0 0 - ${hashes[(i + 1) % 20]} A`).join("\n");
  const before = `@ DNSKEY 257 3 15 AAAA\n@ NSEC3PARAM 1 0 0 -\n${hosts(20)}\n${chain}`;
  const after = `@ DNSKEY 257 3 15 AAAA\n${hosts(20)}\n@ NSEC h0 SOA`;
  expect(step(before, after)).toEqual([]);
  expect(onPop(version(1, before), version(2, after))).toEqual([]);
});

test("a name server of the zone itself is mistyped", () => {
  const before = zoneOf(`${HEAD}@ NS ns2.example.net.`);
  const after = zoneOf(`${HEAD}@ NS ns2.exmaple.net.`);
  const found = "apex-ns: the NS RRset at the apex loses ns2.example.net. and gains ns2.exmaple.net.";
  expect(guarded(before, after)).toEqual([found]);
  expect(onPop(before, after)).toEqual([found]);
});

test("one more name server, and a name server in capitals", () => {
  expect(step("", "@ NS ns3.example.net.")).toEqual(["apex-ns: the NS RRset at the apex gains ns3.example.net."]);
  expect(guarded(zoneOf(HEAD), zoneOf(HEAD.replace("NS ns.example.net.", "NS NS.Example.NET.")))).toEqual([]);
});

test("the SOA names another primary, another mailbox, other timers", () => {
  const soa = (text: string) => zoneOf(`$TTL 3600\n@ SOA ${text}\n@ NS ns.example.net.`);
  const before = soa("ns.example.net. h.example.net. 1 7200 900 1209600 300");
  expect(guarded(before, soa("NS.example.net. h.example.net. 9 7200 900 1209600 300"))).toEqual([]);
  expect(guarded(before, soa("a.example.net. b.example.net. 2 7200 900 1209600 300"))).toEqual([
    "apex-soa: the SOA changes MNAME from ns.example.net. to a.example.net., RNAME from h.example.net. to b.example.net.",
  ]);
  expect(guarded(before, soa("ns.example.net. h.example.net. 2 7200 900 120960 86400"))).toEqual([
    "apex-soa: the SOA changes expire from 1209600 to 120960, minimum from 300 to 86400",
  ]);
});

test("the key that the parent's DS is of goes away", () => {
  const signed = (key: string) => `@ DNSKEY 257 3 15 ${key}\n${rrsig("@", "DNSKEY")}`;
  expect(step(signed("AAAA"), signed("BBBB"))).toEqual(["apex-dnskey: DNSKEY at the apex changes"]);
  expect(step(signed("AAAA"), rrsig("@", "DNSKEY"))).toEqual([
    "apex-dnskey: the zone was signed, and has no DNSKEY any more",
  ]);
});

test("a zone is signed for the first time: no resolver validates it yet", () => {
  expect(step("", `@ DNSKEY 257 3 15 AAAA\n${rrsig("@", "DNSKEY")}\n${rrsig("@", "SOA")}`)).toEqual([]);
});

test("CDS and CDNSKEY move the parent when they come or change, not when they go", () => {
  expect(step("", "@ CDS 0 0 0 00\n@ CDNSKEY 0 3 0 AA==")).toEqual(["apex-dnskey: CDS, CDNSKEY at the apex change"]);
  expect(step("@ CDS 1 13 250 00", "@ CDS 2 13 250 00")).toEqual(["apex-dnskey: CDS at the apex changes"]);
  expect(step("@ CDS 1 13 250 00", "")).toEqual([]);
});

test("RRsets come without their RRSIGs, and the DNSKEY stays: a signer that gave up half way", () => {
  const before = ["a", "b", "c", "d"].map((name) => `${name} A 192.0.2.1\n${rrsig(name, "A")}`).join("\n");
  const after = `a A 192.0.2.1\n${rrsig("a", "A")}\nb A 192.0.2.2\nc NS ns.example.net.\nc A 192.0.2.1\nd A 192.0.2.1`;
  const key = "@ DNSKEY 257 3 15 AAAA\n";
  expect(step(key + before, key + after)).toEqual([
    "apex-dnskey: 2 RRsets without RRSIG that had one: b.example. A, d.example. A",
  ]);
});

test("the DS of a delegation changes, or goes, while the delegation stays", () => {
  const cut = "NS ns.example.net.";
  const before = `a ${cut}\na DS 1 13 250 00\nb ${cut}\nb DS 1 13 250 00\nc ${cut}\nc DS 1 13 250 00\nd ${cut}`;
  const after = `a ${cut}\na DS 2 13 250 00\nb ${cut}\nc ${cut}\nc DS 1 13 250 00\nd ${cut}\nd DS 1 13 250 00`;
  expect(step(before, after)).toEqual(["ds: the DS of 2 delegations changed or gone: a.example., b.example."]);
});

test("delegations are gone: removed, made ordinary names, or below another cut", () => {
  const cut = "NS ns.example.net.";
  const before = `a ${cut}\na DS 1 13 250 00\nb ${cut}\nb DS 1 13 250 00\nx.c ${cut}\nd ${cut}`;
  const after = `b A 192.0.2.1\nc ${cut}\nx.c ${cut}\nd ${cut}\nd NS other.example.net.`;
  expect(step(before, after)).toEqual(["delegation-lost: 3 delegations gone: b.example., x.c.example., a.example."]);
});

test("many delegations are gone: all counted, a few named", () => {
  const cuts = Array.from({ length: 1300 }, (_, i) => `d${i} NS ns.example.net.`);
  const found = step(cuts.join("\n"), cuts.slice(1300 - 100).join("\n"));
  expect(found.at(-1)).toBe(
    "delegation-lost: 1,200 delegations gone: d0.example., d1.example., d2.example. and 1,197 more",
  );
});

test("a TTL is a hundred times as long: two zeros too many", () => {
  expect(step("a 300 A 192.0.2.1\nb 3600 A 192.0.2.1", "a 30000 A 192.0.2.1\nb 60 A 192.0.2.1")).toEqual([
    "ttl: 2 TTLs more than 10 times as long or short: a.example. A 300 -> 30000, b.example. A 3600 -> 60",
  ]);
  expect(step("a 300 A 192.0.2.1", "a 3000 A 192.0.2.1")).toEqual([]);
});

test("seconds are all the same to resolvers: a minute is the shortest that counts", () => {
  expect(step("a 0 A 192.0.2.1\nb 1 A 192.0.2.1", "a 30 A 192.0.2.1\nb 600 A 192.0.2.1")).toEqual([]);
  expect(step("a 1 A 192.0.2.1", "a 601 A 192.0.2.1")).toHaveLength(1);
});

test("an RRset that is new may have any TTL", () => {
  expect(step("a 60 A 192.0.2.1", "a 60 A 192.0.2.1\na 86400 AAAA 2001:db8::1\nb 86400 A 192.0.2.1")).toEqual([]);
});

test("RRSIGs end soon, though nothing else has changed", () => {
  const text = `a A 192.0.2.1\n${rrsig("a", "A", "20260602000000")}\nb A 192.0.2.1\n${rrsig("b", "A", "20260605000000")}`;
  expect(step(text, text)).toEqual([
    "rrsig-ends: 1 of 2 RRSIGs end within 3 days, the first at 2026-06-02T00:00:00Z: a.example. A",
  ]);
  expect(step(text, text, { ...LIMITS, rrsig: 1 })).toEqual([]);
});

test("RRSIGs have ended, in a zone that is new", () => {
  const lines = `${rrsig("a", "A", "20260531235959")}\n${rrsig("b", "A", "20260602000000")}\n${rrsig("c", "A")}`;
  expect(guarded(undefined, version(1, lines))).toEqual([
    "rrsig-ends: 2 of 3 RRSIGs end within 3 days, 1 of them already, the first at 2026-05-31T23:59:59Z: a.example. A, b.example. A",
  ]);
  expect(guarded(undefined, version(1, lines), { ...LIMITS, rrsig: 0 })).toEqual([
    "rrsig-ends: 1 of 3 RRSIGs have ended, the first at 2026-05-31T23:59:59Z: a.example. A",
  ]);
});

test("the ends of RRSIGs are serial numbers (RFC 4034 §3.1.5): past 2106 is after, not before", () => {
  const late = Date.UTC(2106, 0, 31) / 1000;
  // 2106-02-07 is where 32 bits end; the RRSIG ends 30 days after it.
  const after = version(1, `a A 192.0.2.1\n${rrsig("a", "A", String(30 * 86400))}`);
  expect(deltaGuards(undefined, after, diffZones(undefined, after), LIMITS, late)).toEqual([]);
  const [found] = deltaGuards(undefined, after, diffZones(undefined, after), { ...LIMITS, rrsig: 365 }, late);
  expect(found.found).toMatch(/the first at 2106-03-09T/);
});

test("a new zone may be anything: small, unsigned, of delegations", () => {
  expect(guarded(undefined, version(1, ""))).toEqual([]);
  expect(guarded(undefined, version(1, "a NS ns.example.net.\nb 1 A 192.0.2.1"))).toEqual([]);
});
