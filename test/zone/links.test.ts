/** Links of RRsets: made the short way or the long way they are the same, and no zone shows in those of the next. */

import fc from "fast-check";
import { expect, test } from "vitest";
import { RrType } from "../../src/wire/rrtype.ts";
import { CutLinks } from "../../src/zone/cutlinks.ts";
import { lookup } from "../../src/zone/find.ts";
import { AnyLinks, LinkMaker } from "../../src/zone/linkmaker.ts";
import type { RrSets } from "../../src/zone/rrsets.ts";
import { nameOf } from "./loading.ts";
import { compiled, gathered } from "./model.ts";

/** Room for any links of these tests, in words. */
const ROOM = 65536;

/** The links of the NS RRset of sub.example. in hex; undefined when they are not made this way. */
function made(way: CutLinks | AnyLinks, sets: RrSets): string | undefined {
  const set = sets.find(SUB, RrType.NS);
  const octets = way.measure(sets, SUB, set);
  if (octets === 0) return undefined;
  const words = new Uint32Array(ROOM);
  way.write(sets, SUB, set, words, new Uint8Array(words.buffer), 0);
  return Buffer.from(words.buffer, 0, octets).toString("hex");
}

/** The first owner after the apex. */
const SUB = 1;

/** Servers below the cut, with one label more, or two, or none; in other case; and elsewhere. */
const server = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom("a.sub", "b.sub", "c.sub", "B.Sub", "*.sub", `${"x".repeat(63)}.sub`) },
  { weight: 1, arbitrary: fc.constantFrom("sub", "a.b.sub", "b.a.sub", "a", "sub.sub", "ns.example.net.") },
);
const addresses = fc.tuple(
  fc.constantFrom("a.sub", "b.sub", "c.sub", "B.sub", "*.sub", "a.b.sub", "a"),
  fc.oneof(
    fc.nat(255).map((n) => `A 192.0.2.${n}`),
    fc.nat(255).map((n) => `AAAA 2001:db8::${n}`),
    fc.constant("TXT x"),
    fc.constant("RRSIG A 13 3 60 20300101000000 20200101000000 1 example. AAAA"),
  ),
);
const lines = fc
  .tuple(fc.array(server, { minLength: 1, maxLength: 5 }), fc.array(addresses, { maxLength: 12 }))
  .map(([servers, glue]) => [
    ...servers.map((name) => `sub 60 NS ${name}`),
    ...glue.map(([owner, data]) => `${owner} 30 ${data}`),
  ]);

test("a cut with servers below it: the short way, where it can be taken, makes what the long way does", () => {
  const cut = new CutLinks();
  const any = new AnyLinks();
  let short = 0;
  const property = fc.property(lines, (zone) => {
    const sets = gathered(zone);
    const links = made(cut, sets);
    if (links === undefined) return;
    short++;
    expect(links).toBe(made(any, sets));
  });
  fc.assert(property, { numRuns: 2000 });
  expect(short).toBeGreaterThan(200);
});

const servers = (count: number) => Array.from({ length: count }, (_, i) => `sub NS n${i}.sub`);
const glue = (count: number, owner: (i: number) => string) =>
  Array.from({ length: count }, (_, i) => `${owner(i)} A 192.0.2.${i}`);

test("the short way has its limits: thirteen servers, 64 addresses", () => {
  const links = (...parts: string[][]) => made(new CutLinks(), gathered(parts.flat()));
  const any = (...parts: string[][]) => made(new AnyLinks(), gathered(parts.flat()));
  const thirteen = [servers(13), glue(13, (i) => `n${i}.sub`)];
  expect(links(...thirteen)).toBe(any(...thirteen));
  expect(
    links(
      servers(14),
      glue(14, (i) => `n${i}.sub`),
    ),
  ).toBeUndefined();
  const most = [["sub NS n.sub"], glue(64, () => "n.sub")];
  expect(links(...most)).toBe(any(...most));
  expect(
    links(
      ["sub NS n.sub"],
      glue(65, () => "n.sub"),
    ),
  ).toBeUndefined();
});

test("a maker that has made the links of other zones makes the same image", () => {
  const maker = new LinkMaker();
  fc.assert(
    fc.property(lines, (zone) => {
      expect(Buffer.from(compiled(zone, maker).buffer).equals(Buffer.from(compiled(zone).buffer))).toBe(true);
    }),
    { numRuns: 300 },
  );
});

test("an RRset with more names than are kept at hand: its targets are found, and no answer is ready", () => {
  const many = [servers(300), glue(250, (i) => `n${i + 50}.sub`)].flat();
  const zone = compiled(many);
  const links = zone.links(zone.rrset(lookup(zone, nameOf("sub.example."), 0), RrType.NS)) >>> 2;
  expect([...zone.words.subarray(links, links + 3)]).toEqual([0, 0, 250]);
});
