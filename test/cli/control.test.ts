/** zonecast drain and others at the POP's own machine, through a control socket. */

import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import type { ServiceStanding } from "../../src/sync/standing.ts";
import { directoryWith, run } from "../server/program.ts";
import { standingOf } from "../sync/orders/standings.ts";

vi.setConfig({ testTimeout: 60_000 });

const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await new Promise((resolve) => server.close(resolve));
});

interface Here {
  readonly folder: string;
  readonly socket: string;
  readonly asked: Record<string, unknown>[];
  standings: ServiceStanding[];
  run(...words: readonly string[]): ReturnType<typeof run>;
}

/** A POP's control socket; `error` is what it says to a plan, with 409. */
async function popHere(name: string, services: readonly string[] = ["ns1"], error?: string): Promise<Here> {
  const folder = directoryWith({});
  const { STATE_DIRECTORY: _, ...environment } = process.env;
  const here: Here = {
    folder,
    socket: join(folder, name),
    asked: [],
    standings: services.map((service) => standingOf({ service })),
    run: (...words) => run(words, { cwd: folder, env: { ...environment, ZONECAST_BY: "alice@desk" } }),
  };
  mkdirSync(join(folder, "state"), { recursive: true });
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request as AsyncIterable<Buffer>) parts.push(part);
    const posted = request.method === "POST" && request.url === "/plan";
    if (posted) here.asked.push(JSON.parse(Buffer.concat(parts).toString()));
    if (posted && error === undefined) setTimeout(() => drained(here), 300);
    response.writeHead(posted && error !== undefined ? 409 : 200, { "content-type": "application/json" });
    const body = posted && error !== undefined ? { error } : { pop: "lhr1", standings: here.standings };
    response.end(JSON.stringify(body));
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(here.socket, resolve));
  return here;
}

function drained(here: Here): void {
  const plan = { to: "drain", by: "alice@desk", at: Date.now() } as const;
  const off = (one: ServiceStanding) => one.prefixes.map(({ prefix }) => ({ prefix, level: "off" as const }));
  here.standings = here.standings.map((one) => ({ ...one, plan, phase: "drained", prefixes: off(one) }));
}

test("drain --wait at the POP itself; the socket is found by --control, --state, --config and STATE_DIRECTORY", async () => {
  const here = await popHere("control.sock");
  const { code, stdout } = await here.run("drain", "--state", ".", "--reason", "kernel", "--for", "30m", "--wait");
  expect([code, stdout]).toEqual([
    0,
    expect.stringMatching(/^lhr1 is told to drain ns1\nlhr1 ns1: up\nlhr1 ns1: drained after \d+ ms\n$/),
  ]);
  expect(here.asked).toEqual([
    { ...{ service: "ns1", to: "drain", why: "kernel", by: "alice@desk", for: 1800 }, both: false, force: false },
  ]);
  writeFileSync(join(here.folder, "pop.yaml"), "control: control.sock\n");
  writeFileSync(join(here.folder, "state.yaml"), "state: .\n");
  for (const words of [
    ["--control", "control.sock"],
    ["--config", "pop.yaml"],
    ["--config", "state.yaml"],
  ]) {
    const told = await here.run("undrain", "--json", ...words);
    expect([told.code, JSON.parse(told.stdout)], words.join(" ")).toEqual([
      0,
      { control: here.socket, pop: "lhr1", outcome: "told", standings: expect.any(Array) },
    ]);
  }
  const systemd = { cwd: here.folder, env: { ...process.env, STATE_DIRECTORY: `${here.folder}:/other` } };
  expect((await run(["undrain"], systemd)).stdout).toBe("lhr1 is told to undrain ns1\n");
  const shown = await here.run("plan", "--control", "control.sock");
  expect(shown.stdout).toMatch(/^lhr1 {2}ns1 {2}off {2}drained {2}to drain, by alice@desk/);
});

test("what the POP refuses, and what it has several of", async () => {
  const here = await popHere("control.sock", ["ns1", "ns2"], "fra1 is drained, and one POP at a time may be");
  const several = await here.run("drain", "--state", ".");
  expect([several.code, several.stderr]).toEqual([
    1,
    "zonecast: lhr1 has 2 services, ns1, ns2: say --service NAME, or --all\n",
  ]);
  expect(here.asked).toEqual([]);
  const { code, stderr } = await here.run("drain", "--state", ".", "--all", "--both", "--force");
  expect([code, stderr]).toEqual([1, "zonecast: fra1 is drained, and one POP at a time may be\n"]);
  expect(here.asked).toEqual([{ all: true, to: "drain", by: "alice@desk", both: true, force: true }]);
});

test("not in time: exit code 5", async () => {
  const here = await popHere("control.sock");
  const { code, stdout } = await here.run("reserve", "--state", ".", "--wait", "--timeout", "0.2");
  expect([code, stdout]).toEqual([5, expect.stringContaining("what was planned stands\n")]);
});

test("no socket, one that nobody listens at, one that is not ours, and no word where it is", async () => {
  const here = await popHere("control.sock");
  const none = await here.run("drain", "--control", "none.sock");
  expect([none.code, none.stderr]).toEqual([
    1,
    expect.stringContaining(`no POP listens at ${here.folder}/none.sock: is zonecast serve running here`),
  ]);
  const unknown = await here.run("drain");
  expect([unknown.code, unknown.stderr]).toEqual([2, expect.stringContaining("which POP? Name one")]);
  const file = await here.run("drain", "--control", ".");
  expect(file.code).toBe(1);
  if (process.getuid?.() === 0) return;
  chmodSync(here.socket, 0);
  const denied = await here.run("drain", "--state", ".");
  expect([denied.code, denied.stderr]).toEqual([1, expect.stringContaining("no right to use")]);
});
