/** Stores that were made before there were orders: POPs read them as before, and nothing that they hold is lost. */

import { DatabaseSync } from "node:sqlite";
import { afterEach, expect, test, vi } from "vitest";
import { initNats } from "../../../src/sync/store/natsinit.ts";
import type { Store } from "../../../src/sync/store/store.ts";
import { Collected } from "./contract/collected.ts";
import { Fixture, PLAN, pop, put, textOf, verb } from "./natsfixture.ts";
import { testNats } from "./natsserver.ts";
import { Place } from "./sqliteplace.ts";

vi.setConfig({ testTimeout: 30_000 });

const places: Place[] = [];
afterEach(async () => {
  for (const place of places.splice(0)) await place.close();
});

const order = { pop: "lhr1", octets: Buffer.from("drain"), expected: 0 };

async function olderFile(): Promise<Place> {
  const place = new Place();
  places.push(place);
  await place.init();
  const store = await place.open();
  await store.swap([put("a.example.", "one", 0)]);
  await store.report({ pop: "lhr1", octets: Buffer.from("here") });
  await store.close();
  const db = new DatabaseSync(place.file);
  db.exec("drop table orders");
  db.close();
  return place;
}

async function holds(store: Store): Promise<void> {
  expect(await textOf(store, "a.example.")).toBe("one");
  expect(await store.reports()).toHaveLength(1);
}

test("a file: a POP has no orders there, until the first one is given", async () => {
  const place = await olderFile();
  const follower = await place.open({ patience: "pop" });
  expect(await follower.orders("lhr1")).toEqual([]);
  const watched = new Collected((signal) => follower.watchOrders("lhr1", signal));
  await watched.until("synced", () => watched.says.includes("synced"));
  const store = await place.open();
  await store.order(order);
  await watched.until("the order", () => watched.of("order").length === 1);
  await watched.stop();
  await holds(store);
});

test("a file that is brought up to date", async () => {
  const place = await olderFile();
  await place.init();
  const store = await place.open();
  await store.order(order);
  expect(await store.orders("lhr1")).toHaveLength(1);
  await holds(store);
});

testNats(
  "a server: what is to be done is said to who gives an order and to the POP, which takes them from then on",
  () =>
    Fixture.run(async (fixture) => {
      const server = await fixture.serverWithStore();
      const store = await fixture.open(server.url);
      await store.swap([put("a.example.", "one", 0)]);
      await store.report({ pop: "lhr1", octets: Buffer.from("here") });
      await fixture.link(server.url).api("STREAM.DELETE.KV_orders");
      await expect(store.orders("lhr1")).rejects.toThrow("keeps no orders yet: run zonecast store init once more");
      await expect(store.order(order)).rejects.toThrow("bring it up to date, with zonecast store init");
      const follower = await fixture.open(server.url, pop("lhr1"));
      const watched = new Collected((signal) => follower.watchOrders("lhr1", signal));
      await watched.until("why", () => watched.says.includes("lost"));
      expect(watched.of("lost")[0]?.why).toContain("keeps no orders yet");
      await initNats(server.url, verb(), PLAN);
      await watched.until("back", () => watched.says.includes("synced"));
      await store.order(order);
      await watched.until("the order", () => watched.of("order").length === 1);
      await watched.stop();
      await holds(store);
    }),
);
