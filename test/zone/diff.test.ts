/** The difference between two versions of a zone, as people read it and as data. */

import { expect, test } from "vitest";
import { diffZones } from "../../src/zone/diff.ts";
import { diffLines } from "../../src/zone/difflines.ts";
import { isUnchanged } from "../../src/zone/diffresult.ts";
import { rrsig, step, version } from "./diffing.ts";
import { HEAD, load, opened } from "./loading.ts";
import { compiled } from "./model.ts";

test("records that come and go, with the sums below", () => {
  const before = "www A 192.0.2.1\nwww A 192.0.2.2\nold AAAA 2001:db8::1";
  const after = "www A 192.0.2.1\nwww A 192.0.2.3\nmail 300 A 192.0.2.25\nmail TXT hello";
  expect(step(before, after)).toEqual([
    "example. SOA serial 1 -> 2",
    "+ mail.example. 300 IN A 192.0.2.25",
    '+ mail.example. 3600 IN TXT "hello"',
    "- old.example. 3600 IN AAAA 2001:db8::1",
    "- www.example. 3600 IN A 192.0.2.2",
    "+ www.example. 3600 IN A 192.0.2.3",
    "2 RRsets added, 1 removed, 1 changed; 3 names as before, 5 -> 6 records",
  ]);
});

test("a TTL is told once for its RRset, whatever the number of records", () => {
  expect(step("www A 192.0.2.1\nwww A 192.0.2.2", "www 60 A 192.0.2.1\nwww 60 A 192.0.2.2")).toEqual([
    "example. SOA serial 1 -> 2",
    "~ www.example. 3600 -> 60 IN A",
    "1 RRset changed; 2 names as before, 4 records as before",
  ]);
});

test("a TTL and a record at once", () => {
  expect(step("www A 192.0.2.1\nwww A 192.0.2.2", "www 60 A 192.0.2.1\nwww 60 A 192.0.2.3").slice(1, 4)).toEqual([
    "~ www.example. 3600 -> 60 IN A",
    "- www.example. 3600 IN A 192.0.2.2",
    "+ www.example. 60 IN A 192.0.2.3",
  ]);
});

test("owners are in canonical order (RFC 4034 §6.1)", () => {
  const names = ["example.", "a.example.", "yljkjljk.a.example.", "Z.a.example.", "zABC.a.EXAMPLE.", "z.example."];
  const more = ["\\001.z.example.", "*.z.example.", "\\200.z.example."];
  const lines = [...names, ...more].toReversed().map((name) => `${name} TXT x`);
  const owners = step("", lines.join("\n")).filter((line) => line.startsWith("+"));
  expect(owners.map((line) => line.split(" ")[1])).toEqual([...names, ...more].map((name) => name.toLowerCase()));
});

test("only the serial: nothing has changed", () => {
  expect(step("www A 192.0.2.1", "www A 192.0.2.1")).toEqual([
    "example. SOA serial 1 -> 2",
    "no RRset changed; 2 names as before, 3 records as before",
  ]);
  expect(isUnchanged(diffZones(version(1, "www A 192.0.2.1"), version(2, "www A 192.0.2.1")))).toBe(true);
});

test("a serial that goes backwards, and one that stays", () => {
  const [first] = diffLines(diffZones(version(2, ""), version(1, "")));
  expect(first).toBe("example. SOA serial 2 -> 1, which is backwards (RFC 1982)");
  const [same] = diffLines(diffZones(version(2, ""), version(2, "www A 192.0.2.1")));
  expect(same).toBe("example. SOA serial 2, as before");
  const [around] = diffLines(diffZones(version(4294967295, ""), version(1, "")));
  expect(around).toBe("example. SOA serial 4294967295 -> 1");
});

test("the SOA is told, and first, when more than its serial changes", () => {
  const soa = (serial: number, refresh: number) =>
    load(
      `$TTL 3600\n@ SOA ns.example.net. h.example.net. ${serial} ${refresh} 900 1209600 300\n@ NS ns.example.net.\n@ A 192.0.2.${serial}`,
    );
  const lines = [...diffLines(diffZones(opened(soa(1, 7200)), opened(soa(2, 3600))))];
  expect(lines.slice(1, 4)).toEqual([
    "- example. 3600 IN SOA ns.example.net. h.example.net. 1 7200 900 1209600 300",
    "+ example. 3600 IN SOA ns.example.net. h.example.net. 2 3600 900 1209600 300",
    "- example. 3600 IN A 192.0.2.1",
  ]);
});

