/** A POP that follows a store, as the real program. */

import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { hasNode24 } from "../support/need.ts";
import { until } from "../transport/stream.ts";
import { ready } from "./program.ts";
import { StorePlace, storeStatus, untilAnswered, untilLogged } from "./storeplace.ts";

vi.setConfig({ testTimeout: 40_000 });

const withThreads = test.skipIf(!hasNode24());

withThreads("what is pushed is answered: at the start, and from then on", async () => {
  const place = await StorePlace.make();
  await place.push("a.example.", 1);
  const server = await place.serving();
  expect(server.stderr).toContain("POP test1 serves 1 zones");
  expect(server.stderr).toContain("a.example. SOA");
  expect(await server.ask("www.a.example")).toBe("v1");
  expect(await server.ask("www.b.example")).toBe("REFUSED 20");
  await place.push("a.example.", 2);
  await untilAnswered(server, "www.a.example", "v2");
  await place.pushAll(["b.example.", "c.example."], 7);
  await untilAnswered(server, "www.b.example", "v7");
  await untilAnswered(server, "www.c.example", "v7");
  await until(() => server.log("zone.loaded").length === 4, "the log");
  const [first] = server.log("zone.loaded") as unknown as Readonly<Record<string, unknown>>[];
  expect(first).toMatchObject({ zone: "a.example.", version: 1, serial: 1, records: 5, from: "text" });
  expect(server.log("store.connected")).toHaveLength(1);
  expect(await server.stop()).toEqual({ code: 0, signal: null });
});

withThreads("/status tells how the store is followed, and of each zone its version, id and serial", async () => {
  const place = await StorePlace.make();
  await place.push("a.example.", 5);
  const server = await place.serving();
  await server.ask("www.a.example");
  await server.ask("nowhere.a.example");
  const { source, zones, ready: isReady, waiting } = await storeStatus(server);
  expect([isReady, waiting]).toEqual([true, undefined]);
  expect(source).toMatchObject({
    store: place.where,
    connected: true,
    synced: true,
    epoch: expect.any(String),
    position: expect.any(Number),
    refusals: 0,
  });
  expect(Date.parse(String(source.since))).toBeLessThanOrEqual(Date.now());
  expect(zones).toEqual([
    {
      zone: "a.example.",
      state: "serving",
      version: 1,
      id: 1,
      serial: 5,
      records: 5,
      from: "text",
      loaded: expect.stringMatching(/^20/),
      counts: { queries: 2, nxdomain: 1, servfail: 0, refused: 0 },
      problems: expect.any(Array),
    },
  ]);
  await server.stop();
});

withThreads("a version that is not what its manifest says is refused, and the old one is served on", async () => {
  const place = await StorePlace.make();
  await place.push("a.example.", 1, { hosts: 20 });
  const server = await place.serving();
  const bad = [
    [{ sha256: "0".repeat(64) }, "its text has another digest than its manifest says: push the zone again"],
    [{ records: 5 }, "the number of records is 24, and its manifest says 5: push the zone again"],
    [{ names: 5 }, "the number of names is 23, and its manifest says 5: push the zone again"],
    [{ serial: 99 }, "the serial is 2, and its manifest says 99: push the zone again"],
  ] as const;
  for (const [i, [claims, why]] of bad.entries()) {
    await place.push("a.example.", 2, { hosts: 20, claims });
    await until(() => server.log("zone.refused").length === i + 1, why);
    expect(server.log("zone.refused")[i].msg).toContain(why);
    expect(await server.ask("www.a.example")).toBe("v1");
  }
  const { zones, source } = await storeStatus(server);
  expect(source).toMatchObject({ refusals: 1 });
  expect(zones[0]).toMatchObject({ state: "stale", version: 1, id: 1, serial: 1, refused: { id: 5 } });
  await place.push("a.example.", 3, { hosts: 20 });
  await untilAnswered(server, "www.a.example", "v3");
  await server.stop();
});

withThreads("the POP's own guard refuses what the publisher has not said to be meant", async () => {
  const place = await StorePlace.make();
  await place.push("a.example.", 1, { hosts: 50 });
  const server = await place.serving();
  await place.push("a.example.", 2, { hosts: 10, claims: { after: 1 } });
  const { msg } = await untilLogged(server, "zone.refused");
  expect(msg).toMatch(/records fall from 54 to 14, by 74 % .*: nobody has said that it is meant \(--allow shrink\)/s);
  expect(await server.ask("www.a.example")).toBe("v1");
  const overrides = [{ guard: "shrink", found: "it shrinks" }];
  await place.push("a.example.", 3, { hosts: 10, claims: { after: 1, overrides } });
  await untilAnswered(server, "www.a.example", "v3");
  // Judged against a version that this POP does not serve: the step from its own was nobody's to judge.
  await place.push("a.example.", 4, { hosts: 1, claims: { after: 2 } });
  await untilAnswered(server, "www.a.example", "v4");
  await server.stop();
});

