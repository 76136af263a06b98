/** Manifests that a POP does not take: what is served stays, and its report says why. */

import { describe, expect, test } from "vitest";
import { newPrivateKey, signerFrom } from "../../../src/sync/manifest/keys.ts";
import { StoreError } from "../../../src/sync/store/store.ts";
import { MemoryStore } from "./memorystore.ts";
import { until } from "./pop.ts";
import { longText, Publisher } from "./publisher.ts";
import { setUp } from "./setup.ts";

/** A POP that serves version 1 of example. */
async function serving() {
  const at = setUp();
  const pop = at.pop();
  await pop.start();
  await at.publisher.push({ zone: "example.", serial: 1 });
  await until(() => pop.follower.view.cursor?.position === 1);
  const refused = async (id: number) => {
    await until(async () => (await pop.report())?.refused[0]?.id === id, `refusal of ${id}`);
    return (await pop.report())!;
  };
  return { ...at, pop, at, refused, [Symbol.asyncDispose]: () => at[Symbol.asyncDispose]() };
}

describe("refused, and the old version is served on", () => {
  test("a text with errors", async () => {
    await using at = await serving();
    const revision = await at.publisher.push({ zone: "example.", serial: 2, more: "BAD\n" });
    const report = await at.refused(2);
    expect(at.pop.serial("example.")).toBe(1);
    expect(report.position).toBe(revision);
    expect(report.refusals).toBe(1);
    expect(report.refused).toEqual([
      { zone: "example.", id: 2, serves: 1, serial: 1, why: "1 error: BAD is no record" },
    ]);
    expect(at.pop.events("zone.refused")[0].text).toBe(
      "zone example. refused: 1 error: BAD is no record; version 1, serial 1 stays",
    );
  });

  test("a manifest that nobody trusted has signed", async () => {
    await using at = await serving();
    const stranger = new Publisher(at.store, signerFrom(newPrivateKey()));
    const { octets } = await new Publisher(new MemoryStore(), stranger.signer).change({
      zone: "example.",
      serial: 9,
      id: 9,
    });
    await at.publisher.put("example.", octets);
    const report = await at.refused(0);
    expect(report.refused[0].why).toMatch(/^the manifest of example\. is not taken: key [0-9a-f]{16} signed it/);
    expect(at.pop.serial("example.")).toBe(1);
  });

  test("the manifest of another zone", async () => {
    await using at = await serving();
    const { octets } = await at.publisher.change({ zone: "other.", serial: 9, id: 9 });
    await at.publisher.put("example.", octets);
    const report = await at.refused(0);
    expect(report.refused[0].why).toBe(
      "the manifest of example. is not taken: it is that of other.; push the zone again",
    );
  });

  test("a manifest of a later format", async () => {
    await using at = await serving();
    await at.publisher.put("example.", Buffer.from([...Buffer.from("ZCM"), 9, 0, 0, 0, 0]));
    const report = await at.refused(0);
    expect(report.refused[0].why).toMatch(/has format 9, .* upgrade this one first$/);
    expect(at.pop.serial("example.")).toBe(1);
  });

  test("a text that is not what its manifest says", async () => {
    await using at = await serving();
    await at.publisher.push({ zone: "example.", serial: 2, claims: { sha256: "00".repeat(32) } });
    const report = await at.refused(2);
    expect(report.refused[0].why).toMatch(/digest.*push the zone again$/);
  });

  test("a blob that is not in the store, after it was asked for some times", async () => {
    await using at = await serving();
    await at.publisher.push({ zone: "example.", serial: 2, more: longText(1, 300_000), without: true });
    const report = await at.refused(2);
    expect(report.refused[0].why).toMatch(/^blob [0-9a-f]{64} of version 2 of example\. is not in the store: push/);
    expect(at.store.asked).toHaveLength(4);
  });

  test("a blob that may not be read", async () => {
    await using at = await serving();
    at.store.broken.set("blob", new StoreError("denied", "this credential may not read blobs: give it the right"));
    await at.publisher.push({ zone: "example.", serial: 2, more: longText(1, 300_000) });
    const report = await at.refused(2);
    expect(report.refused[0].why).toBe("this credential may not read blobs: give it the right");
    // It was the store, not the zone: the next look at all heads tries it again.
    at.store.broken.clear();
    await at.pop.follower.reconcile();
    await until(() => at.pop.serial("example.") === 2);
    await until(async () => (await at.pop.report())?.refusals === 0);
  });

  test("an id that was taken before, for another manifest", async () => {
    await using at = await serving();
    await at.publisher.push({ zone: "example.", serial: 2, id: 1 });
    const report = await at.refused(1);
    expect(report.refused[0].why).toMatch(/another manifest of example\. with the same id .* push the zone again$/);
    expect(at.pop.serial("example.")).toBe(1);
  });

  test("an image that the threads do not take", async () => {
    await using at = await serving();
    at.pop.serving = () => Promise.reject(new Error("out of memory"));
    await at.publisher.push({ zone: "example.", serial: 2 });
    const report = await at.refused(2);
    expect(report.refused[0].why).toBe("it can't be served: out of memory");
    expect(at.pop.follower.zone("example.")?.version?.serial).toBe(1);
  });
});

