/** A far region: POPs that read through a leaf node, with and without the hub. Both configurations as they are shipped. */

import { createHash, randomBytes } from "node:crypto";
import { rmSync } from "node:fs";
import { expect, vi } from "vitest";
import { initMirror } from "../../../src/sync/store/natsmirror.ts";
import type { Store } from "../../../src/sync/store/store.ts";
import { testDeployed } from "./deployed.ts";
import { inRegion, MIRROR } from "./deployedregion.ts";
import { eventually, put, textOf } from "./natsfixture.ts";

vi.setConfig({ testTimeout: 60_000 });

/** Puts random blobs, as large as they may be; their digests. */
async function putBlobs(store: Store, count: number): Promise<string[]> {
  const blobs = Array.from({ length: count }, () => randomBytes(512 << 10));
  const digests = blobs.map((octets) => createHash("sha256").update(octets).digest("hex"));
  await Promise.all(blobs.map((octets, i) => store.putBlob(digests[i], octets)));
  return digests;
}

async function hasBlob(store: Store, sha256: string): Promise<boolean> {
  const octets = await store.getBlob(sha256);
  return octets !== undefined && createHash("sha256").update(octets).digest("hex") === sha256;
}

testDeployed(
  "a POP follows through the leaf node; its reports come to the hub, with the hub's own epoch and revisions",
  () =>
    inRegion(async ({ fixture, hub, leaf, open, publisher }) => {
      const zones = Array.from({ length: 200 }, (_, i) => put(`z${i}.example.`, "x".repeat(2000), 0));
      await publisher.swap(zones);
      const digests = await putBlobs(publisher, 24);
      const fra1 = await open(leaf, "pop-fra1");
      const far = fixture.watch(fra1);
      const near = fixture.watch(await open(hub, "pop-lhr1"));
      const [revision] = await publisher.swap([put("late.example.", "one", 0)]);
      await far.until(({ heads }) => Object.keys(heads).length === 201);
      await near.until(({ heads }) => Object.keys(heads).length === 201);
      expect(far.entries().find(({ zone }) => zone === "late.example.")?.revision).toBe(revision);
      expect(far.last).toEqual(near.last);
      for (const digest of digests) await eventually(() => hasBlob(fra1, digest));
      expect(await fra1.meta()).toEqual({ trust: [] });
      await fra1.report({ pop: "fra1", octets: Buffer.from(JSON.stringify(far.last)) });
      expect((await publisher.reports()).map(({ pop }) => pop)).toEqual(["fra1"]);
      await expect(fra1.report({ pop: "lhr1", octets: Buffer.from("mine") })).rejects.toThrow("may not write reports");
      await expect((await open(leaf, "publisher-ci")).swap([put("a.example.", "x", 0)])).rejects.toThrow(
        "a leaf node only mirrors one, so name its hub",
      );
    }),
);

testDeployed("the hub is killed: POPs of the region start, read all, and go on when it is back", () =>
  inRegion(async ({ fixture, hub, leaf, open, publisher }) => {
    await publisher.swap([put("a.example.", "one", 0), put("b.example.", "two", 0)]);
    const [digest] = await putBlobs(publisher, 1);
    const early = fixture.watch(await open(leaf, "pop-fra1"));
    await early.until(({ heads }) => heads["b.example."] === "two");
    await eventually(async () => hasBlob(await open(leaf, "operator-ops"), digest));
    await hub.stop("SIGKILL");
    await leaf.stop();
    await leaf.start();
    const store = await open(leaf, "pop-fra1");
    const late = fixture.watch(store);
    await late.until(({ said }) => said.includes("synced"));
    expect(late.heads).toEqual({ "a.example.": "one", "b.example.": "two" });
    expect(await hasBlob(store, digest)).toBe(true);
    await expect(store.report({ pop: "fra1", octets: Buffer.from("x") })).rejects.toThrow(
      "a leaf node whose hub is not reached",
    );
    await hub.start();
    const head = await publisher.head("a.example.");
    await publisher.swap([put("a.example.", "three", head?.revision ?? 0)]);
    await late.until(({ heads }) => heads["a.example."] === "three");
    await early.until(({ heads }) => heads["a.example."] === "three");
    expect([...early.said, ...late.said]).not.toContain("reset");
    await store.report({ pop: "fra1", octets: Buffer.from("x") });
  }),
);

testDeployed(
  "a leaf node that lost its disk: who followed it waits until the mirrors are there again, and goes on",
  () =>
    inRegion(async ({ fixture, deployed, hub, leaf, open, publisher }) => {
      const [revision] = await publisher.swap([put("a.example.", "one", 0)]);
      const fra1 = await open(leaf, "pop-fra1");
      const listener = fixture.watch(fra1);
      await listener.until(({ heads }) => heads["a.example."] === "one");
      await leaf.stop("SIGKILL");
      rmSync(leaf.data, { recursive: true });
      await publisher.swap([put("a.example.", "two", revision)]);
      await leaf.start();
      await initMirror(leaf.url, deployed.access("operator-ops"), MIRROR);
      await listener.until(({ heads }) => heads["a.example."] === "two");
      expect(listener.said).not.toContain("reset");
      expect(await textOf(await open(hub, "pop-lhr1"), "a.example.")).toBe("two");
    }),
);
