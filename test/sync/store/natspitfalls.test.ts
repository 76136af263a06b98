/**
 * What goes wrong with NATS where it is used as its documents say: each case was measured, and must not happen here.
 * Those that are about connections, 1 and 5, are in natshalfopen.test.ts.
 */

import { connect } from "@nats-io/transport-node";
import { describe, expect, test } from "vitest";
import { storeOver } from "../../../src/sync/store/nats.ts";
import { initNats } from "../../../src/sync/store/natsinit.ts";
import { Pull } from "../../../src/sync/store/natspull.ts";
import { popRights } from "../../../src/sync/store/natsrights.ts";
import { allOf, STREAMS, ZONES } from "../../../src/sync/store/natssubjects.ts";
import { Conflict } from "../../../src/sync/store/store.ts";
import { eventually, Fixture, PLAN, pop, put, textOf, verb } from "./natsfixture.ts";
import { findNats, testNats } from "./natsserver.ts";

describe("2. a stream that was made anew, or restored, goes backwards silently", () => {
  testNats("it is a reset, and no zone is dropped for it", () =>
    Fixture.run(async (fixture) => {
      const server = await fixture.serverWithStore();
      const store = await fixture.open(server.url);
      await store.swap([put("a.", "1", 0), put("b.", "1", 0)]);
      const follower = fixture.watch(await fixture.open(server.url, pop("fra1")));
      await follower.until(({ said }) => said.includes("synced"));
      const link = fixture.link(server.url);
      for (const stream of STREAMS) await link.api(`STREAM.DELETE.${stream}`);
      await initNats(server.url, verb(), PLAN);
      await store.swap([put("b.", "new", 0)]);
      await follower.until(({ heads }) => heads["b."] === "new");
      expect(follower.events.find((event) => event.say === "reset")).toMatchObject({
        why: "the store was made anew",
      });
      // Nothing was said of a., which the follower keeps until it hears of it.
      expect(
        follower
          .entries()
          .map(({ zone }) => zone)
          .sort(),
      ).toEqual(["a.", "b.", "b."]);
    }),
  );
});

describe("3. pulling by octets stops for good on 2.9.10", () => {
  testNats("large and small manifests flow, one behind the other", () =>
    Fixture.run(async (fixture) => {
      const server = await fixture.serverWithStore();
      const store = await fixture.open(server.url);
      const follower = fixture.watch(await fixture.open(server.url, pop("fra1")));
      const sizes = Array.from({ length: 120 }, (_, i) => (i % 4 === 0 ? 850_000 : 10));
      for (let from = 0; from < sizes.length; from += 30) {
        const changes = sizes.slice(from, from + 30).map((size, i) => put(`z${from + i}.`, "x".repeat(size), 0));
        await store.swap(changes);
      }
      await follower.until(({ heads }) => Object.keys(heads).length === sizes.length);
      const fresh = fixture.watch(await fixture.open(server.url, pop("fra2")));
      await fresh.until(({ said }) => said.includes("synced"));
      expect(sizes.map((_, i) => fresh.heads[`z${i}.`].length)).toEqual(sizes);
    }),
  );
});

describe("4. watchers read ahead without bounds", () => {
  testNats("a reader that stops reading makes the server wait", () =>
    Fixture.run(async (fixture) => {
      const server = await fixture.serverWithStore();
      const store = await fixture.open(server.url);
      const count = 300;
      for (let i = 0; i < count; i += 50) {
        await store.swap(Array.from({ length: 50 }, (_, k) => put(`z${i + k}.`, "x".repeat(200_000), 0)));
      }
      const link = fixture.link(server.url, pop("fra1"));
      const stop = new AbortController();
      const events = storeOver(link).watch(undefined, stop.signal)[Symbol.asyncIterator]();
      const connection = await link.ready();
      let seen = 0;
      const take = async () => {
        const { value } = await events.next();
        if (value?.say === "entries") seen += value.entries.length;
      };
      await take();
      // Until no more comes.
      let before = -1;
      await eventually(async () => {
        const still = connection.stats().inBytes === before;
        before = connection.stats().inBytes;
        await new Promise((resolve) => setTimeout(resolve, 200));
        return still;
      });
      expect(seen).toBeLessThan(count);
      expect(connection.stats().inBytes).toBeLessThan(24 << 20);
      while (seen < count) await take();
      stop.abort();
      await events.return?.();
    }),
  );
});

describe("6. a power cut takes what was not yet on the disk", () => {
  testNats("whoever pushed can push again: a head that is gone is a conflict, not a mix-up", () =>
    Fixture.run(async (fixture) => {
      const server = await fixture.serverWithStore();
      const store = await fixture.open(server.url);
      const [first] = await store.swap([put("a.", "1", 0)]);
      await server.stop();
      const copy = server.copy();
      await server.start();
      const later = await fixture.open(server.url);
      const [second] = await later.swap([put("a.", "2", first)]);
      await server.stop("SIGKILL");
      copy();
      await server.start();
      const again = await fixture.open(server.url);
      expect(await textOf(again, "a.")).toBe("1");
      await expect(again.swap([put("a.", "3", second)])).rejects.toBeInstanceOf(Conflict);
      const [third] = await again.swap([put("a.", "2", first)]);
      // The same sequence as what was lost, and yet another revision.
      expect(third).not.toBe(second);
    }),
  );
});

