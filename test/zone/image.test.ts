/** Images: names found in them as a plain model finds them, the hash table's corners, the indexes of NSEC and NSEC3. */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { nameToText } from "../../src/text/name.ts";
import { hashLabel } from "../../src/wire/name.ts";
import { RrType } from "../../src/wire/rrtype.ts";
import { find, lookup, lookupWildcard, Match, Search } from "../../src/zone/find.ts";
import { Denial, NSEC3_ENTRY, Word, Zone } from "../../src/zone/image.ts";
import { Nsec3Hash } from "../../src/zone/nsec3hash.ts";
import { OwnerFlag } from "../../src/zone/ownerflag.ts";
import { nameOf } from "./loading.ts";
import { compiled, type Entry, Model } from "./model.ts";
import { loadSample, samples } from "./samples.ts";

const absolute = (labels: readonly string[]) => [...labels, "example."].join(".");

function ownerOf(zone: Zone, node: number): string {
  const out = new Uint8Array(256);
  return nameToText(out.subarray(0, zone.nameOf(node, out, 0)));
}

const rdata = new Map<number, string>([
  [RrType.A, "A 192.0.2.1"],
  [RrType.TXT, 'TXT "x"'],
  [RrType.NS, "NS ns.example.net."],
  [RrType.DNAME, "DNAME example.net."],
  [RrType.CNAME, "CNAME example.net."],
  [RrType.NSEC3, `NSEC3 1 0 0 - ${"0".repeat(32)} A`],
]);
const label = fc.constantFrom("a", "b", "*", "A");
const labels = fc.array(label, { maxLength: 3 });
const entry = fc.record({ owner: labels, type: fc.constantFrom(...rdata.keys()) });
/** The apex has NS in any case, and no name of the tree has a DNAME beside NS: nothing says which one wins. */
const tree = fc
  .uniqueArray(entry, { maxLength: 10, selector: ({ owner, type }) => `${owner.join(".").toLowerCase()} ${type}` })
  .map((entries) => entries.filter(({ owner, type }) => owner.length > 0 || type !== RrType.NSEC3))
  .filter((entries) => !entries.some(({ owner, type }) => type === RrType.DNAME && hasNs(entries, owner)));

function hasNs(entries: readonly Entry[], owner: readonly string[]): boolean {
  return new Model(entries).has(owner, RrType.NS);
}

function zoneOf(entries: readonly Entry[]): Zone {
  return compiled(entries.map(({ owner, type }) => `${absolute(owner)} ${rdata.get(type)}`));
}

describe("against the model", () => {
  test("the walk: exact, absent and the closest encloser, below cuts and DNAMEs", () => {
    const search = new Search();
    const property = fc.property(
      tree,
      fc.array(fc.array(label, { maxLength: 4 }), { minLength: 5 }),
      (entries, asked) => {
        const zone = zoneOf(entries);
        const model = new Model(entries);
        for (const one of [...asked, ...entries.map(({ owner }) => owner)]) {
          find(zone, nameOf(absolute(one)), search);
          const { match, node } = model.find(one);
          expect({ match: search.match, node: ownerOf(zone, search.node) }, absolute(one)).toEqual({
            match,
            node: absolute(node).toLowerCase(),
          });
          expect(search.label).toBe(one.length - node.length);
        }
      },
    );
    fc.assert(property, { numRuns: 500 });
  });

  test("nodes: their types, and whether a wildcard is below them", () => {
    const property = fc.property(tree, labels, (entries, one) => {
      const zone = zoneOf(entries);
      const model = new Model(entries);
      const name = nameOf(absolute(one));
      const node = one.length === 0 ? zone.top : lookup(zone, name, 0);
      expect(node !== 0).toBe(model.exists(one));
      expect(lookupWildcard(zone, name, 0) !== 0).toBe(model.exists(["*", ...one]));
      if (node === 0) return;
      expect((zone.flags(node) & OwnerFlag.WILDCARD_BELOW) !== 0).toBe(model.exists(["*", ...one]));
      for (const type of rdata.keys()) {
        const atApex = one.length === 0 && type === RrType.NS;
        expect(zone.rrset(node, type) !== 0).toBe(model.has(one, type) || atApex);
      }
    });
    fc.assert(property, { numRuns: 500 });
  });
});

