/** What a responder counts: every query once, by what it was and what came of it. */

import fc from "fast-check";
import { expect, test } from "vitest";
import { Catalogue } from "../../src/answer/catalogue.ts";
import { Chaos } from "../../src/answer/chaos.ts";
import { COUNTS_BYTES, Count, Counters, QUERIES, RCODES, SIZES, TIMES, TYPES, Way } from "../../src/answer/counters.ts";
import { responder } from "../../src/answer/respond.ts";
import { nameFromText } from "../../src/text/name.ts";
import { Rcode } from "../../src/wire/header.ts";
import { RrType } from "../../src/wire/rrtype.ts";
import { queryFromText } from "../support/query.ts";
import { zoneFromText } from "../support/server.ts";

const TEXT = `@ 60 SOA a b 1 2 3 4 5
@ 60 NS ns.example.net.
www 60 A 192.0.2.1
${Array.from({ length: 40 }, (_, i) => `many 60 A 192.0.2.${i}`).join("\n")}
`;

const client = { stream: false, encrypted: false, address: () => Uint8Array.of(192, 0, 2, 1), seconds: () => 0 };

/** The counts that queries make, by number of the cell; sizes are left out. */
function counted(...queries: Uint8Array[]): Map<number, number> {
  const counters = new Counters(new SharedArrayBuffer(COUNTS_BYTES));
  const catalogue = new Catalogue();
  catalogue.set(nameFromText("example."), zoneFromText("example.", TEXT, "counters"));
  catalogue.complete = true;
  const settings = { payload: 1232, identity: new Uint8Array(0), cookies: undefined, idle: 10 };
  const respond = responder(catalogue, new Chaos("pop", undefined), settings, counters);
  const reply = new Uint8Array(1232);
  for (const query of queries) {
    const replied = respond(query, query.length, reply, client);
    if (replied > 0) expect(takeSizes(counters)).toEqual([query.length >>> 4, SIZES + (replied >>> 4)]);
  }
  return countsIn(counters);
}

/** The cells of sizes that were counted in, from the first of them on; they are cleared. */
function takeSizes({ cells }: Counters): number[] {
  const sizes = cells.subarray(Count.SIZE);
  const found = [...sizes.keys()].filter((i) => sizes[i] > 0);
  sizes.fill(0);
  return found;
}

function countsIn({ cells }: Counters): Map<number, number> {
  return new Map([...cells.entries()].filter(([, count]) => count > 0));
}

const asked = (...texts: string[]) => counted(...texts.map((text) => queryFromText(text).bytes));

test("a reply by its response code, a well-formed question by its type", () => {
  expect(asked("www.example. A", "www.example. A", "x.example. AAAA", "other. MX")).toEqual(
    new Map([
      [Count.RCODE + Rcode.NOERROR, 2],
      [Count.RCODE + Rcode.NXDOMAIN, 1],
      [Count.RCODE + Rcode.REFUSED, 1],
      [Count.TYPE + RrType.A, 2],
      [Count.TYPE + RrType.AAAA, 1],
      [Count.TYPE + RrType.MX, 1],
    ]),
  );
});

test("types above the last that is counted are counted together", () => {
  expect(asked("www.example. TYPE65280", "www.example. TYPE300").get(Count.TYPE + TYPES - 1)).toBe(2);
});

test("EDNS, and those with DO", () => {
  const counts = asked("www.example. A +edns", "www.example. A +dnssec", "www.example. A");
  expect([counts.get(Count.EDNS), counts.get(Count.DNSSEC_OK)]).toEqual([2, 1]);
});

test("BADVERS by its whole code (RFC 6891 §6.1.3), and no type: nothing was asked in a way we know", () => {
  expect(asked("www.example. A +edns=1")).toEqual(
    new Map([
      [Count.EDNS, 1],
      [Count.RCODE + Rcode.BADVERS, 1],
    ]),
  );
});

test("replies that were truncated", () => {
  expect(asked("many.example. A", "www.example. A").get(Count.TRUNCATED)).toBe(1);
});

test("a malformed query has a code and no type", () => {
  const cut = queryFromText("www.example. A").bytes.slice(0, -1);
  expect(counted(cut)).toEqual(new Map([[Count.RCODE + Rcode.FORMERR, 1]]));
});

test("what gets no reply: replies, and less than a header", () => {
  const reply = queryFromText("www.example. A +qr").bytes;
  expect(counted(reply, new Uint8Array(11))).toEqual(new Map([[Count.NOT_A_QUERY, 2]]));
});

test("codes above the last that is counted are counted together", () => {
  const counters = new Counters();
  counters.reply(4095);
  counters.reply(RCODES);
  expect(counters.cells[Count.RCODE + RCODES - 1]).toBe(2);
});

test("what comes by different ways is counted in rows of its own", () => {
  const counters = new Counters();
  counters.take(Way.UDP6, 3);
  counters.reply(0);
  counters.question(1);
  counters.take(Way.TCP4, 1);
  counters.reply(0);
  counters.question(65_280);
  expect(countsIn(counters)).toEqual(
    new Map([
      [Count.UDP6, 3],
      [Count.TCP4, 1],
      [Count.RCODE + RCODES, 1],
      [Count.RCODE + 2 * RCODES, 1],
      [Count.TYPE + TYPES + 1, 1],
      [Count.TYPE + 3 * TYPES - 1, 1],
    ]),
  );
});

test("no two counts share a cell, whatever is counted: each adds one to one cell", () => {
  const way = fc.constantFrom(...Object.values(Way));
  fc.assert(
    fc.property(way, fc.nat(65_535), fc.nat(4095), (by, type, rcode) => {
      const counters = new Counters();
      counters.take(by, 1);
      counters.reply(rcode);
      counters.question(type);
      const cells = [...countsIn(counters).entries()];
      expect(cells.map(([, count]) => count)).toEqual([1, 1, 1]);
      // What TLS counts is behind the rows of all ways.
      const [taken, replied, asked] =
        by < Way.TLS4 ? cells.map(([cell]) => cell) : [2, 0, 1].map((i) => cells[i]?.[0] ?? -1);
      expect(taken).toBe(QUERIES[by]);
      expect(Math.floor((replied - Count.RCODE) / RCODES)).toBe(by);
      expect(Math.floor((asked - Count.TYPE) / TYPES)).toBe(by);
    }),
  );
});

test("the time of queries that came together is shared evenly, and every query is in one class", () => {
  const batch = fc.record({
    queries: fc.integer({ min: 1, max: 64 }),
    ms: fc.double({ min: 0, max: 1000, noNaN: true }),
  });
  fc.assert(
    fc.property(fc.array(batch), (batches) => {
      const counters = new Counters();
      for (const { queries, ms } of batches) counters.time(queries, ms);
      const classes = counters.cells.subarray(Count.TIMES, Count.TIMES + TIMES.length + 1);
      TIMES.forEach((bound, i) => {
        const within = batches.filter(({ queries, ms }) => ms / queries <= bound);
        const counted = classes.subarray(0, i + 1).reduce((sum, count) => sum + count, 0);
        expect(counted).toBe(within.reduce((sum, { queries }) => sum + queries, 0));
      });
      expect(classes.reduce((sum, count) => sum + count, 0)).toBe(
        batches.reduce((sum, { queries }) => sum + queries, 0),
      );
      expect(counters.cells[Count.TIME]).toBeCloseTo(batches.reduce((sum, { ms }) => sum + ms, 0));
    }),
  );
});