withThreads("a zone whose first version is refused is answered with SERVFAIL, until it is removed", async () => {
  const place = await StorePlace.make();
  await place.push("a.example.", 1);
  const server = await place.serving();
  await place.push("b.example.", 1, { claims: { serial: 9 } });
  await untilAnswered(server, "www.b.example", "SERVFAIL 24");
  const { zones } = await storeStatus(server);
  expect(zones[1]).toMatchObject({ zone: "b.example.", state: "failed", counts: { servfail: 1 } });
  await place.publisher.remove("b.example.");
  await place.push("a.example.", 2);
  await untilAnswered(server, "www.a.example", "v2");
  await untilAnswered(server, "www.b.example", "REFUSED 20");
  await server.stop();
});

withThreads("kill -9 and a start without the store: all that was answered is answered again", async () => {
  const place = await StorePlace.make();
  const zones = Array.from({ length: 300 }, (_, i) => `z${i}.example.`);
  await place.pushAll(zones, 3);
  // Large enough to be kept as an image.
  await place.push("big.example.", 4, { hosts: 2000 });
  const first = await place.serving();
  expect(await first.ask("www.z299.example")).toBe("v3");
  await until(
    () => existsSync(join(place.state, "images")) && readdirSync(join(place.state, "images")).length > 0,
    "image",
  );
  first.child.kill("SIGKILL");
  await first.exit;
  await place.destroy();
  const second = await place.serving();
  for (const name of ["www.z0.example", "www.z150.example", "www.z299.example"]) {
    expect(await second.ask(name)).toBe("v3");
  }
  expect(await second.ask("www.big.example")).toBe("v4");
  const { source, zones: shown } = await storeStatus(second);
  expect(source).toMatchObject({ connected: false, why: expect.stringContaining("store") });
  const from = new Map(shown.map((zone) => [zone.zone, zone.from]));
  expect([from.get("big.example."), from.get("z0.example.")]).toEqual(["image", "text"]);
  expect(statSync(place.state).mode & 0o077).toBe(0);
  expect(await second.stop()).toEqual({ code: 0, signal: null });
});

withThreads("an image is not taken for another version's", async () => {
  const place = await StorePlace.make();
  await place.push("big.example.", 1, { hosts: 500 });
  const first = await place.serving();
  await until(
    () => existsSync(join(place.state, "images")) && readdirSync(join(place.state, "images")).length > 0,
    "image",
  );
  await first.stop();
  await place.push("big.example.", 2, { hosts: 500 });
  const second = await place.serving();
  await untilAnswered(second, "www.big.example", "v2");
  expect((await storeStatus(second)).zones[0]).toMatchObject({ from: "text", serial: 2 });
  await second.stop();
});

withThreads("nothing on disk and no store: it answers for itself, is not ready, says so, and waits", async () => {
  const place = await StorePlace.make();
  await place.push("a.example.", 1);
  const elsewhere = await StorePlace.make();
  await elsewhere.destroy();
  const server = await elsewhere.launch();
  await untilLogged(server, "store.awaited");
  await until(() => server.stderr.includes("not ready: it waits for the store sqlite:"), "the line for people");
  expect(await server.ask("www.a.example")).toBe("SERVFAIL 14");
  const { ready: isReady, waiting, source } = await storeStatus(server);
  expect([isReady, waiting]).toEqual([false, `the store ${elsewhere.where}`]);
  expect(source).toMatchObject({ store: elsewhere.where, connected: false });
  const stopping = performance.now();
  expect(await server.stop()).toEqual({ code: 0, signal: null });
  expect(performance.now() - stopping).toBeLessThan(5000);
});

withThreads("a store without zones: not ready before the first", async () => {
  const place = await StorePlace.make();
  const server = await place.launch();
  const { msg } = await untilLogged(server, "store.awaited");
  expect(msg).toContain("has no zone yet that can be served: waiting for one; zonecast push publishes it");
  await untilAnswered(server, "www.a.example", "SERVFAIL 14");
  await place.push("a.example.", 1);
  await ready(server);
  expect(await server.ask("www.a.example")).toBe("v1");
  expect(await server.ask("www.b.example")).toBe("REFUSED 20");
  await server.stop();
});

withThreads("what a removal takes away is asked for twice: at first it is served on", async () => {
  const place = await StorePlace.make();
  await place.pushAll(["a.example.", "b.example."], 1);
  const server = await place.serving();
  await place.publisher.remove("b.example.");
  await untilLogged(server, "zone.removed");
  expect(await server.ask("www.b.example")).toBe("v1");
  const { zones, source } = await storeStatus(server);
  expect(source).toMatchObject({ removals: 1 });
  expect(zones.find(({ zone }) => zone === "b.example.")).toMatchObject({ removal: true, state: "serving" });
  await server.stop();
});

withThreads("SIGHUP compares all that the store has", async () => {
  const place = await StorePlace.make();
  await place.push("a.example.", 1);
  const server = await place.serving();
  server.child.kill("SIGHUP");
  await untilLogged(server, "reload");
  await place.push("a.example.", 2);
  await untilAnswered(server, "www.a.example", "v2");
  await server.stop();
});

withThreads("SIGTERM while it starts ends it at once", async () => {
  const place = await StorePlace.make();
  await place.pushAll(
    Array.from({ length: 2000 }, (_, i) => `z${i}.example.`),
    1,
  );
  const server = await place.launch();
  await untilLogged(server, "store.connected");
  expect(await server.stop()).toEqual({ code: 0, signal: null });
});
