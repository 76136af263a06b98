/** Rights as users.conf gives them, by trying, on the one-node configuration as it is shipped. */

import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { connect, type NatsConnection } from "@nats-io/transport-node";
import { afterAll, beforeAll, expect, vi } from "vitest";
import { newPrivateKey, signerFrom, Trust } from "../../../src/sync/manifest/keys.ts";
import { manifestMessage, openManifest } from "../../../src/sync/manifest/message.ts";
import { openNats } from "../../../src/sync/store/nats.ts";
import { natsPlace } from "../../../src/sync/store/natsaccess.ts";
import { initNats } from "../../../src/sync/store/natsinit.ts";
import { readUsers, usersText } from "../../../src/sync/store/natsusers.ts";
import type { StoreAccess } from "../../../src/sync/store/open.ts";
import type { Store } from "../../../src/sync/store/store.ts";
import { manifestOf } from "../manifest/manifests.ts";
import { Collected } from "./contract/collected.ts";
import { Deployed, type DeployedServer, testDeployed } from "./deployed.ts";
import { eventually, Fixture, gathered, PLAN, put, textOf, verb } from "./natsfixture.ts";
import { hasNats } from "./natsserver.ts";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const BLOB = Buffer.alloc(5000, 7);
const SHA256 = createHash("sha256").update(BLOB).digest("hex");
const STREAMS = ["KV_zones", "KV_blobs", "KV_ledger", "KV_orders", "KV_meta", "zonecast_reports"];

/** All that was said to people. */
const said: string[] = [];

let fixture: Fixture;
let deployed: Deployed;
let server: DeployedServer;
let publisher: Store;

beforeAll(async () => {
  if (!hasNats()) return;
  fixture = new Fixture();
  const users = ["--operator", "ops", "--publisher", "ci", "--pop", "lhr1", "--pop", "fra 1", "--leaf", "far.example"];
  deployed = await Deployed.make(fixture, ...users);
  server = await deployed.hub();
  await initNats(server.url, deployed.access("operator-ops"), PLAN);
  publisher = await open("publisher-ci");
});

afterAll(() => fixture?.end());

async function open(user: string, more: Partial<StoreAccess> = {}): Promise<Store> {
  const store = await openNats(server.url, deployed.access(user, more));
  fixture.atEnd(() => store.close());
  return store;
}

/** A bare connection, as one has who holds a seed and writes a program of his own. */
async function bare(user: string): Promise<NatsConnection> {
  const connection = await connect(natsPlace(server.url, deployed.access(user)).options);
  fixture.atEnd(() => connection.close());
  return connection;
}

/** Those of the subjects that the server lets the user publish to. */
async function publishable(connection: NatsConnection, subjects: readonly string[]): Promise<string[]> {
  const through: string[] = [];
  let refused = 0;
  const listen = async () => {
    for await (const { type } of connection.status()) if (type === "error") refused++;
  };
  void listen();
  for (const subject of subjects) {
    const before = refused;
    connection.publish(subject, "{}");
    await connection.flush();
    await setImmediate();
    if (refused === before) through.push(subject);
  }
  return through;
}

/** Those of the subjects that the server lets the user subscribe to. */
async function subscribable(connection: NatsConnection, subjects: readonly string[]): Promise<string[]> {
  const refused: string[] = [];
  for (const subject of subjects) {
    const callback = (error: Error | null) => {
      if (error !== null) refused.push(subject);
    };
    connection.subscribe(subject, { callback });
  }
  await connection.flush();
  return subjects.filter((subject) => !refused.includes(subject));
}

/** What an operation is refused with. */
async function refusal(work: Promise<unknown>): Promise<string> {
  const text = await work.then(
    () => "it was let through",
    (error: Error & { kind?: string }) => `${error.kind}: ${error.message}`,
  );
  said.push(text);
  return text;
}

function overStreams(...what: readonly string[]): string[] {
  return STREAMS.flatMap((stream) => what.map((name) => `$JS.API.${name.replace("*", stream)}`));
}

