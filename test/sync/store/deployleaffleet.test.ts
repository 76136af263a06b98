/** POPs of a far region in the fleet: reports and orders through a leaf node, with and without the hub. */

import { expect, vi } from "vitest";
import { newPrivateKey, signerFrom, Trust } from "../../../src/sync/manifest/keys.ts";
import { giveOrder, readOrders } from "../../../src/sync/orders/give.ts";
import type { Store } from "../../../src/sync/store/store.ts";
import { FakePop } from "../orders/fakepop.ts";
import { orderOf } from "../orders/standings.ts";
import { testDeployed } from "./deployed.ts";
import { inRegion, type Region } from "./deployedregion.ts";
import { eventually, put, textOf, verb } from "./natsfixture.ts";

vi.setConfig({ testTimeout: 60_000 });

const signer = signerFrom(newPrivateKey());
const trust = new Trust([signer.publicKey]);

/** A POP near the hub, and one behind the leaf node, that have heard each other. */
async function popsOf({ fixture, hub, leaf, open }: Region): Promise<{ readonly lhr: FakePop; readonly fra: FakePop }> {
  const lhr = new FakePop("lhr1", await open(hub, "pop-lhr1"), trust);
  const fra = new FakePop("fra1", await open(leaf, "pop-fra1"), trust);
  for (const pop of [lhr, fra]) {
    fixture.atEnd(() => pop.close());
    await pop.start();
  }
  return { lhr, fra };
}

async function give(publisher: Store, pop: string): Promise<void> {
  const { v: _, id: __, ...what } = orderOf({ pop });
  const before = await readOrders({ store: publisher, trust }, pop);
  await giveOrder({ store: publisher, trust, signer }, what, before, undefined);
}

/** The places and the POPs of what was heard. */
function heardBy(pop: FakePop): string[] {
  return pop.heard.map(({ order, pop: name }) => `${order} ${name}`);
}

testDeployed("POPs on both sides hear each other in the same order, and each takes the orders to it", () =>
  inRegion(async (region) => {
    const { lhr, fra } = await popsOf(region);
    await eventually(() => [lhr, fra].every(({ heard }) => new Set(heard.map(({ pop }) => pop)).size === 2));
    await give(region.publisher, "fra1");
    await give(region.publisher, "lhr1");
    const isDrained = (heard: FakePop["heard"], name: string) =>
      heard.some(({ pop, standings }) => pop === name && standings[0]?.phase === "drained");
    await eventually(() => [lhr, fra].every(({ heard }) => isDrained(heard, "lhr1") && isDrained(heard, "fra1")));
    expect([lhr, fra].map(({ orders }) => orders.length)).toEqual([1, 1]);
    // What one has missed, as it was replaced, the other may have heard; none has heard another thing in its place.
    const places = new Map(heardBy(lhr).map((line) => line.split(" ") as [string, string]));
    for (const line of heardBy(fra)) {
      const [order, pop] = line.split(" ");
      expect(places.get(order) ?? pop).toBe(pop);
    }
    expect(fra.heard.filter(({ pop }) => pop === "fra1").every(({ sent }) => sent !== undefined)).toBe(true);
  }),
);

testDeployed("the hub is killed: own reports come back no more, nothing breaks; it is back, and so are they", () =>
  inRegion(async (region) => {
    const { fra } = await popsOf(region);
    await eventually(() => fra.heard.some(({ pop }) => pop === "fra1"));
    await region.hub.stop("SIGKILL");
    const late = new Date().toISOString();
    await fra.report(late);
    expect(fra.heard.some(({ at }) => at === Date.parse(late))).toBe(false);
    await region.hub.start();
    await eventually(async () => {
      const again = new Date().toISOString();
      await fra.report(again);
      return fra.heard.some(({ at }) => at > Date.parse(late));
    });
    await give(region.publisher, "fra1");
    await eventually(() => fra.orders.length === 1);
  }),
);

testDeployed("mirrors that were made before there were any of these: it is said why, and zones are followed", () =>
  inRegion(async (region) => {
    const { fixture, deployed, leaf, publisher, open } = region;
    const link = fixture.link(leaf.url, verb(deployed.access("operator-ops")));
    for (const stream of ["zonecast_reports", "KV_orders"]) await link.api(`STREAM.DELETE.${stream}`);
    const { fra } = await popsOf(region);
    await eventually(() => fra.link.unheard !== undefined && fra.link.unordered !== undefined);
    expect(fra.link.unordered).toMatch(/keeps no orders yet: run zonecast store init once more/);
    expect(fra.link.unheard).toMatch(/keeps no reports yet: run zonecast store init once more/);
    await publisher.swap([put("a.example.", "one", 0)]);
    await eventually(async () => (await textOf(await open(leaf, "pop-fra1"), "a.example.")) === "one");
    expect((await publisher.reports()).map(({ pop }) => pop).sort()).toEqual(["fra1", "lhr1"]);
    const store = `{ at: "${leaf.url}", credentials: operator-ops.nk, tls: { ca: ca.pem } }`;
    deployed.write("far.yaml", `store: ${store}\n`);
    const { code, stderr } = deployed.run("store", "init", "--config", "far.yaml", "--mirror", "hub");
    expect([code, stderr]).toEqual([0, expect.stringContaining("mirrors the store of hub")]);
    await eventually(() => fra.link.unheard === undefined && fra.link.unordered === undefined);
    await give(publisher, "fra1");
    await eventually(() => fra.orders.length === 1);
  }),
);
