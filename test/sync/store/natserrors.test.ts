/** What goes wrong on the way to a store in NATS is told as a sentence with what to do, in time, and without secrets. */

import { execFileSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test, vi } from "vitest";
import { openNats } from "../../../src/sync/store/nats.ts";
import { natsPlace } from "../../../src/sync/store/natsaccess.ts";
import { initNats } from "../../../src/sync/store/natsinit.ts";
import { newNatsKey } from "../../../src/sync/store/natsusers.ts";
import { BLOB_MOST, type Store, StoreError } from "../../../src/sync/store/store.ts";
import { testWith } from "../../support/need.ts";
import { freePort } from "../../transport/port.ts";
import { Fixture, PLAN, pop, put, textOf, verb } from "./natsfixture.ts";
import { hasNats, testNats } from "./natsserver.ts";

const folder = mkdtempSync(join(tmpdir(), "zonecast-natserrors-"));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

async function failure(what: Promise<unknown>): Promise<StoreError> {
  const error = await what.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(StoreError);
  return error as StoreError;
}

describe("where it is", () => {
  test.each([
    ["nats://fra.example:4222", "nats://fra.example:4222"],
    ["nats://bob:geheim@fra.example:4222", "nats://fra.example:4222"],
    ["nats://geheim@fra.example", "nats://fra.example"],
    ["nats://bob:ge%40heim@[::1]:4222/?geheim", "nats://[::1]:4222"],
    ["nats://bob:ge@heim@fra.example", "nats://fra.example"],
    ["tls://a:geheim@one.example,tls://b:geheim@two.example", "tls://one.example,tls://two.example"],
    ["wss://bob:geheim@fra.example/geheim", "wss://fra.example"],
  ])("%s is told as %s", (where, told) => {
    const place = natsPlace(where, verb());
    expect(place.where).toBe(told);
    expect(JSON.stringify(place.options)).not.toContain("heim");
  });
});

describe("a credential", () => {
  test("user and password of the address are taken apart at the first colon", () => {
    const { authenticator } = natsPlace("nats://bob:ge%3Aheim@fra.example", verb()).options;
    expect([authenticator].flat()[0]?.("nonce")).toEqual({ user: "bob", pass: "ge:heim" });
  });

  test("a seed signs what the server asks", () => {
    const { seed, key } = newNatsKey();
    const credentials = file("seed", `# of fra1\n${seed}\n`);
    const { authenticator } = natsPlace("nats://fra.example", verb({ credentials })).options;
    expect([authenticator].flat()[0]?.("nonce")).toMatchObject({ nkey: key });
  });

  test(".creds files have a JWT and a seed", () => {
    const { seed, key } = newNatsKey();
    const part = (name: string, text: string) => `-----BEGIN ${name}-----\n${text}\n------END ${name}------\n\n`;
    const credentials = file("pop.creds", part("NATS USER JWT", "eyJ0.e30.sig") + part("USER NKEY SEED", seed));
    const { authenticator } = natsPlace("nats://fra.example", verb({ credentials })).options;
    expect([authenticator].flat()[0]?.("nonce")).toMatchObject({ jwt: "eyJ0.e30.sig", nkey: key });
  });

  test.each(["", "SUAGEHEIM", "geheim\ngeheim", "-----BEGIN NATS USER JWT-----\ngeheim\n"])(
    "%j is none, and is not repeated",
    async (text) => {
      const error = await failure(openNats("nats://fra.example", verb({ credentials: file("bad", text) })));
      expect(error.kind).toBe("denied");
      expect(error.message).toMatch(/bad holds no credential for NATS: expected an nkey seed/);
      expect(error.message.toLowerCase()).not.toContain("geheim");
    },
  );

  test("a file that can't be read is named", async () => {
    const error = await failure(openNats("nats://fra.example", verb({ credentials: join(folder, "none") })));
    expect(error.message).toBe(`${join(folder, "none")}: can't read: no such file or directory`);
  });

  testNats("that the server does not know is refused at once, without repeating it", () =>
    Fixture.run(async (fixture) => {
      const server = await fixture.server({ config: "authorization { user: bob, password: geheim }" });
      for (const user of ["bob:falschgeheim@", ""]) {
        const error = await failure(openNats(server.url.replace("//", `//${user}`), verb()));
        expect(error.kind).toBe("denied");
        expect(error.message).toMatch(/^the store at nats:\/\/127\.0\.0\.1:\d+ refuses this credential/);
        expect(error.message).not.toContain("geheim");
      }
      const store = await fixture.open(server.url, verb({ credentials: file("bob", "bob:geheim\n") }));
      expect(store.where).toBe(server.url);
    }),
  );
});

