/** A POP's link to the others, over real stores. */

import { afterEach, describe, expect, test, vi } from "vitest";
import { newPrivateKey, type Signer, signerFrom, Trust } from "../../../src/sync/manifest/keys.ts";
import { giveOrder, readOrders } from "../../../src/sync/orders/give.ts";
import type { Order } from "../../../src/sync/orders/order.ts";
import { orderMessage } from "../../../src/sync/orders/ordermessage.ts";
import type { Ordered } from "../../../src/sync/report.ts";
import type { Store } from "../../../src/sync/store/store.ts";
import { eventually, Fixture, pop as popAccess } from "../store/natsfixture.ts";
import { hasNats } from "../store/natsserver.ts";
import { Place } from "../store/sqliteplace.ts";
import { type FakeOptions, FakePop } from "./fakepop.ts";
import { orderOf, standingOf } from "./standings.ts";

vi.setConfig({ testTimeout: 40_000 });

const signer = signerFrom(newPrivateKey());
const trust = new Trust([signer.publicKey]);

/** A store, and what is opened on it. */
interface Ground {
  open(): Promise<Store>;
  /** Cuts the store off from those who have it open, and puts it back. */
  away(work: () => Promise<void>): Promise<void>;
}

const ends: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
});

async function sqlite(): Promise<Ground> {
  const { renameSync } = await import("node:fs");
  const place = new Place();
  ends.push(() => place.close());
  await place.init();
  const away = async (work: () => Promise<void>) => {
    renameSync(place.file, `${place.file}.away`);
    await work();
    renameSync(`${place.file}.away`, place.file);
  };
  return { open: () => place.open({ patience: "pop" }), away };
}

async function nats(): Promise<Ground> {
  const fixture = new Fixture();
  ends.push(() => fixture.end());
  const server = await fixture.serverWithStore();
  const away = async (work: () => Promise<void>) => {
    await server.stop();
    await work();
    await server.start();
  };
  return { open: () => fixture.open(server.url, popAccess("x", { patience: "pop" })), away };
}

async function popAt(ground: Ground, name: string, options?: FakeOptions): Promise<FakePop> {
  const fake = new FakePop(name, await ground.open(), trust, options);
  ends.push(() => fake.close());
  await fake.start();
  return fake;
}

/** Gives an order as the verb does. */
async function give(store: Store, more: Partial<Order> = {}, reported?: Ordered, by: Signer = signer): Promise<Order> {
  const { v: _, id: __, ...what } = orderOf(more);
  const before = await readOrders({ store, trust }, what.pop);
  return giveOrder({ store, trust, signer: by }, what, before, reported);
}

const engines: readonly (readonly [string, () => Promise<Ground>, boolean])[] = [
  ["sqlite", sqlite, true],
  ["nats", nats, hasNats()],
];

