/** serve --replace: a new process takes the place of the one that runs, and no client notices. */

import { execFile, spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { expect, test, vi } from "vitest";
import { HIT, NXDOMAIN, writeQueries } from "../bench/queryfile.ts";
import { have } from "../support/need.ts";
import { freePort } from "../transport/port.ts";
import { until } from "../transport/stream.ts";
import { txtQuery } from "./asking.ts";
import { directoryWith, type Program, ready, run, type Server, serving, start, withPorts } from "./program.ts";
import { BROKEN, zoneText } from "./zonetext.ts";

vi.setConfig({ testTimeout: 90_000 });

const NAME = "a.example.zone";
const CC = have("cc", spawnSync("which", ["cc"]).status === 0);

/** A server with a state directory, and the arguments that started it. */
async function begun(more: readonly string[] = []): Promise<{ server: Server; args: string[] }> {
  const zones = directoryWith({ [NAME]: zoneText(1) });
  const state = join(directoryWith(), "state");
  const given = ["--state", state];
  const server = await serving(zones, [...given, ...more]);
  const places = ["--listen", `127.0.0.1@${server.port}`, "--admin", `127.0.0.1@${server.admin}`, "--pop", "test1"];
  // The control socket is made once it is ready.
  await until(() => spawnSync("test", ["-S", join(state, "control.sock")]).status === 0, "the control socket");
  return { server, args: ["serve", "--zones", zones, ...places, ...given, ...more] };
}

/** Starts one beside another; resolves when it has taken its place. */
async function replacing({ server, args }: { server: Server; args: string[] }): Promise<Server> {
  const next = withPorts(start([...args, "--replace"]), server.zones, server.port, server.admin);
  await ready(next);
  return next;
}

interface Load {
  readonly sent: number;
  readonly answered: number;
  readonly lost: number;
  readonly wrong: number;
}

/** The load generator of the benchmarks: each query is accounted for. */
async function loadOf(port: number, seconds: number, rate: number): Promise<Load> {
  const folder = directoryWith();
  const bench = join(import.meta.dirname, "../bench");
  const sources = ["load.c", "loadudp.c", "loadtcp.c"].map((name) => join(bench, name));
  const program = join(folder, "load");
  const built = spawnSync("cc", ["-O2", "-o", program, ...sources]);
  if (built.status !== 0) throw new Error(String(built.stderr));
  const file = join(folder, "queries");
  writeQueries(file, [
    { name: "www.a.example", type: "TXT", expect: HIT },
    { name: "no.a.example", type: "TXT", edns: "DO", expect: NXDOMAIN },
  ]);
  const shape = ["sockets=32", "window=1024", `rate=${rate}`, "rest=25"];
  const { stdout } = await promisify(execFile)(program, ["steady", file, String(port), String(seconds), ...shape]);
  return JSON.parse(stdout) as Load;
}

test.skipIf(!CC)("three times over under 5,000 queries a second: none is lost, none is answered wrongly", async () => {
  const first = await begun();
  const load = loadOf(first.server.port, 16, 5000);
  let { server } = first;
  for (let times = 0; times < 3; times++) {
    const next = await replacing({ server, args: first.args });
    expect(await server.exit).toEqual({ code: 0, signal: null });
    expect(next.log("replace.done")).toHaveLength(1);
    server = next;
  }
  const { sent, answered, lost, wrong } = await load;
  expect({ lost, wrong, unanswered: sent - answered }).toEqual({ lost: 0, wrong: 0, unanswered: 0 });
  expect(sent).toBeGreaterThan(50_000);
  expect((await server.status()).ready).toBe(true);
  await server.stop();
});

/** Asks over a connection; resolves with the octets of the reply, rejects when it ends before that. */
function exchange(socket: ReturnType<typeof connect>): Promise<number> {
  const query = txtQuery(1, "www.a.example");
  const length = Buffer.alloc(2);
  length.writeUInt16BE(query.length);
  return new Promise((resolve, reject) => {
    socket.once("data", (data) => resolve(data.length));
    socket.once("close", () => reject(new Error("closed before the reply")));
    socket.once("error", reject);
    socket.write(Buffer.concat([length, query]));
  });
}

test("over TCP: every new connection is answered, and one that is open goes on until it is idle", async () => {
  const first = await begun();
  const { port } = first.server;
  const kept = connect(port, "127.0.0.1");
  await exchange(kept);
  let [asked, over] = [0, false];
  const clients = Array.from({ length: 4 }, async () => {
    while (!over) {
      const socket = connect(port, "127.0.0.1");
      await exchange(socket);
      socket.destroy();
      asked++;
    }
  });
  const next = await replacing(first);
  // The old process has gone from all but this connection.
  expect(await exchange(kept)).toBeGreaterThan(20);
  kept.destroy();
  await first.server.exit;
  over = true;
  await Promise.all(clients);
  expect(asked).toBeGreaterThan(100);
  await next.stop();
});

test("cookies of the old process are good for the new one, and what follows finds it where the old one was", async () => {
  const first = await begun();
  const second = await replacing(first);
  await first.server.exit;
  const third = await replacing({ ...first, server: second });
  expect((await second.exit).code).toBe(0);
  expect(await third.ask("www.a.example")).toBe("v1");
  expect((await third.status()).ready).toBe(true);
  await third.stop();
});

/** The old one is as it was. */
async function expectUntouched(server: Server): Promise<void> {
  await until(() => server.log("replace.failed").length > 0, "the old one's word");
  expect(server.child.exitCode).toBeNull();
  for (let times = 0; times < 20; times++) expect(await server.ask("www.a.example")).toBe("v1");
  expect((await server.status()).ready).toBe(true);
}

test("one that can't load what is served ends with an error; the old one goes on, and can be replaced later", async () => {
  const first = await begun();
  const { server } = first;
  writeFileSync(join(server.zones, NAME), BROKEN);
  await until(async () => (await server.status()).zones[0]?.state === "stale", "the old one's refusal");
  const failed = await run([...first.args, "--replace"]);
  expect(failed.code).toBe(1);
  expect(failed.stderr).toContain("the running server serves what can't be loaded here: a.example.");
  await expectUntouched(server);
  writeFileSync(join(server.zones, NAME), zoneText(2));
  const next = await replacing(first);
  expect(await next.ask("www.a.example")).toBe("v2");
  await next.stop();
});

test("a configuration with an error ends the new one before it has begun", async () => {
  const first = await begun();
  const folder = directoryWith({ "pop.yaml": "workers: many\n" });
  const failed = await run([...first.args, "--config", join(folder, "pop.yaml"), "--replace"]);
  expect(failed.code).toBe(2);
  expect(first.server.log("replace.begun")).toEqual([]);
  expect(await first.server.ask("www.a.example")).toBe("v1");
  await first.server.stop();
});

test("kill -9 of the new one on its way leaves the old one as it was", async () => {
  const first = await begun();
  for (const wait of [0, 100, 200]) {
    const begunBefore = first.server.log("replace.begun").length;
    const next = start([...first.args, "--replace"]);
    await until(() => first.server.log("replace.begun").length > begunBefore, "the beginning");
    await sleep(wait);
    // Once it is told to go, it goes.
    if (first.server.log("replace.leaving").length > 0) {
      await ready(next);
      next.child.kill("SIGKILL");
      return;
    }
    next.child.kill("SIGKILL");
    await next.exit;
    if (first.server.log("replace.leaving").length > 0) return;
    await expectUntouched(first.server);
  }
  await first.server.stop();
});

test("a second one at the same time, another POP's, and one without a place to look are refused", async () => {
  const first = await begun();
  const next: Program = start([...first.args, "--replace"]);
  await until(() => first.server.log("replace.begun").length > 0, "the beginning");
  const second = await run([...first.args, "--replace"]);
  expect(second.code).toBe(1);
  expect(second.stderr).toMatch(/process \d+ is taking the place of this one already|is giving way/);
  await ready(next);
  const other = await run([...first.args.map((word) => (word === "test1" ? "test2" : word)), "--replace"]);
  expect(other.stderr).toContain("POP test1 runs here, and is not replaced by test2");
  next.child.kill("SIGTERM");
  await next.exit;
  const nowhere = await run(["serve", "--zones", first.server.zones, "--listen", "127.0.0.1@9", "--replace"]);
  expect(nowhere.stderr).toContain("--replace: name the state directory");
});

test("with nobody to replace it starts as ever, and says so", async () => {
  const zones = directoryWith({ [NAME]: zoneText(1) });
  const state = directoryWith();
  const server = await serving(zones, ["--state", state, "--replace"]);
  expect(server.log("replace.none")).toHaveLength(1);
  expect(await server.ask("www.a.example")).toBe("v1");
  expect(await freePort()).not.toBe(server.port);
  await server.stop();
});
