/** The admin server of the real program: its pages, its token, and what it is not started with. */

import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { freePort } from "../../transport/port.ts";
import { until } from "../../transport/stream.ts";
import { configured } from "../configured.ts";
import { directoryWith, run, type Server, serving, start, withPorts } from "../program.ts";
import { BROKEN, zoneText } from "../zonetext.ts";

vi.setConfig({ testTimeout: 60_000 });

const TOKEN = "0123456789abcdef";
const zones = directoryWith({ "a.example.zone": zoneText(7), "b.example.zone": BROKEN });
const { ZONECAST_ADMIN_TOKEN: _, ...environment } = process.env;

async function readyz({ admin }: { readonly admin: number }) {
  const answer = await fetch(`http://127.0.0.1:${admin}/readyz`);
  return { status: answer.status, ...((await answer.json()) as { ready: boolean; pop: string; reasons: string[] }) };
}

test("/ lists /healthz, /readyz and /status, and each is there", async () => {
  const server = await serving(zones, [], { env: environment });
  const at = `http://127.0.0.1:${server.admin}`;
  const { pages, pop } = (await (await fetch(at)).json()) as { pages: string[]; pop: string };
  expect(pop).toBe("test1");
  expect(pages).toEqual(expect.arrayContaining(["/healthz", "/readyz", "/status"]));
  for (const path of pages.filter((page) => !page.endsWith("/"))) {
    for (const method of ["GET", "HEAD"]) {
      const answer = await fetch(`${at}${path}`, { method });
      expect([path, method, answer.status]).toEqual([path, method, 200]);
      expect((await answer.text()) === "", `${method} ${path}`).toBe(method === "HEAD");
    }
  }
  expect(await readyz(server)).toEqual({ status: 200, ready: true, pop: "test1", reasons: [] });
  await server.stop();
});

test("a required zone that failed: alive, and not ready", async () => {
  const require = (zone: string) => `zones: ${zones}\npop: lhr1\nanycast: { require: [{ zone: ${zone} }] }\n`;
  const withRequired = async (zone: string, judge: (server: Server) => Promise<void>) => {
    const file = join(directoryWith({ "pop.yaml": require(zone) }), "pop.yaml");
    const server = await configured(file, [], { env: environment });
    await judge(server);
    await server.stop();
  };
  await withRequired("a.example", async (server) => expect((await readyz(server)).status).toBe(200));
  await withRequired("b.example", async (server) => {
    const reasons = ["zone b.example. is required (anycast.require), and not served: see /status"];
    expect(await readyz(server)).toEqual({ status: 503, ready: false, pop: "lhr1", reasons });
    expect((await fetch(`http://127.0.0.1:${server.admin}/healthz`)).status).toBe(200);
  });
});

test("while it waits for its store it lives, and is not ready", async () => {
  const [port, admin] = [await freePort(), await freePort()];
  const store = `nats://127.0.0.1:${await freePort()}`;
  const places = ["--listen", `127.0.0.1@${port}`, "--admin", `127.0.0.1@${admin}`, "--pop", "test1"];
  const program = start(["serve", "--store", store, "--state", directoryWith(), ...places], {
    env: { ...environment, ZONECAST_TRUST: `ed25519:${Buffer.alloc(32, 7).toString("base64")}` },
  });
  const server = withPorts(program, "", port, admin);
  const answers = () =>
    fetch(`http://127.0.0.1:${admin}/healthz`).then(
      ({ ok }) => ok,
      () => false,
    );
  await until(answers, "the admin server to be there", 20_000);
  const found = await readyz(server);
  expect([found.status, found.ready]).toEqual([503, false]);
  expect(found.reasons.join()).toContain("the start waits for ");
  await server.stop();
});

test("the token: in the file or the environment, right, wrong and missing; the log has the client and no token", async () => {
  const admin = await freePort();
  const yaml = `zones: ${zones}\npop: lhr1\nlisten: 127.0.0.1@${await freePort()}\nadmin: { listen: 0.0.0.0@${admin}, token: ${TOKEN} }\n`;
  const file = join(directoryWith({ "pop.yaml": yaml }), "pop.yaml");
  for (const [variable, token] of [
    [undefined, TOKEN],
    ["fedcba9876543210", "fedcba9876543210"],
  ]) {
    const env = variable === undefined ? environment : { ...environment, ZONECAST_ADMIN_TOKEN: variable };
    const program = start(["serve", "--config", file], { env });
    await until(() => program.stderr.includes("CH TXT id.server"), "the server to be ready", 30_000);
    const status = async (authorization?: string) =>
      (await fetch(`http://127.0.0.1:${admin}/status`, { headers: authorization ? { authorization } : {} })).status;
    expect(await status()).toBe(401);
    expect(await status("Bearer 0000000000000000")).toBe(401);
    expect(await status(`Bearer ${token}`)).toBe(200);
    await until(() => program.log("admin.denied").length > 0, "the line in the log", 5000);
    expect(program.log("admin.denied")).toMatchObject([{ level: "warn", pop: "lhr1", client: "127.0.0.1" }]);
    expect(program.stdout).not.toContain("0000000000000000");
    expect(program.stdout).not.toContain(token);
    program.child.kill("SIGTERM");
    await program.exit;
  }
});

test("an address that others reach, without a token, is no start: where in the file, and what to do", async () => {
  const place = "0.0.0.0@9053 can be reached from other machines and has no token: give it one (admin.token, or";
  const flag = await run(["serve", "--zones", zones, "--admin", "0.0.0.0@9053"], { env: environment });
  expect(flag.code).toBe(2);
  expect(flag.stderr).toMatch(/^admin: /);
  expect(flag.stderr).toContain(`admin: ${place}`);
  for (const yaml of ["pop: lhr1\nadmin:   0.0.0.0@9053\n", "pop: lhr1\nadmin: \n       { listen: 0.0.0.0@9053 }\n"]) {
    const file = join(directoryWith({ "pop.yaml": yaml }), "pop.yaml");
    for (const args of [
      ["serve", "--config", file],
      ["check-config", file],
    ]) {
      const { code, stderr } = await run(args, { env: environment });
      expect([args[0], code]).toEqual([args[0], 2]);
      expect(stderr).toMatch(/^\S+pop\.yaml:[23]:\d+ {2}admin: /);
      expect(stderr).toContain(place);
    }
  }
  const short = await run(["serve", "--zones", zones, "--admin", "127.0.0.1@9053"], {
    env: { ...environment, ZONECAST_ADMIN_TOKEN: "hunter2" },
  });
  expect([short.code, short.stderr.slice(0, 30)]).toEqual([2, "ZONECAST_ADMIN_TOKEN: expected"]);
  expect(short.stderr).not.toContain("hunter2");
});

test("a POP name that is none is no start", async () => {
  const may = 'expected a name of 1 to 63 letters, digits, ".", "-" and "_", got';
  const flag = await run(["serve", "--zones", zones, "--pop", "z\u00fcrich"], { env: environment });
  expect([flag.code, flag.stderr]).toEqual([2, `--pop: ${may} "z\u00fcrich"\n`]);
  const variable = await run(["serve", "--zones", zones], { env: { ...environment, POP_ID: "lhr 1" } });
  expect([variable.code, variable.stderr]).toEqual([2, `POP_ID: ${may} "lhr 1"\n`]);
  const file = join(directoryWith({ "pop.yaml": "pop: a/b\n" }), "pop.yaml");
  const written = await run(["serve", "--config", file], { env: environment });
  expect([written.code, written.stderr]).toEqual([2, `${file}:1:6  pop: ${may} "a/b"\n`]);
});