test("signatures alone make no cut and no alias", () => {
  const search = new Search();
  const signed = "15 2 3600 20370101000000 20200101000000 1 example. AAAA";
  for (const type of ["NS", "CNAME", "DNAME"]) {
    const zone = compiled([`a RRSIG ${type} ${signed}`, "b.a A 192.0.2.1"]);
    for (const name of ["a.example.", "b.a.example."]) {
      find(zone, nameOf(name), search);
      expect(search.match).toBe(Match.EXACT);
      expect(zone.flags(search.node) & OwnerFlag.CNAME).toBe(0);
    }
  }
});

describe("the hash table", () => {
  test("the apex alone", () => {
    const zone = compiled([]);
    expect(zone.words[Word.OWNERS]).toBe(1);
    expect(lookup(zone, nameOf("a.example."), 0)).toBe(0);
    expect(lookupWildcard(zone, nameOf("example."), 0)).toBe(0);
  });

  test("any number of owners: all are found, and no others", () => {
    for (const count of [1, 2, 3, 4, 7, 8, 9, 1023, 1024, 1025, 5000]) {
      const zone = compiled(Array.from({ length: count }, (_, i) => `h${i} A 192.0.2.1`));
      for (let i = 0; i < count; i++) {
        expect(ownerOf(zone, lookup(zone, nameOf(`H${i}.EXAMPLE.`), 0))).toBe(`h${i}.example.`);
        expect(lookup(zone, nameOf(`g${i}.example.`), 0)).toBe(0);
      }
    }
  });

  test("names with the same hash are told apart", () => {
    const [one, other] = collision();
    const zone = compiled([`${one} A 192.0.2.1`, `${other} A 192.0.2.1`]);
    expect(nameOf(`${one}.example.`).hash[0]).toBe(nameOf(`${other}.example.`).hash[0]);
    for (const text of [one, other])
      expect(ownerOf(zone, lookup(zone, nameOf(`${text}.example.`), 0))).toBe(`${text}.example.`);
    expect(lookup(compiled([`${one} A 192.0.2.1`]), nameOf(`${other}.example.`), 0)).toBe(0);
  });

  test("owners that all want the last slot go on at the first", () => {
    const wanted = Array.from({ length: 40_000 }, (_, i) => `n${i}`).filter(
      (text) => (nameOf(`${text}.example.`).hash[0] & 0xff) === 0xff,
    );
    const some = wanted.slice(0, 100);
    const zone = compiled(some.map((text) => `${text} A 192.0.2.1`));
    expect(zone.tableMask).toBe(0xff);
    for (const text of some)
      expect(ownerOf(zone, lookup(zone, nameOf(`${text}.example.`), 0))).toBe(`${text}.example.`);
    for (const text of wanted.slice(100)) expect(lookup(zone, nameOf(`${text}.example.`), 0)).toBe(0);
  });

  test("names at the limits", () => {
    const long = [63, 63, 63, 53].map((length) => "x".repeat(length)).join(".");
    const deep = Array.from({ length: 123 }, () => "y").join(".");
    const zone = compiled([`${long} A 192.0.2.1`, `${deep} A 192.0.2.1`]);
    for (const text of [long, deep])
      expect(ownerOf(zone, lookup(zone, nameOf(`${text}.example.`), 0))).toBe(`${text}.example.`);
    expect(zone.words[Word.OWNERS]).toBe(1 + 4 + 123);
  });

  /** Two labels with one hash, the first that a search in order meets. */
  function collision(): [string, string] {
    const seen = new Map<number, string>();
    for (let i = 0; ; i++) {
      const text = `c${i}`;
      const hash = hashLabel(Buffer.from(text), 0, text.length);
      const before = seen.get(hash);
      if (before !== undefined) return [before, text];
      seen.set(hash, text);
    }
  }
});

