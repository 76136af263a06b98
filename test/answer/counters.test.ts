/** What a responder counts: every query once, by what it was and what came of it. */

import { expect, test } from "vitest";
import { Catalogue } from "../../src/answer/catalogue.ts";
import { Chaos } from "../../src/answer/chaos.ts";
import { COUNTS_BYTES, Count, Counters, RCODES, TYPES } from "../../src/answer/counters.ts";
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

/** The counts that queries make, by number of the cell. */
function counted(...queries: Uint8Array[]): Map<number, number> {
  const counters = new Counters(new SharedArrayBuffer(COUNTS_BYTES));
  const catalogue = new Catalogue();
  catalogue.set(nameFromText("example."), zoneFromText("example.", TEXT, "counters"));
  catalogue.complete = true;
  const settings = { payload: 1232, identity: new Uint8Array(0), cookies: undefined, idle: 10 };
  const respond = responder(catalogue, new Chaos("pop", undefined), settings, counters);
  const reply = new Uint8Array(1232);
  for (const query of queries) respond(query, query.length, reply, client);
  return new Map([...counters.cells.entries()].filter(([, count]) => count > 0));
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
