/** The contract of a store, against a real nats-server. */

import { describe, test } from "vitest";
import { openNats } from "../../../src/sync/store/nats.ts";
import { natsPlace } from "../../../src/sync/store/natsaccess.ts";
import { initNats } from "../../../src/sync/store/natsinit.ts";
import { Link } from "../../../src/sync/store/natslink.ts";
import { STREAMS } from "../../../src/sync/store/natssubjects.ts";
import { PLAN, verb } from "./natsfixture.ts";
import { NatsProxy } from "./natsproxy.ts";
import { hasNats, NatsServer } from "./natsserver.ts";
import { storeContract } from "./storecontract.ts";
import type { Engine } from "./storeengine.ts";

/** Followers and writers come through a proxy, whose connections can break. */
async function natsEngine(): Promise<Engine> {
  const server = await NatsServer.start();
  const proxy = await NatsProxy.to(server.port);
  const anew = async (change: () => Promise<void> | void): Promise<void> => {
    await server.stop();
    await change();
    await server.start();
  };
  return {
    where: proxy.url,
    access: verb(),
    init: (plan) => initNats(server.url, verb(), { ...PLAN, ...plan }),
    open: (access) => openNats(proxy.url, verb(access)),
    renew: async () => {
      const link = new Link(natsPlace(server.url, verb()));
      for (const stream of STREAMS) await link.api(`STREAM.DELETE.${stream}`);
      await link.close();
      await initNats(server.url, verb(), PLAN);
    },
    backup: async () => {
      let restore = () => {};
      await anew(() => {
        restore = server.copy();
      });
      return () => anew(restore);
    },
    restart: () => anew(() => {}),
    kill: async () => {
      await server.stop("SIGKILL");
      await server.start();
    },
    breakConnections: async () => proxy.stallThese(),
    close: async () => {
      await proxy.close();
      await server.remove();
    },
  };
}

if (hasNats()) storeContract("nats", natsEngine, { backup: true, server: true, breaks: true });
else describe("nats", () => test.skip("the contract (needs nats-server)", () => {}));
