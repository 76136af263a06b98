/**
 * The real program with secrets that can be recognised: whatever it says, logs, serves and writes, none is in it. And
 * whatever it writes is for its own user alone, with a umask that would let everybody read it.
 */

import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test, vi } from "vitest";
import { newPrivateKey } from "../../src/sync/manifest/keys.ts";
import { hasNode24 } from "../support/need.ts";
import { freePort } from "../transport/port.ts";
import { until } from "../transport/stream.ts";
import { directoryWith, type Program, ready, run, start, withPorts } from "./program.ts";
import { givenAway, hexWord, secretWord } from "./secretwords.ts";
import { zoneText } from "./zonetext.ts";

vi.setConfig({ testTimeout: 90_000 });

const COOKIE = hexWord("c0ffee0badf00d5ec0ffee0badf00d5e");
const OLD_COOKIE = hexWord("5eed5eed00112233445566778899aabb");
const TOKEN = secretWord("T0ken-Hunter2-of-the-admin-server");
const PASSWORD = secretWord("P4ssword-Hunter2-of-the-store");
const BGP = secretWord("B6P-Hunter2-of-the-router");
const SEED = secretWord("SUACSSL3UAHUDXKFSNVUZRF5UHPMWZ6BFDTJ7M6USDXIEDNPPQYYYCU3VY");
const withThreads = test.skipIf(!hasNode24());

const ALL = [COOKIE, OLD_COOKIE, TOKEN, PASSWORD, BGP, SEED];

/** Whatever the caller's umask lets others do, 000 is the most. */
const OPEN_UMASK = ["sh", "-c", 'umask 000; exec "$@"', "sh"];
const { ZONECAST_ADMIN_TOKEN: _, ZONECAST_STORE: __, ZONECAST_TRUST: ___, ...environment } = process.env;
const PAGES = ["/", "/healthz", "/readyz", "/status", "/metrics", "/dashboard/", "/dashboard/fleet", "/no-such-page"];

function files(directory: string): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true }).map((one) => join(one.parentPath, one.name));
}

/** Files and folders that others than the owner can do anything with. */
function open(directory: string): string[] {
  return [directory, ...files(directory)].flatMap((path) => {
    const mode = statSync(path).mode & 0o777;
    return (mode & 0o077) === 0 ? [] : [`${path} ${mode.toString(8)}`];
  });
}

/** Large enough to be kept as an image. */
const LARGE = zoneText(7) + Array.from({ length: 200 }, (_, i) => `f${i} TXT "a line that fills the zone"\n`).join("");
const zones = directoryWith({ "a.example.zone": LARGE });

const said = ({ stdout, stderr }: Program) => stdout + stderr;

async function pages(admin: number): Promise<string> {
  const bodies = [];
  for (const path of PAGES) {
    for (const authorization of [`Bearer ${TOKEN.text}`, `Bearer wrong-${TOKEN.text}`, undefined]) {
      const answer = await fetch(`http://127.0.0.1:${admin}${path}`, {
        headers: authorization ? { authorization } : {},
      });
      bodies.push(path, JSON.stringify([...answer.headers]), await answer.text());
    }
  }
  return bodies.join("\n");
}

withThreads("a POP of files: nothing gives a secret away, and all files are its own", async () => {
  const [port, admin] = [await freePort(), await freePort()];
  const directory = directoryWith();
  const yaml = [
    `pop: lhr1\nlisten: 127.0.0.1@${port}\nlog: { level: debug }\nstate: made/state\nsummary: made/summary`,
    `querylog: { sample: 1, to: made/queries.json }\ncontrol: made/run/control.sock\nzones: ${zones}`,
    `cookies: { secrets: [${COOKIE.text}, ${OLD_COOKIE.text}] }\nadmin: { listen: 127.0.0.1@${admin}, token: ${TOKEN.text} }`,
  ].join("\n");
  const file = join(directory, "pop.yaml");
  writeFileSync(file, `${yaml}\n`, { mode: 0o644 });
  chmodSync(file, 0o644);
  const made = join(directory, "made");
  // The folder of the query log must be there.
  mkdirSync(made, { mode: 0o700 });
  const program = start(["serve", "--config", file], { env: environment }, OPEN_UMASK);
  const server = withPorts(program, "", port, admin);
  await ready(server);
  expect(await server.ask("www.a.example")).toBe("v7");
  const shown = await pages(admin);
  await until(() => files(made).some((path) => path.endsWith("queries.json") && statSync(path).size > 0), "a line");
  const images = () => files(made).some((path) => path.endsWith(".image"));
  await until(images, "the image");
  // A broken file, and a reload: errors of a running server.
  writeFileSync(file, `${yaml}\ncookies: { secrets: [${COOKIE.text}0] }\n`);
  program.child.kill("SIGHUP");
  await sleep(300);
  const living = open(made);
  await server.stop();
  expect(living).toEqual([]);
  expect(open(made)).toEqual([]);
  const written = files(made).filter((path) => statSync(path).isFile());
  expect(written.map((path) => path.slice(made.length + 1).split("/")[0])).toEqual(
    expect.arrayContaining(["state", "summary", "queries.json"]),
  );
  const texts = written.map((path) => readFileSync(path, "latin1")).join("\n");
  expect(shown).toContain("lhr1");
  expect(givenAway([said(program), shown, texts].join("\n"), ALL)).toEqual([]);
  expect(program.log("secrets.readable")).toMatchObject([{ level: "warn", file }]);
  expect(program.log("privileges.root").length).toBe(process.geteuid?.() === 0 ? 1 : 0);
});