testDeployed("each role can do its work", async () => {
  const revisions = await publisher.swap([put("a.example.", "one", 0)]);
  await publisher.swap([put("b.example.", "two", 0), put("c.example.", "three", 0)]);
  expect(await publisher.putBlob(SHA256, BLOB)).toBe(true);
  expect(await publisher.putBlob(SHA256, BLOB)).toBe(false);
  await publisher.record({ zone: "a.example.", octets: Buffer.from("line") });
  expect(await publisher.ledger("a.example.")).toHaveLength(1);
  for (const name of ["lhr1", "fra 1"]) {
    const store = await openNats(server.url, { ...deployed.access(`pop-${name.replace(" ", "=20")}`), pop: name });
    fixture.atEnd(() => store.close());
    expect(await store.meta()).toEqual({ trust: [] });
    expect((await store.head("a.example."))?.revision).toBe(revisions[0]);
    expect(Buffer.from((await store.getBlob(SHA256)) ?? [])).toEqual(BLOB);
    expect((await gathered(store.heads())).flat()).toHaveLength(3);
    await fixture.watch(store).until(({ said: events }) => events.includes("synced"));
    await store.report({ pop: name, octets: Buffer.from(name) });
  }
  expect((await publisher.reports()).map(({ pop }) => pop).sort()).toEqual(["fra 1", "lhr1"]);
  for (const pop of ["lhr1", "fra 1"]) await publisher.order({ pop, octets: Buffer.from(`to ${pop}`), expected: 0 });
  for (const name of ["lhr1", "fra 1"]) {
    const store = await openNats(server.url, { ...deployed.access(`pop-${name.replace(" ", "=20")}`), pop: name });
    fixture.atEnd(() => store.close());
    const reports = new Collected((signal) => store.watchReports(signal));
    await reports.until("both POPs", () => reports.of("report").length === 2);
    await reports.stop();
    const orders = new Collected((signal) => store.watchOrders(name, signal));
    await orders.until("its own order", () => orders.says.includes("synced"));
    expect(orders.of("order").map(({ order }) => Buffer.from(order.octets).toString())).toEqual([`to ${name}`]);
    await orders.stop();
  }
  expect(await publisher.history("a.example.")).toHaveLength(1);
  const operator = await open("operator-ops");
  await operator.putBlob(createHash("sha256").update("x").digest("hex"), Buffer.from("x"));
  await operator.dropBlob(createHash("sha256").update("x").digest("hex"));
  expect(await gathered(operator.blobs())).toHaveLength(1);
});

testDeployed("a POP writes its own report, reads its own orders, and nothing else", async () => {
  const connection = await bare("pop-lhr1");
  const forbidden = [
    "$KV.zones.a.example",
    "$KV.zones.=txn.1",
    `$KV.blobs.${SHA256}`,
    `$KV.blobs.${SHA256}.at`,
    "$KV.ledger.a.example",
    "$KV.meta.store",
    "zonecast.report.fra=201",
    "zonecast.report.lhr1.x",
    "_INBOX_POP.fra=201.x",
    "_INBOX.x",
    ...overStreams("STREAM.CREATE.*", "STREAM.UPDATE.*", "STREAM.DELETE.*", "STREAM.PURGE.*", "STREAM.MSG.DELETE.*"),
    ...overStreams("STREAM.SNAPSHOT.*", "STREAM.RESTORE.*", "CONSUMER.DURABLE.CREATE.*.x", "CONSUMER.CREATE.*"),
    "$KV.orders.lhr1",
    "$JS.API.CONSUMER.CREATE.KV_orders.x.$KV.orders.>",
    "$JS.API.CONSUMER.CREATE.KV_orders.x.$KV.orders.fra=201",
    "$JS.API.STREAM.MSG.GET.KV_orders",
    "$JS.API.DIRECT.GET.KV_orders.$KV.orders.fra=201",
    "$JS.API.CONSUMER.CREATE.KV_ledger.x.$KV.ledger.>",
    "$JS.API.CONSUMER.LIST.KV_zones",
    "$JS.hub.API.STREAM.DELETE.KV_zones",
    "$SYS.REQ.SERVER.PING",
  ];
  expect(await publishable(connection, forbidden)).toEqual([]);
  expect(await publishable(connection, ["zonecast.report.lhr1"])).toEqual(["zonecast.report.lhr1"]);
});

testDeployed("a POP hears its own answers, and nobody else's", async () => {
  const connection = await bare("pop-lhr1");
  const all = [">", "*.>", "_INBOX.>", "_INBOX_POP.>", "_INBOX_POP.fra=201.>", "$KV.>", "zonecast.report.>", "$SYS.>"];
  expect(await subscribable(connection, all)).toEqual([]);
  expect(await subscribable(connection, ["_INBOX_POP.lhr1.>"])).toEqual(["_INBOX_POP.lhr1.>"]);
});

