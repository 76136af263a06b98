/** The steps at the head of compose.yaml, in their order, with its files and environments, but with programs of this machine. */

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { parse, stringify } from "yaml";
import { ask } from "../server/asking.ts";
import { run, start } from "../server/program.ts";
import { have } from "../support/need.ts";
import { freePort } from "../transport/port.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const DOCKER = join(ROOT, "deploy/docker");
const { services } = parse(readFileSync(join(DOCKER, "compose.yaml"), "utf8"), { merge: true }) as {
  services: Record<string, { environment: Record<string, string>; volumes: string[] }>;
};
const installed = (program: string) => have(program, spawnSync("which", [program]).status === 0);

describe.runIf(installed("nats-server") && installed("openssl"))("the fleet of compose.yaml", () => {
  const folder = mkdtempSync(join(tmpdir(), "zonecast-fleet-"));
  const secrets = join(folder, "secrets");
  let trust = "";
  let nats: ChildProcess;
  let store = 0;

  /** A path in a container of that service, where it is here. */
  function here(service: string, path: string): string {
    if (path.startsWith("/secrets")) return path.replace("/secrets", secrets);
    const mount = services[service].volumes.find((volume) => volume.split(":")[1] === path);
    const source = mount?.split(":")[0] ?? "";
    return source.startsWith("./secrets") ? join(folder, source) : join(DOCKER, source);
  }

  /** What compose gives a service, with paths of this machine. */
  function environmentOf(service: string): NodeJS.ProcessEnv {
    const given = Object.entries(services[service].environment).map(([name, value]) => {
      if (value.startsWith("${ZONECAST_TRUST")) return [name, trust];
      return [name, value.startsWith("/") && name !== "NATS_DATA" ? here(service, value) : value];
    });
    return { ...process.env, ...Object.fromEntries(given) };
  }

  /** A configuration with the paths and ports of this machine. */
  function configOf(service: string, name: string, changes: Readonly<Record<string, unknown>> = {}): string {
    const config = parse(readFileSync(join(DOCKER, name), "utf8"));
    config.store = { at: `nats://localhost:${store}`, tls: { ca: here(service, config.store.tls.ca) } };
    if (config.publish) config.publish.key = here(service, config.publish.key);
    const file = join(folder, name);
    writeFileSync(file, stringify({ ...config, ...changes }));
    return file;
  }

  const tool = (service: string, ...args: string[]) => run(args, { env: environmentOf(service) });

  beforeAll(async () => {
    const zonecast = `${join(ROOT, "node_modules/.bin/node")} ${join(ROOT, "src/main.ts")}`;
    const env = { ...process.env, ZONECAST: zonecast };
    expect(spawnSync("sh", [join(DOCKER, "prepare.sh"), folder], { env }).status).toBe(0);
    store = await freePort();
    const beside = join(folder, "nats");
    mkdirSync(beside);
    copyFileSync(here("store", "/etc/nats/users.conf"), join(beside, "users.conf"));
    const monitor = await freePort();
    const conf = readFileSync(join(ROOT, "deploy/nats/one.conf"), "utf8").replace(":8222", `:${monitor}`);
    writeFileSync(join(beside, "one.conf"), conf);
    const ports = { NATS_LISTEN: `127.0.0.1:${store}`, NATS_LEAFS: `127.0.0.1:${await freePort()}` };
    nats = spawn("nats-server", ["-c", join(beside, "one.conf")], {
      env: { ...environmentOf("store"), ...ports, NATS_DATA: join(folder, "data") },
      stdio: "ignore",
    });
    await vi.waitFor(async () => expect((await fetch(`http://127.0.0.1:${monitor}/healthz`)).ok).toBe(true), 10_000);
  }, 30_000);

  afterAll(() => {
    nats?.kill();
    rmSync(folder, { recursive: true, force: true });
  });

  test("the operator makes the store, a POP follows it, the publisher pushes, and the POP serves it", async () => {
    const made = await tool("operator", "store", "init", "--config", configOf("operator", "tools.yaml"));
    expect(made.code, made.stderr).toBe(0);
    trust = /ed25519:\S+/.exec(made.stdout)?.[0] ?? "";

    const port = await freePort();
    // Routes are another test's (compose.test.ts, bird.test.ts): here is no router.
    const changes = { anycast: undefined, state: join(folder, "state"), admin: `127.0.0.1@${await freePort()}` };
    const config = configOf("lhr1", "pop.yaml", changes);
    const address = `127.0.0.1@${port}`;
    const pop = start(["serve", "--config", config, "--listen", address, "--ask", address], {
      env: environmentOf("lhr1"),
    });
    await vi.waitFor(() => expect(pop.log("store.connected")).toHaveLength(1), 15_000);

    const tools = join(folder, "tools.yaml");
    const pushed = await tool("publisher", "push", "--config", tools, join(ROOT, "zones/company.example.zone"));
    expect(pushed.code, pushed.stdout + pushed.stderr).toBe(0);
    expect(pop.log().every((line) => line.pop === "lhr1")).toBe(true);
    // Nothing is there, and it is the zone that says so.
    const answer = async () => expect(await ask(port, "no-such-name.company.example")).toBe("NXDOMAIN");
    await vi.waitFor(answer, 15_000);
    pop.child.kill("SIGTERM");
    expect((await pop.exit).code).toBe(0);
  }, 60_000);

  test("a POP's seed does not publish", async () => {
    const tools = join(folder, "tools.yaml");
    const args = ["push", "--config", tools, join(ROOT, "zones/company.example.zone")];
    const { code, stderr } = await run(args, { env: environmentOf("lhr1") });
    expect(code).toBe(4);
    expect(stderr).toContain("this credential may not");
  }, 30_000);
});