withThreads("a store in a file, what is pushed to it, and the POP's copy are for their user alone", async () => {
  const directory = directoryWith();
  const store = `sqlite:${join(directory, "store.db")}`;
  const through = async (...args: string[]) => {
    const program = start(args, { env: { ...environment, XDG_CACHE_HOME: join(directory, "cache") } }, OPEN_UMASK);
    expect([args[0], (await program.exit).code, said(program)]).toEqual([args[0], 0, expect.any(String)]);
  };
  await through("store", "init", "--store", store);
  await through("push", "--store", store, join(zones, "a.example.zone"));
  const [port, admin] = [await freePort(), await freePort()];
  const places = ["--listen", `127.0.0.1@${port}`, "--state", join(directory, "state"), "--pop", "lhr1"];
  const program = start(["serve", "--store", store, ...places], { env: environment }, OPEN_UMASK);
  await ready(program);
  expect(await withPorts(program, "", port, admin).ask("www.a.example")).toBe("v7");
  await until(() => files(join(directory, "state")).some((path) => path.endsWith(".image")), "the image");
  expect(open(directory)).toEqual([]);
  program.child.kill("SIGTERM");
  await program.exit;
  expect(open(directory)).toEqual([]);
  const key = readFileSync(join(directory, "store.db.key"), "utf8").split("\n")[1];
  expect(givenAway(said(program), [secretWord(key)])).toEqual([]);
});

withThreads("a POP that waits for its store: neither the URL's password nor the credential is said", async () => {
  const trust = `ed25519:${Buffer.alloc(32, 7).toString("base64")}`;
  const credentials = join(directoryWith({ "pop.creds": `pop:${PASSWORD.text}\n` }), "pop.creds");
  const waits = async (store: string, ...more: string[]) => {
    const state = directoryWith();
    const places = ["--state", state, "--listen", `127.0.0.1@${await freePort()}`, "--pop", "lhr1"];
    const program = start(["serve", ...places, ...more], {
      env: { ...environment, ZONECAST_STORE: store, ZONECAST_TRUST: trust },
    });
    await until(() => program.log("store.awaited").length > 0, "the line in the log", 30_000);
    program.child.kill("SIGTERM");
    await program.exit;
    const texts = files(state).map((path) => (statSync(path).isFile() ? readFileSync(path, "latin1") : ""));
    expect(said(program)).toContain("nats://127.0.0.1");
    expect(givenAway([said(program), ...texts].join("\n"), ALL)).toEqual([]);
    expect(program.log("secrets.readable").length).toBe(more.length / 2);
  };
  await Promise.all([
    waits(`nats://pop:${PASSWORD.text}@127.0.0.1:${await freePort()}`),
    waits(`nats://127.0.0.1:${await freePort()}`, "--credentials", credentials),
  ]);
});

withThreads("verbs that fail: at the very place of a secret, for a wrong file, for a wrong store", async () => {
  const key = newPrivateKey();
  const directory = directoryWith({
    "cookies.yaml": `cookies: { secrets: [${COOKIE.text}x] }\n`,
    "good.yaml": `cookies: { secrets: ${COOKIE.text} }\nadmin: { listen: 127.0.0.1@1, token: ${TOKEN.text} }\nanycast: { as: 1, prefixes: [{ prefix: 198.51.100.0/24, service: a, addresses: [198.51.100.53] }], bgp: { neighbours: [{ at: 127.0.0.1@1, as: 1, password: ${BGP.text} }] } }\n`,
    "store.yaml": `store: { at: "nats://pop:${PASSWORD.text}@127.0.0.1:1", credentials: ${SEED.text}, trust: [] }\nzones: x\n`,
    "key.pem": key,
  });
  chmodSync(join(directory, "key.pem"), 0o644);
  const at = (name: string) => join(directory, name);
  const runs: readonly (readonly [number, ...string[]])[] = [
    [2, "check-config", at("cookies.yaml")],
    [0, "check-config", at("good.yaml")],
    [2, "serve", "--config", at("cookies.yaml")],
    [2, "serve", "--config", at("store.yaml")],
    [2, "push", "--store", `http://pop:${PASSWORD.text}@h`, "a.zone"],
    [2, "push", "--store", `sqlite:${at("none.db")}`, "--key", key, "a.zone"],
    [2, "store", "init", "--store", `sqlite:${at("none.db")}`, "--trust", key],
    [2, "store", "init", "--store", `sqlite:${at("none.db")}`, "--key", at("key.pem")],
  ];
  const env = { ...environment, ZONECAST_TRUST: `ed25519:${Buffer.alloc(32, 7).toString("base64")}` };
  const ends = await Promise.all(runs.map(([, ...args]) => run(args, { env, cwd: directory })));
  const secrets = [...ALL, secretWord(key.split("\n")[1])];
  for (const [i, { code, stdout, stderr }] of ends.entries()) {
    const [expected, ...words] = runs[i];
    const name = words.slice(0, 2).join(" ");
    expect([name, stdout + stderr === ""]).toEqual([name, false]);
    expect([name, ...givenAway(stdout + stderr, secrets)]).toEqual([name]);
    expect([name, code]).toEqual([name, expected]);
  }
  expect(ends.at(-1)?.stderr).toContain("every user of this machine can read this key, which publishes: chmod 600");
});