for (const [name, make, there] of engines) {
  describe.skipIf(!there)(name, () => {
    test("POPs hear each other and themselves, in one order; own reports with when they were sent", async () => {
      const ground = await make();
      const [lhr, fra] = [await popAt(ground, "lhr1"), await popAt(ground, "fra1")];
      lhr.standings = [standingOf({ phase: "asking", ask: { ticket: "t", to: "drain", planned: true, both: false } })];
      await lhr.report();
      await eventually(() =>
        [lhr, fra].every((one) => one.heard.some(({ standings }) => standings[0]?.ask !== undefined)),
      );
      await eventually(() => lhr.heard.some(({ pop }) => pop === "fra1"));
      for (const { heard } of [lhr, fra]) {
        const orders = heard.map(({ order }) => order);
        expect(orders).toEqual([...new Set(orders)].sort((a, b) => a - b));
      }
      const own = lhr.heard.filter(({ pop }) => pop === "lhr1");
      expect(own.every(({ sent }) => sent !== undefined && sent <= performance.now())).toBe(true);
      expect(fra.heard.filter(({ pop }) => pop === "lhr1").every(({ sent }) => sent === undefined)).toBe(true);
      expect(fra.heard.at(-1)?.behind).toBe(false);
    });

    test("an order is taken once, and the report says so", async () => {
      const ground = await make();
      const lhr = await popAt(ground, "lhr1");
      const store = await ground.open();
      const order = await give(store, { why: "kernel" });
      await eventually(() => lhr.heard.some(({ standings }) => standings[0]?.phase === "drained"));
      expect(lhr.orders).toEqual([order]);
      expect(lhr.link.ordered).toEqual({ id: order.id });
      expect(lhr.refused).toEqual([]);
    });

    test("an order that the POP can't carry out: why, in its report", async () => {
      const ground = await make();
      const lhr = await popAt(ground, "lhr1", { refuses: "ns2 is drained at fra1" });
      const order = await give(await ground.open());
      await eventually(() => lhr.link.ordered !== undefined);
      expect(lhr.link.ordered).toEqual({ id: order.id, refused: { id: order.id, why: "ns2 is drained at fra1" } });
    });

    test("orders of strangers, to others, and old ones put there again are refused, and harm nothing", async () => {
      const ground = await make();
      const store = await ground.open();
      const lhr = await popAt(ground, "lhr1");
      const first = await give(store);
      await eventually(() => lhr.orders.length === 1);
      const put = async (octets: Uint8Array) => {
        const [last] = await store.orders("lhr1");
        await store.order({ pop: "lhr1", octets, expected: last?.revision ?? 0 });
      };
      await put(orderMessage(orderOf({ id: 9, to: "serve" }), signerFrom(newPrivateKey())));
      await put(orderMessage(orderOf({ id: 9, to: "serve", pop: "fra1" }), signer));
      await put(orderMessage(first, signer));
      await put(Buffer.from("no order"));
      await eventually(() => lhr.refused.length === 4);
      expect(lhr.refused.map((why) => why.replace(/key \w+/, "key"))).toEqual([
        expect.stringContaining("not trusted here"),
        expect.stringContaining("it is one to fra1"),
        expect.stringContaining("is not above order 1"),
        expect.stringContaining("damaged"),
      ]);
      // What can't be believed does not count, and does not stand in the way.
      const next = await give(store, { to: "serve" });
      expect(next.id).toBe(2);
      await eventually(() => lhr.orders.length === 2);
    });

    test("what was ordered while a POP was away comes when it is back, the newest of each service", async () => {
      const ground = await make();
      const store = await ground.open();
      const taken = await give(store, { service: "ns1" });
      for (const more of [
        { service: "ns1", to: "serve" },
        { service: "ns2", to: "drain" },
        { service: "ns1", to: "reserve" },
      ] as const) {
        await give(store, more);
      }
      const lhr = await popAt(ground, "lhr1", { services: ["ns1", "ns2"], last: taken.id });
      await eventually(() => lhr.orders.length === 2);
      expect(lhr.orders.map(({ id, service, to }) => [id, service, to])).toEqual([
        [3, "ns2", "drain"],
        [4, "ns1", "reserve"],
      ]);
      expect(lhr.refused).toEqual([]);
    });

    test("the store goes away and comes back: nothing breaks, it is said why, and what comes then is heard", async () => {
      const ground = await make();
      const lhr = await popAt(ground, "lhr1");
      await eventually(() => lhr.heard.length > 0);
      await ground.away(async () => {
        await eventually(() => lhr.link.unheard !== undefined && lhr.link.unordered !== undefined);
      });
      await eventually(() => lhr.link.unheard === undefined && lhr.link.unordered === undefined);
      expect(lhr.told.filter((line) => line.startsWith("warn fleet."))).toHaveLength(2);
      const order = await give(await ground.open());
      await eventually(() => lhr.orders.length === 1);
      expect(lhr.orders).toEqual([order]);
      const before = lhr.heard.length;
      await lhr.report();
      await eventually(() => lhr.heard.length > before);
    });

    test("two operators at once: one is heard, the other is told", async () => {
      const ground = await make();
      const stores = [await ground.open(), await ground.open()];
      const before = await readOrders({ store: stores[0], trust }, "lhr1");
      const { v: _, id: __, ...what } = orderOf();
      const tries = await Promise.allSettled(
        stores.map((store) => giveOrder({ store, trust, signer }, what, before, undefined)),
      );
      expect(tries.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
      expect(await stores[0].orders("lhr1")).toHaveLength(1);
    });

    test("a store that has lost orders: the next one is above what the POP says it has taken", async () => {
      const ground = await make();
      const lhr = await popAt(ground, "lhr1", { last: 41 });
      const order = await give(await ground.open(), {}, lhr.link.ordered);
      expect(order.id).toBe(42);
      await eventually(() => lhr.orders.length === 1);
      // What is no count of orders is not believed.
      expect((await give(await ground.open(), {}, { id: Number.MAX_SAFE_INTEGER - 1 })).id).toBe(43);
    });
  });
}
