/** Orders to POPs: put one after the other, kept, and told to who watches. */

import { describe, expect, test } from "vitest";
import { Conflict, ORDERS, type OrderEvent, type Store } from "../../../../src/sync/store/store.ts";
import type { EngineTraits, MakeEngine } from "../storeengine.ts";
import { Collected } from "./collected.ts";
import { textOf, trial } from "./trial.ts";

export function orderContract(makeEngine: MakeEngine, { server }: EngineTraits): void {
  describe("orders", () => {
    test(
      "the newest comes first, each POP has its own, and revisions rise",
      trial(makeEngine, async ({ open }) => {
        const store = await open();
        const first = await put(store, "fra 1", "one", 0);
        await put(store, "ams1", "other", 0);
        const second = await put(store, "fra 1", "two", first);
        expect(second).toBeGreaterThan(first);
        const orders = await (await open()).orders("fra 1");
        expect(orders.map(({ pop, revision, octets }) => [pop, revision, textOf(octets)])).toEqual([
          ["fra 1", second, "two"],
          ["fra 1", first, "one"],
        ]);
        expect(await store.orders("lhr1")).toEqual([]);
      }),
    );

    test(
      "who was not there to see the last order is told of a conflict, and nothing is put",
      trial(makeEngine, async ({ open }) => {
        const store = await open();
        const first = await put(store, "fra1", "one", 0);
        await put(store, "fra1", "two", first);
        for (const expected of [0, first]) {
          await expect(put(store, "fra1", "three", expected)).rejects.toBeInstanceOf(Conflict);
        }
        expect((await store.orders("fra1")).map(({ octets }) => textOf(octets))).toEqual(["two", "one"]);
      }),
    );

    test(
      "of operators that are there at once one is heard",
      trial(makeEngine, async ({ open }) => {
        const stores = await Promise.all(Array.from({ length: 6 }, () => open()));
        const tries = await Promise.allSettled(stores.map((store, i) => put(store, "fra1", `${i}`, 0)));
        const lost = tries.flatMap((one) => (one.status === "rejected" ? [one.reason] : []));
        expect(lost).toHaveLength(5);
        expect(lost.every((error) => error instanceof Conflict)).toBe(true);
        expect(await stores[0].orders("fra1")).toHaveLength(1);
      }),
    );

    test(
      `the last ${ORDERS} of each POP are kept`,
      trial(makeEngine, async ({ open }) => {
        const store = await open();
        await put(store, "ams1", "other", 0);
        let last = 0;
        for (let i = 1; i <= ORDERS + 5; i++) last = await put(store, "fra1", `${i}`, last);
        const texts = (await store.orders("fra1")).map(({ octets }) => textOf(octets));
        expect(texts).toEqual(Array.from({ length: ORDERS }, (_, i) => `${ORDERS + 5 - i}`));
        expect(await store.orders("ams1")).toHaveLength(1);
      }),
    );

    test(
      "a POP that watches is told what is kept, the oldest first, then each new one, and nobody else's",
      trial(makeEngine, async ({ open }) => {
        const store = await open();
        const first = await put(store, "fra1", "one", 0);
        const second = await put(store, "fra1", "two", first);
        await put(store, "ams1", "other", 0);
        const watched = watch(await open({ patience: "pop" }), "fra1");
        await watched.until("synced", () => watched.says.includes("synced"));
        expect(lines(watched)).toEqual(["one", "two"]);
        await put(store, "fra1", "three", second);
        await watched.until("the new one", () => lines(watched).includes("three"));
        expect(watched.says).toEqual(["order", "order", "synced", "order"]);
        await watched.stop();
      }),
    );

    test(
      "a POP without orders is told that there are none",
      trial(makeEngine, async ({ open }) => {
        const watched = watch(await open(), "fra1");
        await watched.until("synced", () => watched.says.includes("synced"));
        expect(watched.says).toEqual(["synced"]);
        await watched.stop();
      }),
    );

    test(
      "closing the store ends it",
      trial(makeEngine, async ({ open }) => {
        const store = await open();
        const watched = watch(store, "fra1");
        await watched.until("synced", () => watched.says.includes("synced"));
        await store.close();
        await watched.stop();
      }),
    );

    test(
      "a store that is made anew has its own orders",
      trial(makeEngine, async ({ engine, open }) => {
        const before = await open();
        const first = await put(before, "fra1", "one", 0);
        await put(before, "fra1", "two", first);
        const watched = watch(await open({ patience: "pop" }), "fra1");
        await watched.until("synced", () => watched.says.includes("synced"));
        await before.close();
        await engine.renew();
        const store = await open();
        const fresh = await put(store, "fra1", "new", 0);
        await watched.until("the new one", () => lines(watched).includes("new"));
        await put(store, "fra1", "newer", fresh);
        await watched.until("the newer one", () => lines(watched).includes("newer"));
        await watched.stop();
      }),
    );

    if (!server) return;

    test(
      "a server that is killed and comes back: it is said, and no order is missed",
      trial(makeEngine, async ({ engine, open }) => {
        const first = await put(await open(), "fra1", "one", 0);
        const watched = watch(await open({ patience: "pop" }), "fra1");
        await watched.until("synced", () => watched.says.includes("synced"));
        await engine.kill?.();
        await put(await open(), "fra1", "two", first);
        await watched.until("what came then", () => lines(watched).includes("two"));
        expect(watched.says).toContain("lost");
        expect(watched.says).toContain("back");
        await watched.stop();
      }),
    );
  });
}

function watch(store: Store, pop: string): Collected<OrderEvent> {
  return new Collected((signal) => store.watchOrders(pop, signal));
}

function put(store: Store, pop: string, text: string, expected: number): Promise<number> {
  return store.order({ pop, octets: Buffer.from(text), expected });
}

function lines(watched: Collected<OrderEvent>): (string | undefined)[] {
  return watched.of("order").map(({ order }) => textOf(order.octets));
}
