/** The three-node configuration as it is shipped: copies on all three, and one that dies. */

import { expect, vi } from "vitest";
import { initNats } from "../../../src/sync/store/natsinit.ts";
import { freePort } from "../../transport/port.ts";
import { Deployed, type DeployedServer, testDeployed } from "./deployed.ts";
import { eventually, Fixture, gathered, PLAN, put } from "./natsfixture.ts";

vi.setConfig({ testTimeout: 60_000 });

interface Cluster {
  readonly fixture: Fixture;
  readonly deployed: Deployed;
  readonly nodes: readonly DeployedServer[];
  /** All three, as store.at has them. */
  readonly where: string;
  readonly routes: readonly number[];
}

async function inCluster(test: (cluster: Cluster) => Promise<void>): Promise<void> {
  await Fixture.run(async (fixture) => {
    const users = ["--operator", "ops", "--publisher", "ci", "--pop", "lhr1", "--leaf", "fra.store.example"];
    const deployed = await Deployed.make(fixture, ...users);
    const names = ["n1", "n2", "n3"];
    const routes = await Promise.all(names.map(() => freePort()));
    const nodes: DeployedServer[] = [];
    for (const [i, name] of names.entries()) {
      deployed.certificate(name, ["localhost", "127.0.0.1"]);
      nodes.push(await deployed.launch("node.conf", name, await nodeEnvironment(name, routes[i], routes)));
    }
    await Promise.all(nodes.map((node) => node.ready()));
    const where = nodes.map(({ url }) => url).join(",");
    await test({ fixture, deployed, nodes, where, routes });
  });
}

async function nodeEnvironment(name: string, port: number, routes: readonly number[]): Promise<Record<string, string>> {
  return {
    NATS_NAME: name,
    NATS_CLUSTER: `127.0.0.1:${port}`,
    NATS_ROUTES: `[ ${routes.map((route) => `"tls://localhost:${route}"`).join(", ")} ]`,
    NATS_LEAFS: `127.0.0.1:${await freePort()}`,
  };
}

testDeployed(
  "the leader is killed while somebody publishes: nothing that was stored is missing, and who follows is told all",
  () =>
    inCluster(async ({ fixture, deployed, nodes, where }) => {
      const operator = deployed.access("operator-ops");
      await initNats(where, operator, { ...PLAN, history: 100, replicas: 3 });
      const publisher = await fixture.open(where, deployed.access("publisher-ci"));
      const follower = fixture.watch(await fixture.open(where, deployed.access("pop-lhr1")));
      let [revision] = await publisher.swap([put("a.example.", "0", 0)]);
      const link = fixture.link(where, operator);
      const info = await link.api<{ cluster: { leader: string } }>("STREAM.INFO.KV_zones");
      const leader = nodes.find(({ name }) => name === info.cluster.leader);
      expect(leader).toBeDefined();
      for (let i = 1; i <= 40; i++) {
        if (i === 10) await leader?.stop("SIGKILL");
        // A swap that is not known to be done is asked for again, as push does.
        for (;;) {
          const head = await publisher.head("a.example.").catch(() => undefined);
          if (head !== undefined && Buffer.from(head.octets).toString() === String(i)) {
            revision = head.revision;
            break;
          }
          const swapped = await publisher.swap([put("a.example.", String(i), revision)]).catch(() => undefined);
          if (swapped !== undefined) {
            [revision] = swapped;
            break;
          }
        }
      }
      await follower.until(({ heads }) => heads["a.example."] === "40");
      const history = await publisher.history("a.example.");
      expect(history.map(({ octets }) => Number(Buffer.from(octets).toString()))).toEqual(
        Array.from({ length: 41 }, (_, i) => 40 - i),
      );
      // The cluster gives every second reader to the dead server, and does not answer then.
      for (let i = 0; i < 5; i++) expect((await gathered(publisher.heads())).flat()).toHaveLength(1);
      await leader?.start();
      await eventually(async () => {
        const { cluster } = await link.api<{ cluster: { replicas?: { current: boolean }[] } }>("STREAM.INFO.KV_zones");
        return cluster.replicas?.filter(({ current }) => current).length === 2;
      });
    }),
);

testDeployed("a server that is none of the three stays out, though the same authority has signed its certificate", () =>
  inCluster(async ({ deployed, nodes, routes }) => {
    await eventually(async () => Number((await nodes[0].figures("routez"))?.num_routes) === 2);
    deployed.certificate("fra.store.example", ["fra.store.example", "127.0.0.1"]);
    const port = await freePort();
    const environment = await nodeEnvironment("intruder", port, [port, ...routes]);
    await deployed.launch("node.conf", "fra.store.example", environment);
    await eventually(() => deployed.logOf("n1").includes("Router connection closed: Authentication Failure"));
    expect((await nodes[0].figures("routez"))?.num_routes).toBe(2);
  }),
);
