/** What a POP's guard finds, the publisher's has found: whoever overrode it there is not stopped at the POPs. */

import fc from "fast-check";
import { expect, test } from "vitest";
import { deltaGuards } from "../../src/zone/delta/guards.ts";
import { popGuard } from "../../src/zone/delta/popguard.ts";
import { diffZones } from "../../src/zone/diff.ts";
import { rrsig, version } from "./diffing.ts";
import { NOW } from "./loading.ts";

const NUM_RUNS = 500;

const host = fc.nat(30).map((n) => `h${n} A 192.0.2.1`);
const hidden = fc.nat(30).map((n) => `x.y.z${n} A 192.0.2.1`);
const hash = fc.nat(30).map((n) => String(n).padStart(32, "0"));
const nsec3 = fc.tuple(hash, hash).map(([name, next]) => `${name} NSEC3 1 0 0 - ${next} A`);
const apex = fc.constantFrom(
  "@ DNSKEY 257 3 15 AAAA",
  "@ DNSKEY 257 3 15 BBBB",
  "@ NS a.example.net.",
  "@ NSEC h0 A",
  "@ NSEC3PARAM 1 0 0 -",
  "@ TXT x",
);
const signature = fc.nat(30).map((n) => rrsig(`h${n}`, "A"));
const lines = fc
  .tuple(fc.array(fc.oneof(host, hidden, nsec3, signature), { maxLength: 60 }), fc.uniqueArray(apex, { maxLength: 3 }))
  .map(([names, top]) => [...top, ...names].join("\n"));

test("its findings are some of the publisher's, by their guards' names", () => {
  const property = fc.property(lines, lines, fc.integer({ min: 0, max: 100 }), (first, second, shrink) => {
    const before = version(1, first);
    const after = version(2, second);
    const all = deltaGuards(before, after, diffZones(before, after), { shrink, ttl: 10, rrsig: 3 }, NOW);
    const guards = all.map(({ guard }) => guard);
    for (const { guard } of popGuard(before, after, { shrink })) expect(guards).toContain(guard);
    expect(new Set(guards).size).toBe(guards.length);
  });
  fc.assert(property, { numRuns: NUM_RUNS });
});
