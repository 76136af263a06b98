/** What a store has lost or damaged is put again by pushing; where a credential may not, it is said who may. */

import { expect, test } from "vitest";
import type { Blob } from "../../../src/sync/blob/pack.ts";
import { manifestMessage } from "../../../src/sync/manifest/message.ts";
import { compose, contentOf } from "../../../src/sync/publish/compose.ts";
import { readText } from "../../../src/sync/publish/live.ts";
import type { Plan } from "../../../src/sync/publish/plan.ts";
import { repair } from "../../../src/sync/publish/repair.ts";
import { type Store, StoreError } from "../../../src/sync/store/store.ts";
import { hostsZone, randomZone } from "../../cli/publisher.ts";
import { publicationOf, type Workshop, workshop } from "./making.ts";

const ZONE = "a.example.";

/** The shop, with a store that gives other octets for some blobs, until these are put anew. */
function damaged(shop: Workshop, digests: readonly string[]): Workshop & { readonly bad: Set<string> } {
  const bad = new Set(digests);
  const { store } = shop;
  const other: Pick<Store, "getBlob" | "dropBlob"> = {
    getBlob: async (sha256) => {
      const octets = await store.getBlob(sha256);
      return octets && bad.has(sha256) ? Buffer.from(octets).fill(0, 0, 1) : octets;
    },
    dropBlob: async (sha256) => {
      bad.delete(sha256);
      await store.dropBlob(sha256);
    },
  };
  const broken = new Proxy(store, {
    get: (target, name) => {
      const from = name in other ? other : target;
      const value = Reflect.get(from, name) as unknown;
      return typeof value === "function" ? value.bind(from) : value;
    },
  });
  return { ...shop, store: broken, bad };
}

function blobsOf(plan: Plan): readonly Blob[] {
  if (plan.outcome !== "unchanged") throw new Error(`${plan.zone} is ${plan.outcome}`);
  return plan.blobs;
}

test("blobs of an unchanged zone that are missing or damaged are counted, and whole again", async () => {
  const shop = await workshop();
  await shop.push(ZONE, randomZone(1));
  const blobs = blobsOf(await shop.plan(ZONE, randomZone(1)));
  expect(blobs.length).toBeGreaterThan(2);
  const broken = damaged(shop, [blobs[0]?.sha256 ?? ""]);
  await shop.store.dropBlob(blobs[1]?.sha256 ?? "");
  expect(await repair(broken.store, blobs)).toBe(2);
  expect(await repair(broken.store, blobs)).toBe(0);
  expect(broken.bad.size).toBe(0);
});

test("records in another order: the blobs are those of what is live", async () => {
  const shop = await workshop();
  await shop.push(ZONE, `${randomZone(1)}x A 192.0.2.1\nx A 192.0.2.2\n`);
  const blobs = blobsOf(await shop.plan(ZONE, `${randomZone(1)}x A 192.0.2.2\nX A 192.0.2.1\n`));
  await shop.store.dropBlob(blobs[0]?.sha256 ?? "");
  expect(await repair(shop.store, blobs)).toBe(1);
});

test("a damaged blob of an old version, which a new one has again, is replaced when that is published", async () => {
  const shop = await workshop();
  await shop.push(ZONE, randomZone(1, 60_000));
  const old = contentOf({ manifest: (await shop.head(ZONE))!, bodies: new Uint8Array(0) }, 1);
  await shop.push(ZONE, hostsZone(2, 3), { allow: new Set(["shrink"]) });
  const plan = await shop.plan(ZONE, randomZone(3, 60_000));
  const again = publicationOf(plan).blobs.at(-2)?.sha256 ?? "";
  expect(await shop.store.getBlob(again)).toBeDefined();
  const broken = damaged(shop, [again]);
  await broken.publish([publicationOf(plan)], broken.store);
  expect(broken.bad.size).toBe(0);
  const getBlob = (sha256: string) => broken.store.getBlob(sha256);
  if (old === undefined) throw new Error("no version 1");
  expect((await readText(ZONE, old, getBlob)).length).toBe(old.version.size);
});

test("who may not take a damaged blob out is told who may, and nothing is published", async () => {
  const shop = await workshop();
  await shop.push(ZONE, randomZone(1));
  const blobs = blobsOf(await shop.plan(ZONE, randomZone(1)));
  const { store } = damaged(shop, [blobs[0]?.sha256 ?? ""]);
  const denied = new Proxy(store, {
    get: (target, name) => {
      const value = Reflect.get(target, name) as unknown;
      if (name !== "dropBlob") return value;
      return () => Promise.reject(new StoreError("denied", "this credential may not empty the stream of blobs"));
    },
  });
  await expect(repair(denied, blobs)).rejects.toMatchObject({
    kind: "denied",
    message: expect.stringMatching(
      /^blob \w{64} is damaged in the store, .*: have the same pushed once with an operator's credential \(--credentials FILE\); this credential may not/,
    ),
  });
});

test("a text that was wrong when it was signed: the same file is refused, and goes through when that is meant", async () => {
  const shop = await workshop();
  await shop.push(ZONE, hostsZone(1, 3));
  const right = publicationOf(await shop.plan(ZONE, hostsZone(2, 4))).signed;
  const content = contentOf(right, 2);
  if (content?.inline === undefined) throw new Error("no version 2");
  const { versions: _, ...rest } = right.manifest;
  const wrong = compose(rest, [{ ...content, inline: content.inline.subarray(1) }]);
  const expected = (await shop.store.head(ZONE))?.revision ?? 0;
  await shop.store.swap([{ zone: ZONE, expected, octets: manifestMessage(wrong, shop.signer) }]);
  expect(await shop.plan(ZONE, hostsZone(2, 4))).toMatchObject({
    outcome: "refused",
    objections: [{ guard: "unreadable", found: expect.stringContaining("is damaged") }, { guard: "serial-backwards" }],
  });
  await shop.push(ZONE, hostsZone(3, 4), { allow: new Set(["unreadable"]) });
  expect(await shop.head(ZONE)).toMatchObject({ versions: [{ version: 3, serial: 3 }] });
});