test("errors of one zone do not stop others", async () => {
  await using at = await serving();
  await at.publisher.pushAll([
    { zone: "a.example.", serial: 1, more: "BAD\n" },
    { zone: "b.example.", serial: 1 },
    { zone: "c.example.", serial: 1, more: longText(1, 300_000), without: true },
    { zone: "d.example.", serial: 1 },
  ]);
  await until(() => at.pop.follower.view.cursor?.position === 5);
  expect([...at.pop.answers.keys()].sort()).toEqual(["b.example.", "d.example.", "example."]);
  expect(at.pop.follower.view.refusals).toBe(2);
});

test("a refused zone is tried again when a new manifest comes", async () => {
  await using at = await serving();
  await at.publisher.push({ zone: "example.", serial: 2, more: "BAD\n" });
  await at.refused(2);
  const head = (await at.store.head("example."))!;
  at.store.lose();
  at.store.back([head]);
  await until(() => at.pop.follower.view.synced);
  expect(at.pop.compiled).toHaveLength(2);
  await at.publisher.push({ zone: "example.", serial: 3 });
  await until(async () => (await at.pop.report())?.refusals === 0);
  expect(at.pop.serial("example.")).toBe(3);
});

test("a refused zone is tried again after a restart, and is still refused if nothing has changed", async () => {
  await using at = await serving();
  await at.publisher.push({ zone: "example.", serial: 2, more: "BAD\n" });
  await at.refused(2);
  await until(() => at.pop.follower.view.cursor?.position === 2);
  at.pop.kill();
  const pop = at.at.pop({ images: at.pop.images });
  await pop.start();
  expect(pop.serial("example.")).toBe(1);
  expect(pop.compiled.map(({ version }) => version.serial)).toEqual([2]);
  await until(() => pop.follower.zone("example.")?.refused?.id === 2);
  pop.kill();
  // As by a zonecast that knows more.
  const better = at.at.pop({ images: at.pop.images });
  better.tolerant = true;
  await better.start();
  await until(() => better.serial("example.") === 2);
  await until(() => better.follower.view.refusals === 0);
});

test("the reports of a thousand refusals are no longer than those of fifty", async () => {
  await using at = await serving();
  await at.publisher.pushAll(
    Array.from({ length: 200 }, (_, i) => ({ zone: `z${i}.example.`, serial: 1, more: "BAD\n" })),
  );
  await until(async () => (await at.pop.report())?.refusals === 200);
  const report = await at.pop.report();
  expect(report?.refused).toHaveLength(50);
  // The newest first: a push that was refused finds itself.
  await at.publisher.push({ zone: "last.example.", serial: 1, more: "BAD\n" });
  await until(async () => (await at.pop.report())?.refused[0].zone === "last.example.");
});
