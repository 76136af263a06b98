/** A hub with a store and a leaf node that mirrors it, both as deployed. */

import { initNats } from "../../../src/sync/store/natsinit.ts";
import { initMirror } from "../../../src/sync/store/natsmirror.ts";
import type { Store } from "../../../src/sync/store/store.ts";
import { Deployed, type DeployedServer } from "./deployed.ts";
import { Fixture, PLAN } from "./natsfixture.ts";

export const MIRROR = { domain: "hub", replicas: 1 };
/** The name in the leaf node's certificate. */
export const LEAF = "fra.store.example";

export interface Region {
  readonly fixture: Fixture;
  readonly deployed: Deployed;
  readonly hub: DeployedServer;
  readonly leaf: DeployedServer;
  readonly publisher: Store;
  open(server: DeployedServer, user: string): Promise<Store>;
}

/** A hub with a store, and a leaf node that mirrors it. */
export async function inRegion(test: (region: Region) => Promise<void>): Promise<void> {
  await Fixture.run(async (fixture) => {
    const users = ["--operator", "ops", "--publisher", "ci", "--pop", "lhr1", "--pop", "fra1", "--leaf", LEAF];
    const deployed = await Deployed.make(fixture, ...users);
    const hub = await deployed.hub();
    await initNats(hub.url, deployed.access("operator-ops"), PLAN);
    const leaf = await deployed.leaf(hub, LEAF, "fra");
    await initMirror(leaf.url, deployed.access("operator-ops"), MIRROR);
    const open = (server: DeployedServer, user: string) => fixture.open(server.url, deployed.access(user));
    await test({ fixture, deployed, hub, leaf, open, publisher: await open(hub, "publisher-ci") });
  });
}
