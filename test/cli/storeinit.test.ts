/** zonecast store init: the store, the key, and what POPs are told; and which store a verb takes. */

import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { keyFile, openReader, publisherName, storePlace } from "../../src/cli/storeflags.ts";
import { configFromYaml } from "../../src/config/load.ts";
import { newPrivateKey, signerFrom } from "../../src/sync/manifest/keys.ts";
import { folder, hostsZone } from "./publisher.ts";

vi.setConfig({ testTimeout: 60_000 });

test("a store and a key that only its owner reads; the lines for pop.yaml; again, nothing is lost", async () => {
  const desk = await folder({ store: false, files: { "a.example.zone": hostsZone(1, 3) } });
  const { code, stdout, stderr } = await desk.run("store", "init");
  expect([code, stderr]).toEqual([0, expect.stringContaining("store.db.key: made; keep it safe")]);
  const keyPath = join(desk.path, "store.db.key");
  expect(statSync(keyPath).mode & 0o777).toBe(0o600);
  const pem = readFileSync(keyPath, "utf8");
  const { publicKey } = signerFrom(pem);
  expect(configFromYaml(stdout, "pop.yaml").store).toMatchObject({ at: desk.where, trust: [publicKey] });
  await desk.run("push", "a.example.zone");
  const again = await desk.run("store", "init");
  expect([again.code, again.stdout]).toEqual([0, stdout]);
  expect(stdout).toMatch(/^# For every POP's pop\.yaml:\nstore:\n/);
  expect(readFileSync(keyPath, "utf8")).toBe(pem);
  expect((await desk.run("log", "a.example")).code).toBe(0);
});

test("made once more without a number it keeps as much history as before", async () => {
  const desk = await folder({ store: false });
  await desk.run("store", "init", "--history", "2");
  expect((await desk.run("store", "init")).code).toBe(0);
  for (const serial of [1, 2, 3]) {
    desk.write("a.example.zone", hostsZone(serial, serial));
    await desk.run("push", "a.example.zone");
  }
  expect((await desk.run("log", "a.example")).stdout.match(/^push /gm)).toHaveLength(2);
});

test("a second publisher is trusted besides, and one can be dropped", async () => {
  const desk = await folder({ files: { "a.example.zone": hostsZone(1, 3) } });
  const other = newPrivateKey();
  const { publicKey } = signerFrom(other);
  writeFileSync(join(desk.path, "other.key"), other, { mode: 0o600 });
  expect((await desk.run("push", "a.example.zone", "--key", "other.key")).code).toBe(2);
  const added = await desk.run("store", "init", "--trust", publicKey);
  expect(added.stdout.match(/ed25519:/g)).toHaveLength(2);
  expect((await desk.run("push", "a.example.zone", "--key", "other.key")).code).toBe(0);
  const dropped = await desk.run("store", "init", "--untrust", publicKey);
  expect(dropped.stdout.match(/ed25519:/g)).toHaveLength(1);
  expect((await desk.run("push", "a.example.zone", "--key", "other.key")).code).toBe(2);
  const wrong = await desk.run("store", "init", "--trust", "ed25519:short");
  expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining("--trust: expected a public key")]);
});

test("a folder that is not there, and numbers that are none", async () => {
  const desk = await folder({ store: false });
  const nowhere = await desk.run("store", "init", "--store", "sqlite:no/where/store.db");
  expect([nowhere.code, nowhere.stderr]).toEqual([
    2,
    expect.stringMatching(/there is no folder .*no\/where: make it first/),
  ]);
  desk.write("text.db", "no database");
  const text = await desk.run("store", "init", "--store", "sqlite:text.db");
  expect([text.code, existsSync(join(desk.path, "text.db.key"))]).toEqual([4, false]);
  const few = await desk.run("store", "init", "--history", "0");
  expect([few.code, few.stderr]).toEqual([2, expect.stringContaining("--history: expected a whole number from 1")]);
  expect(existsSync(join(desk.path, "store.db"))).toBe(false);
});

test("which store: the flag, the environment, the configuration; else all three are named", () => {
  const desk = { ZONECAST_STORE: "nats://env:4222" };
  expect(storePlace({ store: "sqlite:/x/y.db" }, desk).where).toBe("sqlite:/x/y.db");
  expect(storePlace({}, desk).where).toBe("nats://env:4222");
  expect(() => storePlace({}, {})).toThrow("--store PLACE, set ZONECAST_STORE, or give --config FILE with store.at");
  expect(() => storePlace({ store: "http://x" }, {})).toThrow('"http://x" is no store: expected sqlite:FILE or nats:');
});

test("a configuration names the store, its credentials and the key, relative to its own folder", async () => {
  const desk = await folder({ store: false });
  const trust = signerFrom(newPrivateKey()).publicKey;
  desk.write(
    "pop.yaml",
    `store:\n  at: sqlite:data/store.db\n  credentials: pop.creds\n  trust: [${trust}]\npublish:\n  key: secret/key.pem\n`,
  );
  const config = join(desk.path, "pop.yaml");
  const place = storePlace({ config }, {});
  expect(place.where).toBe(`sqlite:${join(desk.path, "data/store.db")}`);
  expect(place.access.credentials).toBe(join(desk.path, "pop.creds"));
  expect(storePlace({ config }, { ZONECAST_CREDENTIALS: "/env.creds" }).access.credentials).toBe("/env.creds");
  expect(storePlace({ config, credentials: "/flag.creds" }, {}).access.credentials).toBe("/flag.creds");
  expect(keyFile({ config }, place, {})).toBe(join(desk.path, "secret/key.pem"));
  expect(keyFile({ config }, place, { ZONECAST_KEY: "/env.key" })).toBe("/env.key");
  expect(keyFile({ key: "/flag.key" }, place, { ZONECAST_KEY: "/env.key" })).toBe("/flag.key");
});

test("the key: beside the file of a sqlite store, and to be named for a nats one", () => {
  expect(keyFile({}, storePlace({ store: "sqlite:/x/y.db" }, {}), {})).toBe("/x/y.db.key");
  expect(() => keyFile({}, storePlace({ store: "nats://x" }, {}), {})).toThrow("which key signs? Say --key FILE");
});

test("whom to trust: a nats store's own word is not enough", async () => {
  await expect(openReader({ store: "nats://127.0.0.1:1" }, {})).rejects.toThrow(
    "Set ZONECAST_TRUST to the public keys",
  );
});

test("who does it: what is said, else user@host", () => {
  expect(publisherName("bob", { ZONECAST_BY: "eve" })).toBe("bob");
  expect(publisherName(undefined, { ZONECAST_BY: "eve" })).toBe("eve");
  expect(publisherName(undefined, {})).toMatch(/^\S+@\S+$/);
});
