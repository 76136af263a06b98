/** Connections that die without a word, servers that stop for a while: the pitfalls of NATS that need a network to be shown. */

import type { Subscription } from "@nats-io/transport-node";
import { describe, expect, test } from "vitest";
import { storeOver } from "../../../src/sync/store/nats.ts";
import { natsPlace } from "../../../src/sync/store/natsaccess.ts";
import { type Answer, Link } from "../../../src/sync/store/natslink.ts";
import { zoneSubject } from "../../../src/sync/store/natssubjects.ts";
import { eventually, Fixture, pop, put, textOf, verb } from "./natsfixture.ts";
import { NatsProxy } from "./natsproxy.ts";
import { testNats } from "./natsserver.ts";

async function proxied(fixture: Fixture, port: number): Promise<NatsProxy> {
  const proxy = await NatsProxy.to(port);
  fixture.atEnd(() => proxy.close());
  return proxy;
}

describe.concurrent("1. consumers miss the last message after a half-open connection", () => {
  testNats("what was pushed meanwhile comes without another push", () =>
    Fixture.run(async (fixture) => {
      const server = await fixture.serverWithStore();
      const proxy = await proxied(fixture, server.port);
      const store = await fixture.open(server.url);
      const [revision] = await store.swap([put("a.", "1", 0)]);
      const follower = fixture.watch(await fixture.open(proxy.url, pop("fra1")));
      await follower.until(({ said }) => said.includes("synced"));
      proxy.stallThese();
      await store.swap([put("a.", "2", revision)]);
      await follower.until(({ heads }) => heads["a."] === "2");
      expect(follower.said).toContain("lost");
      expect(follower.said).toContain("back");
    }),
  );

  testNats("a message that a consumer swallows is noticed by the stream's last sequence, and comes once", () =>
    Fixture.run(async (fixture) => {
      const server = await fixture.serverWithStore();
      const store = await fixture.open(server.url);
      const [revision] = await store.swap([put("a.", "1", 0)]);
      let swallow = false;
      class SwallowingLink extends Link {
        override async ready(within?: number) {
          const connection = await super.ready(within);
          return new Proxy(connection, {
            get: (target, name) => {
              const value: unknown = Reflect.get(target, name);
              if (name === "subscribe") {
                return (subject: string, options: { callback: NonNullable<unknown> }): Subscription =>
                  target.subscribe(subject, {
                    callback: (error, message) => {
                      if (swallow && message.subject === zoneSubject("a.")) swallow = false;
                      else (options.callback as (e: unknown, m: unknown) => void)(error, message);
                    },
                  });
              }
              return typeof value === "function" ? value.bind(target) : value;
            },
          });
        }
      }
      const link = new SwallowingLink(natsPlace(server.url, pop("fra1")));
      fixture.atEnd(() => link.close());
      const follower = fixture.watch(storeOver(link));
      await follower.until(({ said }) => said.includes("synced"));
      swallow = true;
      await store.swap([put("a.", "2", revision)]);
      await follower.until(({ heads }) => heads["a."] === "2");
      expect(swallow).toBe(false);
      expect(follower.said).not.toContain("reset");
    }),
  );
});

describe.concurrent("5. a dead connection is noticed after four minutes", () => {
  testNats("it is told as lost within seconds, and as back when it is", () =>
    Fixture.run(async (fixture) => {
      const server = await fixture.serverWithStore();
      const proxy = await proxied(fixture, server.port);
      const follower = fixture.watch(await fixture.open(proxy.url, pop("fra1")));
      await follower.until(({ said }) => said.includes("synced"));
      proxy.stall();
      await follower.until(({ said }) => said.includes("lost"));
      proxy.heal();
      proxy.cut();
      await follower.until(({ said }) => said.includes("back"));
      expect(follower.said.slice(-2)).toEqual(["back", "synced"]);
    }),
  );

  test("pings are seconds apart, and it tries for ever", () => {
    const { options } = natsPlace("nats://127.0.0.1", pop("fra1"));
    expect(options).toMatchObject({ pingInterval: 2000, maxPingOut: 2, maxReconnectAttempts: -1 });
  });
});

describe.concurrent("a server that stands still for a while", () => {
  testNats("what was pushed into it is there once, though it was sent twice", () =>
    Fixture.run(async (fixture) => {
      const server = await fixture.serverWithStore();
      let sent = 0;
      class CountingLink extends Link {
        override async request(...request: Parameters<Link["request"]>): Promise<Answer> {
          if (request[0] === zoneSubject("a.")) sent++;
          return await super.request(...request);
        }
      }
      const link = new CountingLink(natsPlace(server.url, verb()));
      fixture.atEnd(() => link.close());
      await link.ready();
      const store = storeOver(link);
      await server.freeze();
      const swap = store.swap([put("a.", "1", 0)]);
      await eventually(() => sent >= 2);
      server.signal("SIGCONT");
      const [revision] = await swap;
      expect((await store.history("a.")).map((entry) => entry.revision)).toEqual([revision]);
    }),
  );

  testNats("who pushes is told that it may or may not have been done, and can find out", () =>
    Fixture.run(async (fixture) => {
      const server = await fixture.serverWithStore();
      const store = await fixture.open(server.url);
      await server.freeze();
      await expect(store.swap([put("a.", "1", 0)])).rejects.toMatchObject({ kind: "lost" });
      server.signal("SIGCONT");
      const text = await textOf(store, "a.");
      expect([undefined, "1"]).toContain(text);
      const [revision] = await store.swap([put("a.", "2", (await store.head("a."))?.revision ?? 0)]);
      expect((await store.head("a."))?.revision).toBe(revision);
    }),
  );
});
