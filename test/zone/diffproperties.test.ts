/** What holds for the difference of any two versions of a zone. */

import fc from "fast-check";
import { expect, test } from "vitest";
import { diffZones } from "../../src/zone/diff.ts";
import { type Changes, isUnchanged, type RrsetChange, type ZoneDiff } from "../../src/zone/diffresult.ts";
import type { Zone } from "../../src/zone/image.ts";
import { rrsig, version } from "./diffing.ts";
import { dumpZone } from "./dumping.ts";

const NUM_RUNS = 500;

/** Few names, so that versions share them; one only ever holds NSEC3, and some make empty non-terminals. */
const owner = fc.constantFrom("@", "a", "b", "*", "x.a", "x.y.b", "WWW", "\\001\\046");
const ttl = fc.constantFrom(60, 300);
const rdata = fc.constantFrom(
  "A 192.0.2.1",
  "A 192.0.2.2",
  "TXT x",
  "MX 10 a",
  "NS a.x.a",
  "DS 1 13 250 00",
  "TYPE65300 \\# 0",
);
const plain = fc.tuple(owner, ttl, rdata).map(([name, seconds, data]) => `${name} ${seconds} ${data}`);
const hash = fc.constantFrom("0", "1", "2").map((digit) => digit.repeat(32));
const nsec3 = fc.tuple(hash, hash).map(([name, next]) => `${name} NSEC3 1 0 0 - ${next} A`);
const signature = fc.tuple(
  fc.constantFrom("@", "a"),
  fc.constantFrom("A", "TXT", "SOA"),
  fc.constantFrom("AAAA", "BBBB"),
);
const line = fc.oneof(
  { weight: 5, arbitrary: plain },
  { weight: 1, arbitrary: nsec3 },
  { weight: 3, arbitrary: signature.map(([name, type, key]) => rrsig(name, type, "20370101000000", key)) },
);
const zone = fc
  .tuple(fc.integer({ min: 1, max: 9 }), fc.array(line, { maxLength: 25 }))
  .map(([serial, lines]) => ({ serial, lines, zone: version(serial, lines.join("\n")) }));

const everything = { limit: Number.POSITIVE_INFINITY };

interface State {
  ttl: number;
  records: Set<string>;
  signatures: Set<string>;
}

/** A zone as plainly as can be: RRsets by owner and type. */
function stateOf(image: Zone): Map<string, State> {
  const rrsets = new Map<string, State>();
  for (const text of dumpZone(image)) {
    const [, name, seconds, type, data] = /^(\S+) (\d+) IN (\S+) (.*)$/.exec(text) ?? [];
    const covered = type === "RRSIG" ? data.split(" ")[0] : type;
    const state = rrsets.get(`${name} ${covered}`) ?? {
      ttl: Number(seconds),
      records: new Set(),
      signatures: new Set(),
    };
    (type === "RRSIG" ? state.signatures : state.records).add(data);
    rrsets.set(`${name} ${covered}`, state);
  }
  return rrsets;
}

/** The same RRsets with a diff applied. */
function applied(rrsets: Map<string, State>, diff: ZoneDiff): Map<string, State> {
  const put = (change: RrsetChange, into: "records" | "signatures") => {
    const key = `${change.owner} ${change.type}`;
    const state = rrsets.get(key) ?? { ttl: change.after!.ttl, records: new Set(), signatures: new Set() };
    expect([...state[into]].sort()).toEqual([...(change.before?.records ?? [])].sort());
    if (change.after) state.ttl = change.after.ttl;
    for (const record of change.lost) state[into].delete(record);
    for (const record of change.gained) state[into].add(record);
    rrsets.set(key, state);
  };
  for (const change of [...diff.rrsets.list, ...diff.denial.list]) put(change, "records");
  for (const change of diff.signatures.list) put(change, "signatures");
  const soa = rrsets.get("example. SOA")!;
  soa.records = new Set([...soa.records].map((data) => data.replace(/ \d+ 7200 /, ` ${diff.serials.after} 7200 `)));
  return new Map([...rrsets].filter(([, { records, signatures }]) => records.size + signatures.size > 0));
}

test("a zone and itself, in any order: no difference", () => {
  const shuffled = zone.chain(({ serial, lines, zone: one }) =>
    fc
      .shuffledSubarray(lines, { minLength: lines.length })
      // An RRset's TTL is that of its first record: this leaves zones whose TTLs the order does not change.
      .map((others) => [one, version(serial, others.join("\n"))] as const)
      .filter(([a, b]) => [...dumpZone(a)].sort().join() === [...dumpZone(b)].sort().join()),
  );
  fc.assert(
    fc.property(shuffled, ([one, other]) => {
      expect(isUnchanged(diffZones(one, one))).toBe(true);
      expect(diffZones(one, one).respelled).toBe(0);
      expect(isUnchanged(diffZones(one, other))).toBe(true);
    }),
    { numRuns: NUM_RUNS },
  );
});

test("applied to the earlier version, it gives the later one", () => {
  fc.assert(
    fc.property(zone, zone, ({ zone: before }, { zone: after }) => {
      const diff = diffZones(before, after, everything);
      expect(applied(stateOf(before), diff)).toEqual(stateOf(after));
    }),
    { numRuns: NUM_RUNS },
  );
});

test("the other way round, what was added is removed", () => {
  const turned = ({ added, removed, changed, list }: Changes): Changes => ({
    added: removed,
    removed: added,
    changed,
    list: list.map(({ owner: name, type, before, after, lost, gained }) => ({
      owner: name,
      type,
      ...(after && { before: after }),
      ...(before && { after: before }),
      lost: gained,
      gained: lost,
    })),
  });
  fc.assert(
    fc.property(zone, zone, ({ zone: before }, { zone: after }) => {
      const there = diffZones(before, after, everything);
      const back = diffZones(after, before, everything);
      for (const kind of ["rrsets", "signatures", "denial"] as const) expect(back[kind]).toEqual(turned(there[kind]));
      expect(back.respelled).toBe(there.respelled);
    }),
    { numRuns: NUM_RUNS },
  );
});

test("whatever the limit, all is counted", () => {
  fc.assert(
    fc.property(zone, zone, fc.nat(5), ({ zone: before }, { zone: after }, limit) => {
      const full = diffZones(before, after, everything);
      const short = diffZones(before, after, { limit });
      for (const kind of ["rrsets", "signatures", "denial"] as const) {
        expect({ ...short[kind], list: [] }).toEqual({ ...full[kind], list: [] });
        expect(short[kind].list.length).toBe(Math.min(limit, full[kind].list.length));
      }
    }),
    { numRuns: NUM_RUNS },
  );
});
