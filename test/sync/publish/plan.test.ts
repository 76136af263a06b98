/** Plans of a push: what is new, unchanged or refused, and what a new version must be above. */

import { describe, expect, test } from "vitest";
import { manifestMessage, openManifest } from "../../../src/sync/manifest/message.ts";
import { Fence } from "../../../src/sync/publish/fence.ts";
import { planZone } from "../../../src/sync/publish/plan.ts";
import { type PopReport, reportOctets } from "../../../src/sync/report.ts";
import { turned } from "../../../src/sync/rollout/change.ts";
import { hostsZone } from "../../cli/publisher.ts";
import { reportOf } from "../orders/standings.ts";
import { imageOf, publicationOf, TERMS, type Workshop, workshop } from "./making.ts";

const waves = [
  { to: ["canary"], bake: 60 },
  { to: ["*"], bake: 0 },
];

describe("waves", () => {
  test("a new zone goes to all at once, a changed one to the first wave; texts of both travel", async () => {
    const shop = await workshop();
    await shop.push("a.example.", hostsZone(1, 3), { waves });
    expect(await shop.head("a.example.")).toMatchObject({ targets: [{ group: "*", version: 1 }] });
    await shop.push("a.example.", hostsZone(2, 4), { waves });
    const manifest = await shop.head("a.example.");
    expect(manifest?.targets).toEqual([
      { group: "canary", version: 2 },
      { group: "*", version: 1 },
    ]);
    expect(manifest?.versions.map(({ body }) => body)).toEqual([
      { at: "inline", offset: 0, octets: expect.any(Number) },
      { at: "inline", offset: expect.any(Number), octets: expect.any(Number) },
    ]);
  });

  test("after an abort the next version's number and serial are above those that went back", async () => {
    const shop = await workshop();
    await shop.push("a.example.", hostsZone(1, 3));
    await shop.push("a.example.", hostsZone(50, 4), { waves });
    await change(shop, "a.example.");
    expect(await shop.head("a.example.")).toMatchObject({ action: "abort", latest: 2, versions: [{ version: 1 }] });
    const refused = await shop.plan("a.example.", hostsZone(50, 5));
    expect(refused).toMatchObject({ outcome: "refused", objections: [{ guard: "serial-backwards" }] });
    await shop.push("a.example.", hostsZone(2, 5), { policy: "counter" });
    expect(await shop.head("a.example.")).toMatchObject({ versions: [{ version: 3, serial: 51 }] });
  });
});

/** Aborts the rollout of a zone. */
async function change(shop: Workshop, zone: string): Promise<void> {
  const head = await shop.store.head(zone);
  if (head === undefined) throw new Error("no head");
  const reason = { at: TERMS.at.toISOString(), by: "alice", why: undefined };
  const next = turned(openManifest(zone, head.octets, shop.trust), { to: "abort" }, reason);
  if (next === undefined) throw new Error("no rollout");
  await shop.store.swap([{ zone, octets: manifestMessage(next, shop.signer), expected: head.revision }]);
}

describe("a store that was restored from an old backup", () => {
  const report = (parts: Partial<PopReport>) => ({ pop: "lhr1", octets: reportOctets(reportOf("lhr1", parts)) });
  const TIMES = { received: "", fetchedMs: 0, compiledMs: 0, servingMs: 0 };

  test("the next manifest's id, version and serial are above what POPs serve", async () => {
    const shop = await workshop();
    await shop.push("a.example.", hostsZone(10, 3));
    const served = { zone: "a.example.", id: 9, version: 7, serial: 40, ...TIMES };
    const refused = { zone: "a.example.", id: 1, serves: 9, serial: 40, why: "it is older" };
    const fence = new Fence([report({ recent: [served] }), report({ refused: [refused] })]);
    const incoming = { zone: "a.example.", image: imageOf("a.example.", hostsZone(11, 4)) };
    const ground = { ...shop.ground, fence };
    expect(await planZone(incoming, ground, TERMS)).toMatchObject({
      outcome: "refused",
      objections: [{ guard: "serial-backwards", found: expect.stringContaining("below 40") }],
    });
    const plan = await planZone(incoming, ground, { ...TERMS, policy: "counter" });
    expect(publicationOf(plan).signed.manifest).toMatchObject({ id: 10, versions: [{ version: 8, serial: 41 }] });
  });

  test("what POPs took from this very store counts for nothing, and neither does nonsense", () => {
    const served = (id: number) => ({ zone: "a.", id, version: id, serial: id, ...TIMES });
    const fence = new Fence([
      report({ recent: [served(3), served(2 ** 52), served(-1), served(1.5)] }),
      { pop: "x", octets: Buffer.from("no report") },
    ]);
    expect(fence.above("a.", 3)).toEqual({ id: 3, version: 0, serial: undefined });
    expect(fence.above("a.", 2)).toEqual({ id: 3, version: 3, serial: 3 });
    expect(fence.above("b.", 2)).toEqual({ id: 2, version: 0, serial: undefined });
  });
});

describe("what can't be compared with", () => {
  test("a live version whose blobs are gone or damaged is named, and pushed over when that is meant", async () => {
    const shop = await workshop();
    const { randomZone } = await import("../../cli/publisher.ts");
    await shop.push("a.example.", randomZone(1));
    for await (const { sha256 } of shop.store.blobs()) await shop.store.dropBlob(sha256);
    const text = `${randomZone(2)}extra A 192.0.2.1\n`;
    expect(await shop.plan("a.example.", text)).toMatchObject({
      outcome: "refused",
      objections: [{ guard: "unreadable", found: expect.stringContaining("is not in the store") }],
    });
    await shop.push("a.example.", text, { allow: new Set(["unreadable"]), why: "blobs lost" });
    expect(await shop.head("a.example.")).toMatchObject({
      versions: [{ version: 2, overrides: [{ guard: "unreadable" }] }],
    });
    expect((await shop.plan("a.example.", text)).outcome).toBe("unchanged");
  });
});
