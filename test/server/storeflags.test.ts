/** What serve makes of its flags, environment and configuration where there is a store. */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { type PopReport, readReport } from "../../src/sync/report.ts";
import { hasNode24 } from "../support/need.ts";
import { freePort } from "../transport/port.ts";
import { until } from "../transport/stream.ts";
import { configured } from "./configured.ts";
import { directoryWith, run } from "./program.ts";
import { StorePlace, storeStatus, untilAnswered, untilLogged } from "./storeplace.ts";

vi.setConfig({ testTimeout: 40_000 });

const withThreads = test.skipIf(!hasNode24());
const KEY = `ed25519:${"A".repeat(43)}=`;

/** What it says on stderr, and the exit code, of a start that fails. */
async function refusal(args: readonly string[], environment: Readonly<Record<string, string>> = {}): Promise<unknown> {
  const listen = ["--listen", `127.0.0.1@${await freePort()}`];
  const { stderr, code } = await run(["serve", ...listen, ...args], { env: { ...clean(), ...environment } });
  return [stderr, code];
}

/** The environment without what would say more than a test does. */
function clean(): NodeJS.ProcessEnv {
  const { STATE_DIRECTORY: _a, ZONECAST_STORE: _b, ZONECAST_TRUST: _c, POP_ID: _d, ...rest } = process.env;
  return rest;
}

test("files and a store: zones come from one source", async () => {
  const folder = directoryWith();
  const place = `sqlite:${join(folder, "s.db")}`;
  const say = (files: string) => [
    `zonecast: zones come from one source: ${place}, or files; leave out one, the store or ${files}; see --help\n`,
    2,
  ];
  const state = ["--state", folder];
  expect(await refusal(["--zones", folder, "--store", place, ...state])).toEqual(say("--zones"));
  expect(await refusal(["--zones", folder, ...state], { ZONECAST_STORE: place })).toEqual(say("--zones"));
  const file = join(directoryWith({ "pop.yaml": `store: ${place}\nzones: here\n` }), "pop.yaml");
  expect(await refusal(["--config", file, ...state])).toEqual(say(`zones in ${file}`));
});

test("a store needs a state directory, and must be one", async () => {
  const folder = directoryWith();
  const place = `sqlite:${join(folder, "s.db")}`;
  expect(await refusal(["--store", place])).toEqual([
    `zonecast: ${place} needs --state DIR: the copy is kept there that is served when the store is not reached; see --help\n`,
    2,
  ]);
  expect(await refusal(["--store", "redis://x", "--state", folder])).toEqual([
    'zonecast: "redis://x" is no store: expected sqlite:FILE or nats://HOST:PORT; see --help\n',
    2,
  ]);
  expect(await refusal(["--store", place, "--state", folder, "--ask", "here"])).toEqual([
    'zonecast: --ask: expected ADDR@PORT, such as 127.0.0.1@5300, got "here"; see --help\n',
    2,
  ]);
});

test("whose zones are served must be said where the store's word is not enough", async () => {
  const nats = ["--store", "nats://127.0.0.1:1", "--state", directoryWith()];
  const [stderr, code] = (await refusal(nats)) as [string, number];
  expect([stderr, code]).toEqual([expect.stringMatching(/ZONECAST_TRUST.*store\.trust/), 2]);
  expect(await refusal(nats, { ZONECAST_TRUST: `${KEY},nonsense` })).toEqual([
    expect.stringMatching(/^ZONECAST_TRUST: .* is no public key: expected ed25519:/),
    2,
  ]);
});

/** What the POP says of itself to the store, once it is ready. */
async function reportTo(place: StorePlace): Promise<PopReport> {
  const read = async () => (await place.store.reports()).map(({ octets }) => readReport(octets));
  await until(async () => (await read())[0]?.ready === true, "a report");
  return (await read())[0] as PopReport;
}

withThreads("a configuration names the store, relative to its own folder, and what reports say", async () => {
  const place = await StorePlace.make();
  await place.push("a.example.", 1);
  const yaml = "store:\n  at: sqlite:store.db\nstate: state\ngroups: [canary, eu]\nask: 192.0.2.1@53\npop: lhr1\n";
  const file = join(place.file, "../pop.yaml");
  writeFileSync(file, yaml);
  const server = await configured(file, ["--group", "canary"], { env: clean() });
  expect(await server.ask("www.a.example")).toBe("v1");
  expect((await storeStatus(server)).source.store).toBe(place.where);
  const { groups, ...report } = await reportTo(place);
  expect([groups.includes("canary"), groups.includes("eu")]).toEqual([true, false]);
  expect(report).toMatchObject({ pop: "lhr1", ask: ["192.0.2.1@53"], ready: true, announcing: true, zones: 1 });
  await server.stop();
  const last = (await place.store.reports()).map(({ octets }) => readReport(octets));
  expect(last).toMatchObject([{ pop: "lhr1", stopped: true, ready: false, announcing: false }]);
});

withThreads("the environment names the store, the state directory and the keys", async () => {
  const place = await StorePlace.make();
  await place.push("a.example.", 1);
  const { signer } = place.publisher;
  const file = join(directoryWith({ "pop.yaml": "pop: p1\n" }), "pop.yaml");
  const environment = { ZONECAST_STORE: place.where, STATE_DIRECTORY: place.state, ZONECAST_TRUST: signer.publicKey };
  const server = await configured(file, [], { env: { ...clean(), ...environment } });
  expect(await server.ask("www.a.example")).toBe("v1");
  // Without --ask, wherever it listens.
  expect((await reportTo(place)).ask).toEqual([`127.0.0.1@${server.port}`]);
  await server.stop();
});

withThreads("zones that nobody trusted has signed are not served", async () => {
  const place = await StorePlace.make();
  await place.push("a.example.", 1);
  const server = await place.launch([], { env: { ...clean(), ZONECAST_TRUST: KEY } });
  const { msg } = await untilLogged(server, "zone.refused");
  expect(msg).toContain("which is not trusted here: add its public key to store.trust, or push the zone again");
  await untilAnswered(server, "www.a.example", "SERVFAIL 14");
  expect((await storeStatus(server)).ready).toBe(false);
  await server.stop();
});
