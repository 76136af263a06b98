/** Which owners' addresses go with an RRset into the additional section, in which order, and what a referral needs. */

import { expect, test } from "vitest";
import { nameToText } from "../../src/text/name.ts";
import { RrType } from "../../src/wire/rrtype.ts";
import { lookup } from "../../src/zone/find.ts";
import { LINKS_HEADER, TargetFlag } from "../../src/zone/image.ts";
import { nameOf } from "./loading.ts";
import { compiled } from "./model.ts";

/** The targets of the RRset of a type at an owner of a zone made of HEAD and these lines. */
function targets(lines: readonly string[], owner: string, type: number): string[] {
  const zone = compiled(lines);
  const { words, bytes } = zone;
  const rrset = zone.rrset(lookup(zone, nameOf(`${owner}.example.`), 0), type);
  if (!zone.linked(rrset)) return [];
  const first = (zone.links(rrset) + LINKS_HEADER) >>> 2;
  const name = new Uint8Array(256);
  return Array.from({ length: words[first - 1] }, (_, i) => {
    const [at, node] = [zone.data(rrset) + words[first + i * 2], words[first + i * 2 + 1]];
    const text = nameToText(bytes.slice(at, bytes.indexOf(0, at) + 1));
    const holder = nameToText(name.subarray(0, zone.nameOf(node & ~3, name, 0)));
    const flags = [node & TargetFlag.REQUIRED ? " required" : "", node & TargetFlag.GLUE ? " glue" : ""];
    return `${text}${holder === text ? "" : ` from ${holder}`}${flags.join("")}`;
  });
}

test("a cut: servers below it first, they are required; then others; none without an address, none twice", () => {
  const lines = [
    ...["ns", "b", "ns.sub", "c", "deep.ns.sub", "ns.other", "no.other"].map((name) => `sub NS ${name}`),
    "sub NS ns.example.net.",
    ...["ns.sub", "b", "deep.ns.sub", "ns.other"].map((name) => `${name} A 192.0.2.1`),
    "c TXT x",
    "other NS ns.example.net.",
    "*.other A 192.0.2.1",
  ];
  expect(targets(lines, "sub", RrType.NS)).toEqual([
    "ns.sub.example. required glue",
    "deep.ns.sub.example. required glue",
    "b.example.",
    "ns.other.example. glue",
  ]);
});

test("glue is no data for anything but a referral (RFC 2181 §5.4.1)", () => {
  const lines = ["mail MX 1 a.sub", "mail MX 2 b", "sub NS a.sub", "a.sub A 192.0.2.1", "b AAAA 2001:db8::1"];
  expect(targets(lines, "mail", RrType.MX)).toEqual(["b.example."]);
});

test("a wildcard stands for a target that is not there, but where the name is below a cut or a DNAME", () => {
  const lines = ["_s SRV 0 0 1 x.w", "_s SRV 0 0 1 here.w", "_s SRV 0 0 1 x.cut", "_s SRV 0 0 1 x.dname"];
  const zone = ["*.w A 192.0.2.1", "here.w TXT x", "cut NS ns.example.net.", "*.cut A 192.0.2.1", "dname DNAME w"];
  expect(targets([...lines, ...zone, "*.dname A 192.0.2.1"], "_s", RrType.SRV)).toEqual([
    "x.w.example. from *.w.example.",
  ]);
});

test("a wildcard's NS RRset: what answers for a target by its means is glue, and required only at the cut itself", () => {
  const lines = ["*.w NS x.w", "*.w NS *.w", "*.w A 192.0.2.1"];
  expect(targets(lines, "*.w", RrType.NS)).toEqual(["*.w.example. required glue"]);
  expect(targets(["*.w NS x.w", "*.w A 192.0.2.1"], "*.w", RrType.NS)).toEqual(["x.w.example. from *.w.example. glue"]);
});

test("the owner of an NSEC3 is no name of the tree (RFC 5155 §7.2.8)", () => {
  const hash = "0".repeat(32);
  const lines = [`m MX 1 ${hash}`, `${hash} NSEC3 1 0 0 - ${hash} A`, "* A 192.0.2.1"];
  expect(targets(lines, "m", RrType.MX)).toEqual([`${hash}.example. from *.example.`]);
});

test("RRsets of types without names have no links, nor has one alias or pointer to a name under another top", () => {
  const lines = [
    "a PTR x.test.",
    "b PTR x.EXAMPLE.",
    "c CNAME x.example.test.",
    "d PTR .",
    "e NS x.test.",
    "f A 192.0.2.1",
  ];
  const zone = compiled(lines);
  const linked = ([owner, type]: readonly [string, number]) =>
    zone.linked(zone.rrset(lookup(zone, nameOf(`${owner}.example.`), 0), type));
  const { PTR, CNAME, NS, A } = RrType;
  const asked = [
    ["a", PTR],
    ["b", PTR],
    ["c", CNAME],
    ["d", PTR],
    ["e", NS],
    ["f", A],
  ] as const;
  expect(asked.map(linked)).toEqual([false, true, false, false, true, false]);
});
