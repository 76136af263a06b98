/** Which orders a POP takes. */

import { expect, test } from "vitest";
import { newPrivateKey, signerFrom, Trust } from "../../../src/sync/manifest/keys.ts";
import { OrderJudge, standingOrders } from "../../../src/sync/orders/judge.ts";
import type { Order } from "../../../src/sync/orders/order.ts";
import { orderMessage } from "../../../src/sync/orders/ordermessage.ts";
import { orderOf } from "./standings.ts";

const DAY = 86_400_000;
const NOW = Date.parse("2026-03-01T00:00:00Z");
const signer = signerFrom(newPrivateKey());
const trust = new Trust([signer.publicKey]);

/** What becomes of orders one after the other, as "taken 5", "known" or "refused: why". */
function judged(last: number, orders: readonly (Partial<Order> & { readonly old?: boolean })[]): string[] {
  const judge = new OrderJudge("lhr1", trust, last);
  return orders.map(({ old = false, ...more }, i) => {
    const octets = orderMessage(orderOf({ at: NOW, ...more }), signer);
    const judgement = judge.judge({ pop: "lhr1", revision: i + 1, octets }, old, NOW);
    if (judgement.is === "taken") return `taken ${judgement.order.id}`;
    return judgement.is === "known" ? "known" : `refused: ${judgement.why}`;
  });
}

test("each that is above the last", () => {
  expect(judged(0, [{ id: 1 }, { id: 2 }, { id: 7 }])).toEqual(["taken 1", "taken 2", "taken 7"]);
});

test("none twice, and none from before: who only holds the store can't give an order again", () => {
  expect(judged(5, [{ id: 5 }, { id: 6 }, { id: 6, why: "again" }])).toEqual([
    "refused: order 5 to lhr1 is not above order 5, which was the last: give it again",
    "taken 6",
    "refused: order 6 to lhr1 is not above order 6, which was the last: give it again",
  ]);
});

test("what lay in the store and was taken before is nothing new", () => {
  expect(
    judged(5, [
      { id: 4, old: true },
      { id: 5, old: true },
      { id: 6, old: true },
    ]),
  ).toEqual(["known", "known", "taken 6"]);
});

test("a message that comes twice is known", () => {
  const judge = new OrderJudge("lhr1", trust, 0);
  const entry = { pop: "lhr1", revision: 3, octets: orderMessage(orderOf({ at: NOW }), signer) };
  expect(judge.judge(entry, false, NOW).is).toBe("taken");
  expect(judge.judge(entry, false, NOW).is).toBe("known");
});

test("an order that somebody kept back for a month is not taken; one of a POP's absence is", () => {
  const [late, away] = judged(0, [
    { id: 1, at: NOW - 31 * DAY, old: true },
    { id: 2, at: NOW - 20 * DAY, old: true },
  ]);
  expect(late).toBe("refused: order 1 to lhr1 is 31 days old: give it again if it is still meant");
  expect(away).toBe("taken 2");
});

test("one that has ended before it came is a matter of clocks; of one that ended meanwhile the end counts", () => {
  expect(judged(0, [{ id: 1, until: NOW - 1 }])[0]).toContain("look at the clocks");
  expect(judged(0, [{ id: 1, until: NOW - 1, old: true }])).toEqual(["taken 1"]);
});

test("of what was ordered during an absence the newest of each service stands, and all services replace each", () => {
  const names = (orders: readonly Order[]) => standingOrders(orders).map(({ id }) => id);
  const of = (...services: readonly string[]) => services.map((service, i) => orderOf({ id: i + 1, service }));
  expect(names(of("ns1", "ns2", "ns1"))).toEqual([2, 3]);
  expect(names(of("ns1", "ns2", "*"))).toEqual([3]);
  expect(names(of("*", "ns1"))).toEqual([1, 2]);
  expect(names([])).toEqual([]);
});
