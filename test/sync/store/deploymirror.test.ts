/** Mirrors on a leaf node, and what whoever has the leaf node may do. The configurations as they are shipped. */

import { createHash } from "node:crypto";
import { cpSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { connect } from "@nats-io/transport-node";
import { expect, vi } from "vitest";
import { natsPlace } from "../../../src/sync/store/natsaccess.ts";
import { initNats } from "../../../src/sync/store/natsinit.ts";
import { initMirror } from "../../../src/sync/store/natsmirror.ts";
import { refusesTls, testDeployed } from "./deployed.ts";
import { inRegion, LEAF, MIRROR } from "./deployedregion.ts";
import { eventually, gathered, PLAN, put, textOf } from "./natsfixture.ts";

vi.setConfig({ testTimeout: 60_000 });

testDeployed("the hub is put back to an older copy: the mirrors are made anew, and POPs are told", () =>
  inRegion(async ({ fixture, deployed, hub, leaf, open, publisher }) => {
    const [first] = await publisher.swap([put("a.example.", "one", 0)]);
    const copy = join(deployed.folder, "copy");
    await hub.stop();
    cpSync(hub.data, copy, { recursive: true });
    await hub.start();
    await publisher.swap([put("a.example.", "two", first)]);
    const listener = fixture.watch(await open(leaf, "pop-fra1"));
    await listener.until(({ heads }) => heads["a.example."] === "two");
    await hub.stop();
    rmSync(hub.data, { recursive: true });
    cpSync(copy, hub.data, { recursive: true });
    await hub.start();
    await publisher.swap([put("a.example.", "other", first)]);
    await initMirror(leaf.url, deployed.access("operator-ops"), MIRROR);
    await listener.until(({ heads }) => heads["a.example."] === "other");
    expect(listener.said).toContain("reset");
  }),
);

testDeployed("mirrors are brought up again without harm, and never over a store", () =>
  inRegion(async ({ deployed, hub, leaf, open, publisher }) => {
    await publisher.swap([put("a.example.", "one", 0)]);
    const operator = deployed.access("operator-ops");
    await initMirror(leaf.url, operator, MIRROR);
    const far = await open(leaf, "pop-fra1");
    await eventually(async () => (await textOf(far, "a.example.")) === "one");
    await expect(initMirror(hub.url, operator, MIRROR)).rejects.toThrow("is in domain hub itself: name a leaf node");
    const nowhere = { ...MIRROR, domain: "nowhere" };
    await expect(initMirror(leaf.url, operator, nowhere)).rejects.toThrow("does not reach domain nowhere");
    const publishing = deployed.access("publisher-ci");
    await expect(initMirror(leaf.url, publishing, MIRROR)).rejects.toMatchObject({ kind: "denied" });
    deployed.write("ops.yaml", `store: { at: "${leaf.url}", credentials: operator-ops.nk, tls: { ca: ca.pem } }\n`);
    const { code, stderr } = deployed.run("store", "init", "--config", "ops.yaml", "--mirror", "hub");
    expect([code, stderr]).toEqual([0, expect.stringContaining("mirrors the store of hub")]);
    const wrong = deployed.run("store", "init", "--config", "ops.yaml", "--mirror", "hub", "--history", "5");
    expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining("--history does not go with --mirror")]);
    await leaf.stop();
    rmSync(leaf.data, { recursive: true });
    await leaf.start();
    await initNats(leaf.url, operator, PLAN);
    await expect(initMirror(leaf.url, operator, MIRROR)).rejects.toThrow("has a store of its own");
  }),
);

testDeployed("what the hub has collected is collected on the leaf node, too, by who collects there", () =>
  inRegion(async ({ leaf, open, publisher, hub }) => {
    const octets = Buffer.alloc(10_000, 5);
    const sha256 = createHash("sha256").update(octets).digest("hex");
    await publisher.putBlob(sha256, octets);
    const [far, near] = [await open(leaf, "operator-ops"), await open(hub, "operator-ops")];
    await eventually(async () => (await far.getBlob(sha256)) !== undefined);
    await near.dropBlob(sha256);
    expect((await gathered(far.blobs())).map((blob) => blob.sha256)).toEqual([sha256]);
    await far.dropBlob(sha256, Date.now() + 60_000);
    expect(await far.getBlob(sha256)).toBeUndefined();
    await publisher.putBlob(sha256, octets);
    await eventually(async () => (await far.getBlob(sha256)) !== undefined);
  }),
);

testDeployed("whoever has the leaf node has its rights at the hub, and no more", () =>
  inRegion(async ({ deployed, hub, leaf, open, publisher }) => {
    const [revision] = await publisher.swap([put("a.example.", "one", 0)]);
    // Its configuration is the intruder's own, and lets a POP do everything.
    const file = join(deployed.folder, "users.conf");
    const before = readFileSync(file, "utf8");
    writeFileSync(
      file,
      before.replace(
        /(?<head># pop fra1\n {2}\{ nkey: \w+), .*/,
        '$<head>, permissions: { publish: ">", subscribe: ">" } }',
      ),
    );
    await leaf.stop();
    // In the hub's own domain a leaf node keeps nothing back.
    const leaves = [await deployed.leaf(hub, LEAF, "fra"), await deployed.leaf(hub, LEAF, "hub")];
    writeFileSync(file, before);
    const tries = [
      "$KV.zones.a.example",
      "$KV.ledger.a.example",
      "$KV.meta.store",
      ...["DELETE", "PURGE", "UPDATE"].map((what) => `$JS.hub.API.STREAM.${what}.KV_zones`),
      "$JS.hub.API.STREAM.DELETE.KV_blobs",
      "$JS.hub.API.STREAM.MSG.DELETE.KV_zones",
      "$JS.hub.API.STREAM.CREATE.mine",
    ];
    for (const { url } of leaves) {
      const intruder = await connect(natsPlace(url, deployed.access("pop-fra1")).options);
      await eventually(async () => (await hub.figures("leafz"))?.leafnodes === 2);
      for (const subject of tries) intruder.publish(subject, "{}");
      // What comes through shows that the rest had its chance.
      const report = intruder.request("zonecast.report.fra1", url, { timeout: 2000 });
      expect((await report).json()).toMatchObject({ stream: "zonecast_reports" });
      await intruder.close();
    }
    const near = await open(hub, "pop-lhr1");
    expect((await near.head("a.example."))?.revision).toBe(revision);
    expect(await near.meta()).toEqual({ trust: [] });
    expect(await publisher.ledger("a.example.")).toEqual([]);
    expect(await refusesTls(hub.leafPort, join(deployed.folder, "ca.pem"))).toBe(true);
  }),
);