describe("the header", () => {
  test("counts, serial and the TTL of negative answers: the lesser of the SOA's TTL and minimum (RFC 2308 §5)", () => {
    const zone = compiled(["a A 192.0.2.1", "a A 192.0.2.1", "a A 192.0.2.2", "b.c A 192.0.2.1"]);
    expect([Word.OWNERS, Word.RRSETS, Word.RECORDS].map((word) => zone.words[word])).toEqual([4, 4, 5]);
    expect(zone.serial).toBe(1);
    expect(zone.negativeTtl).toBe(300);
    expect(zone.denial).toBe(Denial.NONE);
  });

  test("bytes of another format, or cut short, are no image", () => {
    const { buffer } = compiled([]);
    expect(() => new Zone(new SharedArrayBuffer(256))).toThrow(RangeError);
    expect(() => new Zone(buffer.slice(0, buffer.byteLength - 4))).toThrow(RangeError);
    const other = buffer.slice(0);
    new Uint32Array(other)[Word.FORMAT]++;
    expect(() => new Zone(other)).toThrow("not a zone image of this version");
    // Found by fuzzing: a name without an end was read for ever.
    const endless = buffer.slice(0);
    new Uint8Array(endless).fill(1, new Uint32Array(endless)[Word.APEX], new Uint32Array(endless)[Word.APEX] + 2);
    new Uint32Array(endless)[Word.APEX_LENGTH] = 2;
    expect(() => new Zone(endless)).toThrow("its zone has no name");
  });
});

function sampleZone(file: string): Zone {
  const sample = samples("good").find((one) => one.file === file)!;
  return new Zone(loadSample(sample).image!);
}

describe("NSEC", () => {
  test("in the canonical order of RFC 4034 §6.1, whatever the order of the file", () => {
    const order = ["", "a.", "yljkjljk.a.", "Z.a.", "zABC.a.", "z.", "\\001.z.", "*.z.", "\\200.z."];
    const lines = order.toSorted().map((owner) => `${owner}example. NSEC example. A`);
    const zone = compiled(lines);
    expect(zone.denial).toBe(Denial.NSEC);
    expect(nsecOwners(zone)).toEqual(order.map((owner) => `${owner.toLowerCase()}example.`));
  });

  test("of a signed zone: every owner that has one, none below a cut", () => {
    const zone = sampleZone("signed-nsec.zone");
    expect(nsecOwners(zone)).toEqual(
      ["", "a.ent.", "safe.", "sub.", "*.w.", "www."].map((owner) => `${owner}example.`),
    );
  });

  function nsecOwners(zone: Zone): string[] {
    const at = zone.words[Word.NSEC] >>> 2;
    const entries = [...zone.words.subarray(at, at + zone.words[Word.NSEC_COUNT])];
    return entries.map((entry) => ownerOf(zone, zone.words[entry >>> 2]));
  }
});

describe("NSEC3", () => {
  test.each(["signed-nsec3.zone", "signed-nsec3-opt-out.zone", "dname-at-apex-nsec3.zone"])("%s", (file) => {
    const zone = sampleZone(file);
    const { words, bytes } = zone;
    expect(zone.denial).toBe(Denial.NSEC3);
    const entries = Array.from({ length: words[Word.NSEC3_COUNT] }, (_, i) => words[Word.NSEC3] + i * NSEC3_ENTRY);
    const hashes = entries.map((at) => Buffer.from(bytes.slice(at, at + 20)).toString("hex"));
    expect(hashes).toEqual(hashes.toSorted());
    const apex = Buffer.from(new Nsec3Hash().hash(zone.apex, zone.apex.length, new Uint8Array(0), 0, 0, 0));
    expect(hashes).toContain(apex.toString("hex"));
    for (const at of entries) {
      const node = words[(at + 20) >>> 2];
      expect(zone.rrset(node, RrType.NSEC3)).not.toBe(0);
      // RFC 5155 §7.2.8: its owner is no name that can be asked for.
      expect(lookup(zone, nameOf(ownerOf(zone, node)), 0)).toBe(0);
    }
  });

  test("its parameters: iterations and salt", () => {
    const zone = new Zone(loadSample(samples("broken").find(({ file }) => file === "nsec3-iterations.zone")!).image!);
    const { words, bytes } = zone;
    expect(words[Word.NSEC3_ITERATIONS]).toBe(5);
    const salt = words[Word.NSEC3_SALT];
    expect([...bytes.slice(salt, salt + words[Word.NSEC3_SALT_LENGTH])]).toEqual([0xaa, 0xbb]);
  });
});