test("the order of records and of owners is no change, nor is the case of names", () => {
  const before = "a A 192.0.2.1\na A 192.0.2.2\nB MX 10 Mail.Example.net.\nc A 192.0.2.3\nC SRV 1 2 3 T.example.net.";
  const after = "c SRV 1 2 3 t.example.net.\nC A 192.0.2.3\nb MX 10 mail.example.NET.\nA A 192.0.2.2\na A 192.0.2.1";
  const diff = diffZones(version(1, before), version(1, after));
  expect(isUnchanged(diff)).toBe(true);
  expect(diff.respelled).toBe(3);
  expect([...diffLines(diff)][1]).toBe("3 RRsets only in another order, or with names in another case");
});

test("where RDATA is no name, case counts; so it does in names of types that RFC 4034 §6.2 does not list", () => {
  const texts = step("a TXT Hello\na SVCB 1 Svc.example.net.", "a TXT hello\na SVCB 1 svc.example.net.");
  expect(texts.at(-1)).toMatch(/^2 RRsets changed;/);
});

test.each([
  ["NS", "A.example.net."],
  ["PTR", "A.example.net."],
  ["MINFO", "A.example.net. B.example.net."],
  ["RP", "A.example.net. B.example.net."],
  ["PX", "10 A.example.net. B.example.net."],
  ["NAPTR", '10 20 "u" "E2U+sip" "" A.example.net.'],
  ["KX", "10 A.example.net."],
  ["DNAME", "A.example.net."],
  ["A6", "64 ::1 A.example.net."],
  ["AFSDB", "1 A.example.net."],
])("names in %s are compared in lower case", (type, rdata) => {
  const changed = rdata.replaceAll("A.example", "a.EXAMPLE").replaceAll("B.example", "b.EXAMPLE");
  const diff = diffZones(version(1, `x ${type} ${rdata}`), version(1, `x ${type} ${changed}`));
  expect([isUnchanged(diff), diff.respelled]).toEqual([true, 1]);
  const other = diffZones(version(1, `x ${type} ${rdata}`), version(1, `x ${type} ${rdata.replace("A.e", "Z.e")}`));
  expect(other.rrsets.changed).toBe(1);
});

test("a zone signed anew shows its one change, and sums up the signatures", () => {
  const hosts = Array.from({ length: 1204 }, (_, i) => `h${i} A 192.0.2.${i % 256}\n`);
  const signed = (key: string) =>
    hosts.map((line, i) => `${line}${rrsig(`h${i}`, "A", "20370101000000", key)}`).join("\n");
  expect(step(signed("AAAA"), `${signed("BBBB")}\nnew TXT x`)).toEqual([
    "example. SOA serial 1 -> 2",
    '+ new.example. 3600 IN TXT "x"',
    "RRSIGs of 1,204 RRsets changed",
    "1 RRset added; 1,205 -> 1,206 names, 2,410 -> 2,411 records",
  ]);
});

test("signatures that come with an RRset, go with it, or stay behind", () => {
  const before = `a A 192.0.2.1\n${rrsig("a", "A")}\nb A 192.0.2.1\n${rrsig("b", "A")}`;
  const after = `${rrsig("a", "A")}\nc A 192.0.2.1\n${rrsig("c", "A")}`;
  const diff = diffZones(version(1, before), version(1, after));
  const told = (list: typeof diff.rrsets.list) =>
    list.map((one) => [one.owner, one.type, Boolean(one.before), Boolean(one.after)]);
  expect(told(diff.rrsets.list)).toEqual([
    ["a.example.", "A", true, false],
    ["b.example.", "A", true, false],
    ["c.example.", "A", false, true],
  ]);
  expect(told(diff.signatures.list)).toEqual([
    ["b.example.", "A", true, false],
    ["c.example.", "A", false, true],
  ]);
});

test("NSEC and NSEC3 are counted by themselves, wherever their owners stand", () => {
  const hash = (c: string) => `${c.repeat(32)} NSEC3 1 0 0 - ${"v".repeat(32)} A`;
  const before = `@ NSEC a.example. NS SOA\n${hash("0")}\n${hash("1")}\n${hash("2")}`;
  const after = `${hash("2")}\n@ NSEC b.example. NS SOA\n${hash("1")}\n${hash("3")}\nwww A 192.0.2.1`;
  expect(step(before, after)).toEqual([
    "example. SOA serial 1 -> 2",
    "+ www.example. 3600 IN A 192.0.2.1",
    "NSEC and NSEC3: 1 RRset added, 1 removed, 1 changed",
    "1 RRset added; 4 -> 5 names, 6 -> 7 records",
  ]);
});

test("an owner that held only NSEC3 and gets something else as well is the same owner", () => {
  const owner = "0".repeat(32);
  const nsec3 = `${owner} NSEC3 1 0 0 - ${"v".repeat(32)} A`;
  for (const [before, after] of [
    [nsec3, `${nsec3}\n${owner} TXT x`],
    [`${nsec3}\n${owner} TXT x`, nsec3],
  ]) {
    // With another owner in front, so that the two are not met at the same place.
    const diff = diffZones(version(1, `a TXT x\n${before}`), version(1, after));
    expect([diff.denial.added, diff.denial.removed, diff.denial.changed]).toEqual([0, 0, 0]);
  }
});

