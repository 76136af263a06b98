import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { testWith } from "../support/need.ts";
import { configured } from "./configured.ts";
import { directoryWith, type Server, serving } from "./program.ts";
import { BROKEN, zoneText } from "./zonetext.ts";

vi.setConfig({ testTimeout: 40_000, hookTimeout: 40_000 });

const zones = directoryWith({ "a.example.zone": zoneText(7), "b.example.zone": BROKEN });
const { version } = JSON.parse(readFileSync(resolve(import.meta.dirname, "../../package.json"), "utf8")) as {
  version: string;
};
let server: Server;

beforeAll(async () => {
  server = await serving(zones);
});

afterAll(() => server.stop());

test("/status tells who, since when, where, and each zone with its state", async () => {
  const status = await server.status();
  expect(status).toMatchObject({
    pop: "test1",
    version,
    ready: true,
    listen: [`127.0.0.1@${server.port}`],
  });
  expect(Date.parse(status.started)).toBeLessThanOrEqual(Date.now());
  const [good, bad] = status.zones;
  expect(good).toMatchObject({ zone: "a.example.", state: "serving", serial: 7, records: 4, errors: 0, problems: [] });
  expect(good.file).toBe(join(zones, "a.example.zone"));
  expect(Date.parse(good.loaded ?? "")).toBeGreaterThan(Date.parse(status.started));
  expect(bad).toMatchObject({ zone: "b.example.", state: "failed" });
  expect(bad.serial).toBeUndefined();
  expect(bad.errors).toBe(bad.problems.length);
  for (const problem of bad.problems) expect(problem).toMatch(/b\.example\.zone:\d+:\d+: (?:error|warning): \S/);
});

test("it is JSON that nobody keeps, and there is nothing else", async () => {
  const at = `http://127.0.0.1:${server.admin}`;
  const response = await fetch(`${at}/status?pretty`);
  expect([response.status, response.headers.get("content-type")]).toEqual([200, "application/json"]);
  expect(response.headers.get("cache-control")).toBe("no-store");
  await response.body?.cancel();
  for (const [path, method] of [
    ["/", "GET"],
    ["/status/", "GET"],
    ["/status", "POST"],
    ["/status", "DELETE"],
  ]) {
    const other = await fetch(`${at}${path}`, { method });
    expect([path, method, other.status]).toEqual([path, method, 404]);
    expect(await other.json()).toEqual({ error: "there is GET /status and /metrics" });
  }
});

testWith("dig", "id.server and NSID give the POP, over UDP and TCP", async () => {
  for (const flag of ["+notcp", "+tcp"]) {
    const where = ["@127.0.0.1", "-p", String(server.port)];
    const { stdout } = await promisify(execFile)("dig", [...where, flag, "+nsid", "CH", "TXT", "id.server"]);
    expect(stdout).toContain('"test1"');
    expect(stdout).toContain('NSID: 74 65 73 74 31 ("test1")');
  }
});

test("--pop wins over POP_ID, POP_ID over the configuration", async () => {
  const says = async (args: string[], environment: Record<string, string>) => {
    const file = join(directoryWith({ "pop.yaml": `pop: from-file\nzones: ${zones}\n` }), "pop.yaml");
    const one = await configured(file, args, { env: { ...process.env, ...environment } });
    const { pop } = await one.status();
    const [line] = one.log();
    await one.stop();
    return [pop, line.pop];
  };
  expect(await says([], {})).toEqual(["from-file", "from-file"]);
  expect(await says([], { POP_ID: "from-env" })).toEqual(["from-env", "from-env"]);
  expect(await says(["--pop", "from-flag"], { POP_ID: "from-env" })).toEqual(["from-flag", "from-flag"]);
});