describe.concurrent("nothing to work with", () => {
  testNats("nothing listens: a verb gives up in seconds, a POP has its store at once and follows when it comes", () =>
    Fixture.run(async (fixture) => {
      const where = `nats://127.0.0.1:${await freePort()}`;
      const store = await fixture.open(where, pop("fra1"));
      const follower = fixture.watch(store);
      const [error, ofHead] = await Promise.all([failure(openNats(where, verb())), failure(store.head("a."))]);
      expect([error.kind, ofHead.kind]).toEqual(["lost", "lost"]);
      expect(error.message).toBe(
        `the store at ${where} is not reached: nothing listens there: see that nats-server runs, and that host and port are right`,
      );
      await follower.until(({ said }) => said.includes("lost"));
      expect(follower.said).toEqual(["lost"]);
    }),
  );

  testNats("a POP that was there first follows when the server and its store come", () =>
    Fixture.run(async (fixture) => {
      const server = await fixture.server();
      await server.stop();
      const follower = fixture.watch(await fixture.open(server.url, pop("fra1")));
      await follower.until(({ said }) => said.includes("lost"));
      await server.start();
      await initNats(server.url, verb(), PLAN);
      const store = await fixture.open(server.url);
      await store.swap([put("a.", "1", 0)]);
      await follower.until(({ heads, said }) => heads["a."] === "1" && said.includes("synced"));
      expect(follower.said.slice(0, 2)).toEqual(["lost", "back"]);
    }),
  );

  testNats("there is no store yet: every verb says how to make it", () =>
    Fixture.run(async (fixture) => {
      const server = await fixture.server();
      const store = await fixture.open(server.url);
      const error = await failure(store.head("a."));
      expect(error.message).toBe(`there is no store at ${server.url}: make it with zonecast store init`);
      const verbs = [store.meta(), store.history("a."), store.swap([put("a.", "", 0)]), store.reports()];
      for (const told of await Promise.all(verbs.map(failure))) {
        expect(told.kind).toBe("missing");
        expect(told.message).toMatch(/make it.* with zonecast store init$/);
      }
    }),
  );

  testNats("several copies take a cluster", () =>
    Fixture.run(async (fixture) => {
      const server = await fixture.server();
      const error = await failure(initNats(server.url, verb(), { ...PLAN, replicas: 3 }));
      expect(error.message).toMatch(
        /can't keep 3 copies of everything: .*; run a cluster of so many servers, or make it/,
      );
    }),
  );
});

describe("made once more", () => {
  testNats("nothing that it holds is lost, and a longer history takes effect", () =>
    Fixture.run(async (fixture) => {
      const server = await fixture.server();
      await initNats(server.url, verb(), { ...PLAN, history: 2 });
      const store = await fixture.open(server.url);
      let revision = 0;
      const push = async (times: number) => {
        for (let i = 0; i < times; i++) [revision] = await store.swap([put("a.", String(i), revision)]);
      };
      await push(5);
      expect(await store.history("a.")).toHaveLength(2);
      await initNats(server.url, verb(), { ...PLAN, history: 30 });
      await push(40);
      expect(await store.history("a.")).toHaveLength(30);
      await initNats(server.url, verb(), { ...PLAN, history: 2 });
      expect(await store.history("a.")).toHaveLength(30);
      await initNats(server.url, verb(), { ...PLAN, history: undefined, replicas: undefined });
      await push(2);
      expect(await store.history("a.")).toHaveLength(30);
    }),
  );
});