testDeployed("a publisher changes what is in the store, and not the store", async () => {
  const connection = await bare("publisher-ci");
  const forbidden = [
    "$KV.meta.store",
    "zonecast.report.lhr1",
    ...overStreams("STREAM.CREATE.*", "STREAM.UPDATE.*", "STREAM.DELETE.*", "STREAM.PURGE.*", "STREAM.MSG.DELETE.*"),
    ...overStreams("STREAM.SNAPSHOT.*", "STREAM.RESTORE.*", "CONSUMER.DURABLE.CREATE.*.x"),
    "$JS.hub.API.STREAM.DELETE.KV_zones",
    "_INBOX_POP.lhr1.x",
  ];
  expect(await publishable(connection, forbidden)).toEqual([]);
  expect(await subscribable(connection, [">", "_INBOX_POP.>", "$KV.zones.>", "$SYS.>"])).toEqual([]);
});

testDeployed("refusals say what may not be done, where, and which right is missing", async () => {
  const lhr1 = await open("pop-lhr1", { patience: "verb" });
  const swap = await refusal(lhr1.swap([put("a.example.", "mine", 0)]));
  expect(swap).toBe(
    `denied: this credential may not write zones at ${server.url}: use another, or give its user the right to publish $KV.zones.a.example`,
  );
  expect(await refusal(lhr1.putBlob("a".repeat(64), Buffer.from("x")))).toContain("may not write blobs");
  expect(await refusal(lhr1.record({ zone: "a.example.", octets: BLOB }))).toContain("may not write ledgers");
  expect(await refusal(lhr1.report({ pop: "fra1", octets: BLOB }))).toContain("may not write reports of POPs");
  const order = { pop: "lhr1", octets: BLOB, expected: 0 };
  expect(await refusal(lhr1.order(order))).toContain("may not write orders");
  expect(await refusal(lhr1.orders("fra 1"))).toContain("may not read orders");
  const purge = "may not make, change or empty the stream of blobs";
  expect(await refusal(publisher.dropBlob(SHA256))).toContain(purge);
  expect(await refusal(initNats(server.url, deployed.access("publisher-ci"), PLAN))).toContain("denied: ");
});

testDeployed(
  "strangers are refused: without a credential, with another's, and as the leaf node without its certificate",
  async () => {
    const { tls } = deployed;
    expect(await refusal(openNats(server.url, verb({ tls })))).toContain("refuses this credential");
    deployed.write("word", "far.example:x");
    deployed.write("empty", "far.example:");
    for (const file of ["word", "empty"]) {
      const access = verb({ tls, credentials: join(deployed.folder, file) });
      expect(await refusal(openNats(server.url, access))).toContain("refuses this credential");
    }
    const named = server.url.replace("://", "://far.example:@");
    expect(await refusal(openNats(named, verb({ tls })))).toContain("refuses this credential");
    const seedless = deployed.access("pop-lhr1", { tls: verb().tls, patience: "verb" });
    expect(await refusal(openNats(server.url, seedless))).toContain("a certificate that is not trusted here");
  },
);

testDeployed(
  "a manifest that an operator's credential has written is refused: it is not signed by a publisher",
  async () => {
    const trusted = signerFrom(newPrivateKey());
    const operator = await open("operator-ops");
    const octets = manifestMessage({ manifest: manifestOf(), bodies: Buffer.alloc(0) }, signerFrom(newPrivateKey()));
    await operator.swap([{ zone: "example.", octets, expected: 0 }]);
    const head = await (await open("pop-lhr1")).head("example.");
    const trust = new Trust([trusted.publicKey]);
    expect(() => openManifest("example.", head?.octets ?? BLOB, trust)).toThrow(
      /no publisher that is trusted|not trusted/,
    );
  },
);

testDeployed("a user whose lines are taken away is cut off when the server reads users.conf again", async () => {
  const lhr1 = await open("pop-lhr1", { patience: "verb" });
  expect(await textOf(lhr1, "a.example.")).toBe("one");
  const file = join(deployed.folder, "users.conf");
  const before = readFileSync(file, "utf8");
  const read = readUsers(before);
  if (!("users" in read)) throw new Error(`users.conf:${read.line}`);
  writeFileSync(file, usersText(read.users.filter(({ name }) => name !== "lhr1")));
  server.reload();
  await eventually(async () => (await refusal(lhr1.head("a.example."))).includes("refuses this credential"));
  expect(await textOf(publisher, "a.example.")).toBe("one");
  writeFileSync(file, before);
  server.reload();
  await eventually(async () => (await textOf(lhr1, "a.example.").catch(() => "")) === "one");
});

testDeployed("no seed and no password is in what was said, or in the server's log", () => {
  const all = [...said, deployed.logs()].join("\n");
  expect(said.length).toBeGreaterThan(10);
  for (const secret of deployed.seeds()) expect(all).not.toContain(secret);
  expect(all).not.toMatch(/SU[A-Z2-7]{50,}/);
  return Promise.resolve();
});