test("a new zone, and one that goes", () => {
  const zone = version(7, "www A 192.0.2.1");
  expect([...diffLines(diffZones(undefined, zone))]).toEqual([
    "example. is new, SOA serial 7",
    "+ example. 3600 IN SOA ns.example.net. hostmaster.example.net. 7 7200 900 1209600 300",
    "+ example. 3600 IN NS ns.example.net.",
    "+ www.example. 3600 IN A 192.0.2.1",
    "3 RRsets added; 0 -> 2 names, 0 -> 3 records",
  ]);
  const gone = diffZones(zone, undefined);
  expect([gone.rrsets.removed, gone.serials]).toEqual([3, { before: 7 }]);
});

test("past the limit, changes are counted", () => {
  const hosts = (count: number) => Array.from({ length: count }, (_, i) => `h${i} A 192.0.2.1`).join("\n");
  const diff = diffZones(version(1, ""), version(2, hosts(1500)), { limit: 1 });
  expect([...diffLines(diff)]).toEqual([
    "example. SOA serial 1 -> 2",
    "+ h0.example. 3600 IN A 192.0.2.1",
    "and 1,499 RRsets more, not listed",
    "1,500 RRsets added; 1 -> 1,501 names, 2 -> 1,502 records",
  ]);
});

test("large RRsets don't fill the memory: from 16 MB of records on, they are counted", () => {
  const long = `"${"x".repeat(250)}"`;
  const text = (n: number) =>
    Array.from({ length: 300 }, (_, i) =>
      Array.from({ length: 30 }, (_, j) => `h${i} TXT ${n}-${j} ${`${long} `.repeat(7)}`).join("\n"),
    ).join("\n");
  const diff = diffZones(version(1, text(1)), version(2, text(2)));
  expect(diff.rrsets.changed).toBe(300);
  expect(diff.rrsets.list.length).toBeGreaterThan(100);
  expect(diff.rrsets.list.length).toBeLessThan(200);
});

test("targets' links, which move with the nodes, are no change", () => {
  const service = "s MX 10 m\nm A 192.0.2.9\nd NS ns.d\nns.d A 192.0.2.8";
  const diff = diffZones(compiled(service.split("\n")), compiled(["a TXT x", ...service.split("\n")]));
  expect([diff.rrsets.added, diff.rrsets.removed, diff.rrsets.changed, diff.respelled]).toEqual([1, 0, 0, 0]);
});

test("an RRset whose target gets an address is none the less the same", () => {
  const diff = diffZones(compiled(["s MX 10 m", "m TXT x"]), compiled(["s MX 10 m", "m TXT x", "m A 192.0.2.9"]));
  expect([diff.rrsets.added, diff.rrsets.changed, diff.respelled]).toEqual([1, 0, 0]);
});

test("RDATA that holds what looks like the next record's head", () => {
  const head = "c00cff140001 00000e10000c";
  const before = `x TYPE65300 \\# 13 aa${head}\nx TYPE65300 \\# 0`;
  const after = `x TYPE65300 \\# 1 aa\nx TYPE65300 \\# 12 000000000000000000000000`;
  const [change] = diffZones(version(1, before), version(1, after)).rrsets.list;
  expect([change.lost.length, change.gained.length]).toEqual([2, 2]);
});

test("two zones are not versions of each other", () => {
  const other = opened(load(HEAD, { apex: Uint8Array.of(1, 97, 0) }));
  expect(() => diffZones(version(1, ""), other)).toThrow(
    "example. and a. are two zones: only versions of one can be compared",
  );
});

test("JSON takes a diff as it is", () => {
  const diff = diffZones(version(1, "www A 192.0.2.1"), version(2, "www 60 A 192.0.2.2"));
  expect(JSON.parse(JSON.stringify(diff))).toEqual({
    zone: "example.",
    serials: { before: 1, after: 2 },
    before: { names: 2, rrsets: 3, records: 3 },
    after: { names: 2, rrsets: 3, records: 3 },
    rrsets: {
      added: 0,
      removed: 0,
      changed: 1,
      list: [
        {
          owner: "www.example.",
          type: "A",
          before: { ttl: 3600, records: ["192.0.2.1"] },
          after: { ttl: 60, records: ["192.0.2.2"] },
          lost: ["192.0.2.1"],
          gained: ["192.0.2.2"],
        },
      ],
    },
    signatures: { added: 0, removed: 0, changed: 0, list: [] },
    denial: { added: 0, removed: 0, changed: 0, list: [] },
    respelled: 0,
  });
});
