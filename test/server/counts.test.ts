import { expect, test } from "vitest";
import { Count, Counters } from "../../src/answer/counters.ts";
import { countsOf } from "../../src/server/counts.ts";

test("threads' counts are added up, and rows named without their zeros", () => {
  const [a, b] = [new Counters(), new Counters()];
  a.cells[Count.UDP4] = 5;
  b.cells[Count.UDP4] = 2;
  b.cells[Count.TCP6] = 1;
  b.cells[Count.FORGED] = 4;
  for (const rcode of [0, 3]) a.reply(rcode);
  for (const rcode of [3, 16, 21, 4095]) b.reply(rcode);
  for (const type of [1, 28]) a.question(type);
  for (const type of [1, 257, 65_280, 259]) b.question(type);
  expect(countsOf([a, b])).toEqual({
    queries: { udp4: 7, udp6: 0, tcp4: 0, tcp6: 1, tls4: 0, tls6: 0 },
    edns: 0,
    dnssecOk: 0,
    truncated: 0,
    dropped: { forged: 4, notAQuery: 0, fault: 0, unsent: 0, shed: 0, denied: 0 },
    denied: { refused: 0, connections: 0 },
    gate: { shut: 0, keptOut: 0 },
    limited: { dropped: 0, slipped: 0, badcookie: 0, logged: 0 },
    rcodes: { NOERROR: 1, NXDOMAIN: 2, BADVERS: 1, RCODE21: 1, OTHER: 1 },
    types: { A: 2, AAAA: 1, CAA: 1, OTHER: 2 },
  });
});
