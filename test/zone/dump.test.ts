/** An image written as a master file and compiled again is the same image, octet for octet. */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { nameFromText, nameToText } from "../../src/text/name.ts";
import { rdataToText } from "../../src/text/rdata.ts";
import { RrType, typeToText } from "../../src/wire/rrtype.ts";
import type { Loaded } from "../../src/zone/load.ts";
import { wireOf } from "../text/rdataarbitraries.ts";
import { dumped, EXAMPLE, HEAD, load, records, sourceOf } from "./loading.ts";

const NUM_RUNS = 300;
const folders = ["zones", "test/zone/good"].map((folder) => join(import.meta.dirname, "../..", folder));

function sameAgain(first: Loaded): void {
  const again = load(dumped(first).join("\n"), { apex: first.apex });
  expect(again.errors).toBe(0);
  expect(Buffer.from(again.image!).equals(Buffer.from(first.image!))).toBe(true);
}

describe("files", () => {
  for (const folder of folders) {
    for (const file of readdirSync(folder).filter((name) => name.endsWith(".zone"))) {
      test(file, () => {
        const name = file.replace(/\.zone$/, ".");
        const apex = folder.endsWith("zones") ? nameFromText(name) : file === "root.zone" ? nameFromText(".") : EXAMPLE;
        const include = (path: string) => sourceOf(path, readFileSync(join(folder, path)));
        sameAgain(load(readFileSync(join(folder, file)), { apex, include }));
      });
    }
  }
});

test("the SOA is first, then the image's order, RRSIGs after their RRset, names absolute and in lower case", () => {
  const lines = [
    "www.example. 60 IN RRSIG A 15 2 3600 20370101000000 20200101000000 1 example. AAAA",
    "WWW.example. 60 IN AAAA 2001:db8::1",
    "www.example. 60 IN A 192.0.2.1",
    "example. 3600 IN A 192.0.2.2",
  ];
  expect(dumped(load(HEAD + lines.join("\n")))).toEqual([
    "example. 3600 IN SOA ns.example.net. hostmaster.example.net. 1 7200 900 1209600 300",
    "example. 3600 IN A 192.0.2.2",
    "example. 3600 IN NS ns.example.net.",
    "www.example. 60 IN A 192.0.2.1",
    "www.example. 60 IN RRSIG A 15 2 3600 20370101000000 20200101000000 1 example. AAAA",
    "www.example. 60 IN AAAA 2001:db8::1",
  ]);
});

test("signatures without the RRset that they cover", () => {
  const line = "www.example. 60 IN RRSIG A 15 2 3600 20370101000000 20200101000000 1 example. AAAA";
  expect(records(line)).toEqual([line]);
});

/** Labels of all kinds: binary, short ones that meet each other, wildcards, and such as hold an NSEC3 hash. */
const label = fc.oneof(
  fc.constantFrom("a", "b", "*", "x", "B"),
  fc.uint8Array({ minLength: 1, maxLength: 12 }).map((octets) => Buffer.from(octets).toString("latin1")),
  fc.stringMatching(/^[0-9a-v]{32}$/),
);
const owner = fc.array(label, { maxLength: 4 }).map((labels) => {
  const wire = labels.flatMap((text) => [text.length, ...Buffer.from(text, "latin1")]);
  return nameToText(Uint8Array.of(...wire, ...EXAMPLE));
});
/** What stands alone at its owner, or only at the apex, is left to the tests of the checks. */
const alone: readonly number[] = [RrType.SOA, RrType.CNAME, RrType.DNAME, RrType.NSEC3PARAM, RrType.NSEC];
const types = [...wireOf.keys()].filter((type) => !alone.includes(type));
const record = fc
  .oneof(fc.constantFrom(...types), fc.constant(RrType.NSEC3))
  .chain((type) =>
    fc
      .tuple(owner, fc.nat(2 ** 31 - 1), wireOf.get(type)!)
      .map(([name, ttl, rdata]) => `${name} ${ttl} IN ${typeToText(type)} ${rdataToText(type, rdata)}`),
  );
const unknown = fc
  .tuple(owner, fc.integer({ min: 65280, max: 65534 }), fc.uint8Array({ maxLength: 20 }))
  .map(([name, type, rdata]) => `${name} 60 IN TYPE${type} ${rdataToText(type, rdata)}`);

test("random zones: binary labels, wildcards, cuts, empty non-terminals, NSEC3, every type", () => {
  const property = fc.property(fc.array(fc.oneof(record, unknown), { maxLength: 30 }), (lines) => {
    const loaded = load(HEAD + lines.join("\n"));
    // A random target may be a name in the zone, without address; then there is nothing to compare.
    fc.pre(loaded.errors === 0);
    sameAgain(loaded);
  });
  fc.assert(property, { numRuns: NUM_RUNS });
});