describe("no room", () => {
  async function filled(store: Store): Promise<StoreError> {
    for (let i = 0; ; i++) {
      const sha256 = i.toString(16).padStart(64, "0");
      const put = store.putBlob(sha256, Buffer.alloc(BLOB_MOST, i));
      const error = await put.then(
        () => undefined,
        (reason: StoreError) => reason,
      );
      if (error !== undefined) return error;
    }
  }

  testNats("a store that is full says so, loses nothing, and takes more when there is room again", () =>
    Fixture.run(async (fixture) => {
      const server = await fixture.serverWithStore({ maxFile: 4 << 20 });
      const store = await fixture.open(server.url);
      const [revision] = await store.swap([put("a.", "1", 0)]);
      const error = await filled(store);
      expect(error.kind).toBe("full");
      expect(error.message).toMatch(
        /has no room \(.*\): free disk there, raise JetStream's limits, or run zonecast store collect$/,
      );
      const large = { zone: "a.", octets: Buffer.alloc(700_000), expected: revision };
      expect(await failure(store.swap([large]))).toMatchObject({ kind: "full" });
      expect(await failure(store.swap([large, put("b.", "1", 0)]))).toMatchObject({ kind: "full" });
      expect(await textOf(store, "a.")).toBe("1");
      expect(await store.head("b.")).toBeUndefined();
      for (let i = 0; i < 3; i++) await store.dropBlob(i.toString(16).padStart(64, "0"));
      await store.swap([large, put("b.", "1", 0)]);
      expect(await textOf(store, "b.")).toBe("1");
    }),
  );

  testNats("a server that takes only small messages says which setting to raise", () =>
    Fixture.run(async (fixture) => {
      const server = await fixture.serverWithStore({ config: "max_payload: 65536" });
      const store = await fixture.open(server.url);
      const error = await failure(store.putBlob("0".repeat(64), Buffer.alloc(100_000)));
      expect(error.message).toMatch(/takes no message of \d+ octets: raise max_payload \(65536\) in nats-server$/);
    }),
  );
});

describe("TLS", () => {
  // Who shows a wrong certificate is tried again until the time is up.
  vi.setConfig({ testTimeout: 60_000 });
  const openssl = (...words: string[]) => execFileSync("openssl", words, { cwd: folder, stdio: "ignore" });

  testWith("openssl", "both sides show certificates; what does not fit is told", () => {
    if (!hasNats()) return Promise.resolve();
    openssl(..."req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=ca -keyout ca.key -out ca.pem".split(" "));
    for (const name of ["server", "client"]) {
      openssl(..."req -newkey rsa:2048 -nodes -subj /CN=x -out x.csr -keyout".split(" "), `${name}.key`);
      file("san", "subjectAltName=IP:127.0.0.1");
      openssl(
        ..."x509 -req -in x.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile san -out".split(" "),
        `${name}.pem`,
      );
    }
    chmodSync(join(folder, "server.key"), 0o600);
    const at = (name: string) => join(folder, name);
    return Fixture.run(async (fixture) => {
      const files = `cert_file: "${at("server.pem")}", key_file: "${at("server.key")}", ca_file: "${at("ca.pem")}"`;
      const server = await fixture.server({ config: `tls { ${files}, verify: true }` });
      const where = server.url.replace("nats:", "tls:");
      const tls = { ca: at("ca.pem"), cert: at("client.pem"), key: at("client.key") };
      await initNats(where, verb({ tls }), PLAN);
      const store = await fixture.open(where, verb({ tls }));
      await store.swap([put("a.", "1", 0)]);
      const [stranger, nobody] = await Promise.all([
        failure(openNats(where, verb())),
        failure(openNats(where, verb({ tls: { ...tls, cert: undefined, key: undefined } }))),
      ]);
      expect(stranger.message).toMatch(
        /shows a certificate that is not trusted here \(.*\): name its authority's file in store\.tls\.ca/,
      );
      expect(nobody.message).toMatch(/^the store at tls:/);
      const plain = await fixture.server();
      const error = await failure(openNats(plain.url.replace("nats:", "tls:"), verb({ tls })));
      expect(error.message).toMatch(/does not speak TLS: enable it in nats-server, or use nats:\/\//);
    });
  });
});