describe("7. a POP may make a consumer that delivers to a subject of its choice", () => {
  testNats("it can't be one of other streams, nor write into the zones", () =>
    Fixture.run(async (fixture) => {
      const { publish, subscribe } = popRights("fra1");
      const rights = JSON.stringify({ publish, subscribe });
      const users = `{ user: pop, password: p, permissions: ${rights} }, { user: op, password: p }`;
      const server = await fixture.server({ config: `accounts { Z { jetstream: enabled, users: [${users}] } }` });
      const opUrl = server.url.replace("//", "//op:p@");
      await initNats(opUrl, verb(), PLAN);
      const store = await fixture.open(opUrl);
      await store.swap([put("a.", "1", 0)]);
      const connection = await connect({ servers: server.url, user: "pop", pass: "p", inboxPrefix: "_INBOX_fra1" });
      fixture.atEnd(() => connection.close());
      const make = async (stream: string, filter: string, deliver: string): Promise<string> => {
        const config = {
          name: "x",
          filter_subject: filter,
          deliver_subject: deliver,
          ack_policy: "none",
          deliver_policy: "all",
        };
        const subject = `$JS.API.CONSUMER.CREATE.${stream}.x.${filter}`;
        const answer = await connection.request(subject, JSON.stringify({ stream_name: stream, config }), {
          timeout: 1000,
        });
        return answer.string();
      };
      await expect(make("KV_ledger", "$KV.ledger.>", "_INBOX_fra1.x")).rejects.toThrow(/permissions violation/i);
      // The server refuses what would feed a stream to itself, and what does not match the subject it was asked on.
      await make(ZONES, allOf(ZONES), "$KV.zones.b").catch(() => "");
      await make(ZONES, allOf(ZONES), "$KV.ledger.b").catch(() => "");
      await store.swap([put("c.", "1", 0)]);
      expect(await store.head("b.")).toBeUndefined();
    }),
  );
});

describe("8. a mirror drops messages silently unless it has the limits of its origin", () => {
  testNats("with the limits that the store's streams say, it holds the same", () =>
    Fixture.run(async (fixture) => {
      const server = await fixture.serverWithStore();
      const link = fixture.link(server.url);
      type Info = { config: { max_msgs_per_subject: number }; state: { messages: number; last_seq: number } };
      const info = (stream: string) => link.api<Info>(`STREAM.INFO.${stream}`);
      const { max_msgs_per_subject } = (await info(ZONES)).config;
      // Before the first push: servers before 2.11.5 hold a mirror's messages to the sequences that they expected, and a
      // mirror stops for good at the first whose predecessor was not kept (nats-server issue 5865).
      const mirror = { name: "M", mirror: { name: ZONES }, storage: "file", allow_rollup_hdrs: true };
      await link.api("STREAM.CREATE.M", { ...mirror, max_msgs_per_subject });
      const store = await fixture.open(server.url);
      let [revision] = await store.swap([put("a.", "0", 0)]);
      for (let i = 1; i < PLAN.history * 4; i++) [revision] = await store.swap([put("a.", String(i), revision)]);
      await eventually(async () => (await info("M")).state.last_seq === PLAN.history * 4);
      expect((await info("M")).state.messages).toBe((await info(ZONES)).state.messages);
    }),
  );
});

describe("9. old servers", () => {
  testNats("the whole of it is one account's: another account of the same server sees nothing", () =>
    Fixture.run(async (fixture) => {
      const account = (user: string) => `{ jetstream: enabled, users: [{ user: ${user}, password: p }] }`;
      const server = await fixture.server({ config: `accounts { A ${account("a")}, B ${account("b")} }` });
      await initNats(server.url.replace("//", "//a:p@"), verb(), PLAN);
      const b = await fixture.open(server.url.replace("//", "//b:p@"));
      await expect(b.head("a.")).rejects.toMatchObject({ kind: "missing" });
    }),
  );
});

describe("10. there is no nats-server on npm", () => {
  test("tests take $NATS_SERVER, then PATH, and say when there is none", () => {
    expect(findNats({ NATS_SERVER: process.execPath, PATH: "" }, [])).toBe(process.execPath);
    expect(findNats({ PATH: "/nowhere" }, [])).toBeUndefined();
  });
});

testNats("a consumer that is taken away under its reader is told at once", () =>
  Fixture.run(async (fixture) => {
    const server = await fixture.serverWithStore();
    const link = fixture.link(server.url);
    const pull = await Pull.open(link, { stream: ZONES, filter: allOf(ZONES), start: "all" });
    const { consumers } = await link.api<{ consumers: string[] }>(`CONSUMER.NAMES.${ZONES}`);
    const told = expect(pull.take(10_000)).rejects.toMatchObject({ kind: "lost" });
    await link.api(`CONSUMER.DELETE.${ZONES}.${consumers[0]}`);
    await told;
  }),
);
