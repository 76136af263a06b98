/** Publishing: blobs first, all heads or none, and the truth about a swap whose answer was lost. */

import { describe, expect, test } from "vitest";
import { manifestMessage } from "../../../src/sync/manifest/message.ts";
import { contentOf } from "../../../src/sync/publish/compose.ts";
import { readText } from "../../../src/sync/publish/live.ts";
import { planRollback } from "../../../src/sync/publish/rollback.ts";
import { Conflict, type Store, StoreError } from "../../../src/sync/store/store.ts";
import { hostsZone, randomZone } from "../../cli/publisher.ts";
import { publicationOf, TERMS, workshop } from "./making.ts";

/** The store, with other ways of doing some things. */
function instead(store: Store, other: Partial<Store>): Store {
  return new Proxy(store, {
    get: (target, name) => {
      const value = Reflect.get(name in other ? other : target, name) as unknown;
      return typeof value === "function" ? value.bind(name in other ? other : target) : value;
    },
  });
}

const lost = () => new StoreError("lost", "the store did not answer in time");

test("one of several zones was changed meanwhile: none is published, and who did it is told", async () => {
  const shop = await workshop();
  await shop.push("a.example.", hostsZone(1, 3));
  const plans = [await shop.plan("a.example.", hostsZone(2, 4)), await shop.plan("b.example.", hostsZone(1, 3))];
  await shop.push("a.example.", hostsZone(2, 5), { by: "bob@host", why: "was first" });
  const failed = shop.publish(plans.map(publicationOf));
  await expect(failed).rejects.toBeInstanceOf(Conflict);
  await expect(failed).rejects.toThrow(
    /^a\.example\. was changed meanwhile: push of version 2 \(serial 2\) by bob@host at \S+: was first\nnothing was published/,
  );
  expect(await shop.head("b.example.")).toBeUndefined();
});

test("the answer of a swap is lost after it was done: that is found out", async () => {
  const shop = await workshop();
  const plan = await shop.plan("a.example.", hostsZone(1, 3));
  const swap: Store["swap"] = async (changes) => {
    await shop.store.swap(changes);
    throw lost();
  };
  const revisions = await shop.publish([publicationOf(plan)], instead(shop.store, { swap }));
  expect(revisions).toEqual([(await shop.store.head("a.example."))?.revision]);
  expect((await shop.head("a.example."))?.id).toBe(1);
});

test("the answer is lost and nothing was done: so it is said", async () => {
  const shop = await workshop();
  const plan = await shop.plan("a.example.", hostsZone(1, 3));
  const swap = () => Promise.reject(lost());
  const failed = shop.publish([publicationOf(plan)], instead(shop.store, { swap }));
  await expect(failed).rejects.toThrow("did not answer in time; nothing was published: try again");
});

test("the answer is lost, and somebody else was faster: a conflict", async () => {
  const shop = await workshop();
  const plan = await shop.plan("a.example.", hostsZone(1, 3));
  const swap: Store["swap"] = async () => {
    await shop.push("a.example.", hostsZone(7, 3), { by: "bob@host" });
    throw lost();
  };
  const failed = shop.publish([publicationOf(plan)], instead(shop.store, { swap }));
  await expect(failed).rejects.toBeInstanceOf(Conflict);
});

test("blobs that are collected just before the swap are put again after it", async () => {
  const shop = await workshop();
  const publication = publicationOf(await shop.plan("a.example.", randomZone(1)));
  expect(publication.blobs.length).toBeGreaterThan(2);
  const swap: Store["swap"] = async (changes) => {
    for (const { sha256 } of publication.blobs) await shop.store.dropBlob(sha256);
    return shop.store.swap(changes);
  };
  await shop.publish([publication], instead(shop.store, { swap }));
  const content = contentOf(publication.signed, 1);
  if (content === undefined) throw new Error("no version 1");
  const text = await readText("a.example.", content, (sha256) => shop.store.getBlob(sha256));
  expect(text.length).toBe(content.version.size);
});

test("a small change to a large zone sends a few of its blobs", async () => {
  const shop = await workshop();
  await shop.push("a.example.", randomZone(1, 60_000));
  const plan = await shop.plan("a.example.", `${randomZone(2, 60_000)}extra A 192.0.2.1\n`);
  const { blobs, fresh } = publicationOf(plan);
  expect(blobs.length).toBeGreaterThan(5);
  expect(fresh.length).toBeLessThanOrEqual(3);
});

test("a full store is said to be full, and nothing is published", async () => {
  const shop = await workshop();
  const plan = await shop.plan("a.example.", randomZone(1));
  const putBlob = () => Promise.reject(new StoreError("full", "no space left: make room"));
  await expect(shop.publish([publicationOf(plan)], instead(shop.store, { putBlob }))).rejects.toThrow("make room");
  expect(await shop.head("a.example.")).toBeUndefined();
});

describe("races", () => {
  test("twenty publishers of one zone, again and again: no update is lost", async () => {
    const shop = await workshop();
    await shop.push("a.example.", hostsZone(1, 3));
    let won = 0;
    for (let round = 0; round < 10; round++) {
      const plans = await Promise.all(
        Array.from({ length: 20 }, (_, i) =>
          shop.plan("a.example.", hostsZone(1, 3, { 0: `10.0.${round}.${i}` }), { policy: "counter", by: `p${i}` }),
        ),
      );
      const ends = await Promise.allSettled(plans.map((plan) => shop.publish([publicationOf(plan)])));
      const losers = ends.filter((end) => end.status === "rejected");
      expect(losers.every(({ reason }) => reason instanceof Conflict)).toBe(true);
      won += ends.length - losers.length;
    }
    expect(won).toBe(10);
    expect(await shop.head("a.example.")).toMatchObject({
      id: 11,
      latest: 11,
      versions: [{ version: 11, serial: 11 }],
    });
  });
});

test("a manifest that is put into another zone's place is not taken", async () => {
  const shop = await workshop();
  const { signed } = publicationOf(await shop.plan("a.example.", hostsZone(1, 3)));
  await shop.store.swap([{ zone: "b.example.", octets: manifestMessage(signed, shop.signer), expected: 0 }]);
  const plan = await shop.plan("b.example.", hostsZone(1, 3));
  expect(plan).toMatchObject({
    outcome: "refused",
    objections: [{ guard: "unreadable", found: expect.stringContaining("it is that of a.example.") }],
  });
});

test("a rollback of a large zone sends only what has the new serial in it", async () => {
  const shop = await workshop();
  await shop.push("a.example.", randomZone(1, 60_000));
  await shop.push("a.example.", `${randomZone(2, 60_000)}extra A 192.0.2.1\n`);
  const publication = publicationOf(await planRollback("a.example.", undefined, shop.ground, TERMS));
  expect(publication.fresh.length).toBeLessThanOrEqual(2);
  await shop.publish([publication]);
  expect(await shop.head("a.example.")).toMatchObject({ versions: [{ version: 3, serial: 3, restores: 1 }] });
  expect((await shop.plan("a.example.", randomZone(3, 60_000))).outcome).toBe("unchanged");
});
