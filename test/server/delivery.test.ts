/** Zones go to threads in order, very many in parts, and each thread's first message at once. */

import { expect, test } from "vitest";
import { Delivery } from "../../src/server/delivery.ts";
import type { ServedZone, ToAnswer } from "../../src/server/messages.ts";

/** What a thread was sent: the number, how many zones, and whether that is all. */
type Sent = readonly [thread: string, number: number, zones: number, complete: boolean];

function recorder(): { readonly sent: Sent[]; readonly delivery: Delivery<string>; readonly firsts: number[] } {
  const sent: Sent[] = [];
  const firsts: number[] = [];
  const delivery = new Delivery<string>((thread, message: ToAnswer) => {
    if (message.say !== "zones") return;
    sent.push([thread, message.number, message.updates.length, message.complete]);
    firsts.push(message.updates[0]?.row ?? -1);
  });
  return { sent, delivery, firsts };
}

function zones(count: number): ServedZone[] {
  return Array.from({ length: count }, (_, row) => ({ apex: new Uint8Array(1), image: undefined, held: true, row }));
}

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

async function quiet(sent: readonly Sent[]): Promise<void> {
  for (let before = -1; before !== sent.length; await turn()) before = sent.length;
}

test("few zones are sent before the call returns, to each thread", () => {
  const { sent, delivery } = recorder();
  delivery.give(["a", "b"], { number: 3, zones: zones(2), complete: true, before: false });
  expect(sent).toEqual([
    ["a", 3, 2, true],
    ["b", 3, 2, true],
  ]);
});

test("many come in parts, one message in a turn; only with the last is all taken, and all there", async () => {
  const { sent, delivery, firsts } = recorder();
  delivery.give(["a", "b"], { number: 7, zones: zones(12_000), complete: true, before: false });
  expect(sent).toHaveLength(2);
  await turn();
  expect(sent).toHaveLength(3);
  await quiet(sent);
  const parts = (thread: string) => sent.filter(([to]) => to === thread).map(([, ...part]) => part);
  for (const thread of ["a", "b"]) {
    expect(parts(thread)).toEqual([
      [6, 5000, false],
      [6, 5000, false],
      [7, 2000, true],
    ]);
  }
  expect(firsts.filter((_, i) => i % 2 === 0)).toEqual([0, 5000, 10_000]);
});

test("what was all there stays so while more comes", async () => {
  const { sent, delivery } = recorder();
  delivery.give(["a"], { number: 2, zones: zones(5001), complete: true, before: true });
  await quiet(sent);
  expect(sent.map(([, , , complete]) => complete)).toEqual([true, true]);
});

test("a later update does not overtake, nothing given is an update too, and who is gone gets no more", async () => {
  const { sent, delivery } = recorder();
  delivery.give(["a", "b"], { number: 1, zones: zones(10_001), complete: false, before: false });
  delivery.give(["a"], { number: 2, zones: [], complete: true, before: false });
  delivery.forget("b");
  await quiet(sent);
  expect(sent.filter(([thread]) => thread === "a").map(([, number]) => number)).toEqual([0, 0, 1, 2]);
  expect(sent.filter(([thread]) => thread === "b")).toHaveLength(1);
});
