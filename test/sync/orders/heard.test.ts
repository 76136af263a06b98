/** What POPs read of each other's reports. */

import { expect, test } from "vitest";
import { Ear } from "../../../src/sync/orders/heard.ts";
import { type PopReport, readReport } from "../../../src/sync/report.ts";
import { octetsOf, reportOf, standingOf } from "./standings.ts";

const AT = "2026-03-01T00:00:00.000Z";

function heard(octets: Uint8Array, ear: Ear = new Ear("lhr1", () => undefined), pop = "fra1") {
  return ear.hear({ pop, order: 7, octets }, false);
}

test("standings, the interval and the time of writing are read; the rest stands behind", () => {
  const plan = { to: "drain", by: "alice", why: "kernel\nnew", at: 5, until: 9 } as const;
  const ask = { ticket: "t1", to: "drain", planned: true, both: false, place: 4 } as const;
  const standings = [
    standingOf({ phase: "asking", why: "fra1 is draining", plan, ask }),
    standingOf({ service: "ns2" }),
  ];
  const octets = octetsOf("fra1", { standings, at: AT, every: 5, ordered: { id: 3, refused: { id: 2, why: "no" } } });
  expect(heard(octets)).toEqual({
    ...{ pop: "fra1", every: 5, standings, order: 7, at: Date.parse(AT), behind: false, sent: undefined },
  });
  expect(readReport(octets)).toEqual(reportOf("fra1", { ...readReport(octets), standings, at: AT, every: 5 }));
});

test("own reports of this run come back with when they were sent", () => {
  const ear = new Ear("lhr1", (at) => (at === AT ? 1234 : undefined));
  expect(heard(octetsOf("lhr1", { at: AT }), ear, "lhr1")?.sent).toBe(1234);
  expect(heard(octetsOf("lhr1", { at: "2026-02-28T00:00:00.000Z" }), ear, "lhr1")?.sent).toBeUndefined();
  expect(heard(octetsOf("fra1", { at: AT }), ear)?.sent).toBeUndefined();
});

test("while a POP says the same, the same standings come again; then the new ones", () => {
  const ear = new Ear("lhr1", () => undefined);
  const first = heard(octetsOf("fra1", { at: AT }), ear);
  const second = heard(octetsOf("fra1", { at: "2026-03-01T00:00:07.500Z", position: 9 }), ear);
  expect(second?.standings).toBe(first?.standings);
  expect(second?.at).toBe(Date.parse(AT) + 7500);
  expect(heard(octetsOf("fra1", { standings: [] }), ear)?.standings).toEqual([]);
});

test("a report of an older release has no standings", () => {
  const { standings: _, ...older } = reportOf("fra1", { at: AT });
  const octets = Buffer.from(JSON.stringify(older));
  expect(heard(octets)).toMatchObject({ pop: "fra1", standings: [], at: Date.parse(AT) });
  expect(readReport(octets)).toMatchObject({ pop: "fra1", standings: [] });
});

test("what a POP writes that is no report, or in another's name, or no standing, harms nobody", () => {
  for (const text of [
    "",
    "\n\n",
    "{}",
    "null",
    "[]",
    '{"v":2,"pop":"fra1"}',
    "x\ny\nz",
    '{"v":1,"pop":7,\n"at":"x",\n}',
  ]) {
    expect(heard(Buffer.from(text)), text).toBeUndefined();
    expect(readReport(Buffer.from(text)), text).toBeUndefined();
  }
  expect(heard(octetsOf("fra2"))).toBeUndefined();
  const wrong = [null, 7, {}, { service: "ns1" }, { ...standingOf(), prefixes: [{ prefix: "x", level: "on" }] }];
  const odd = { ...standingOf(), why: 7, plan: { to: "off" }, ask: { ticket: 1 } };
  const standings = [...wrong, odd, standingOf({ service: "ns2" })] as unknown as PopReport["standings"];
  expect(heard(octetsOf("fra1", { standings }))?.standings).toEqual([standingOf(), standingOf({ service: "ns2" })]);
});
