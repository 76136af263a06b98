/** The log is for those who read it: whoever does not must not stop the server. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, test, vi } from "vitest";
import { until } from "../transport/stream.ts";
import { configured } from "./configured.ts";
import { directoryWith, serving } from "./program.ts";
import { BROKEN, zoneText } from "./zonetext.ts";

vi.setConfig({ testTimeout: 60_000 });

const zones = directoryWith({ "a.example.zone": zoneText(1), "b.example.zone": BROKEN });
const { version } = JSON.parse(readFileSync(resolve(import.meta.dirname, "../../package.json"), "utf8")) as {
  version: string;
};

test("each line is JSON with time, level, POP, version, event and message", async () => {
  const server = await serving(zones);
  await server.ask("www.a.example");
  await server.stop();
  const lines = server.log();
  expect(lines.map(({ event }) => event)).toEqual(expect.arrayContaining(["zone.loaded", "zone.refused", "ready"]));
  for (const line of lines) {
    expect(line).toMatchObject({ pop: "test1", version });
    expect(line.level).toMatch(/^(?:info|warn|error)$/);
    expect(new Date(line.time).toISOString()).toBe(line.time);
    expect(line.event).toMatch(/^[a-z.]+$/);
    expect(line.msg).not.toBe("");
  }
  expect(server.log("ready")[0]).toMatchObject({ zones: 1, failed: 1, listen: [`127.0.0.1@${server.port}`] });
});

test("no line for a query", async () => {
  const server = await serving(zones);
  // The last word of the start may come by its pipe after the first words for people did by theirs.
  await until(() => server.log("ready").length > 0, "the log of the start");
  const before = server.log().length;
  for (let i = 0; i < 20; i++) await server.ask(`n${i}.a.example`);
  expect(server.log().length).toBe(before);
  await server.stop();
});

test("log.level and log.format of the configuration", async () => {
  const file = join(directoryWith({ "pop.yaml": `zones: ${zones}\nlog: { level: warn, format: text }\n` }), "pop.yaml");
  const server = await configured(file, ["--pop", "fra1"]);
  await server.stop();
  const lines = server.stdout.trimEnd().split("\n");
  expect(lines.length).toBeGreaterThan(0);
  for (const line of lines) expect(line).toMatch(/^\d\d:\d\d:\d\d (?:WARN|ERROR) +fra1 \S/);
});

test("a full disk stops neither the answers nor the end", async () => {
  const full = openSync("/dev/full", "w");
  const server = await serving(zones, [], { stdio: ["ignore", full, "pipe"] });
  closeSync(full);
  expect(await server.ask("www.a.example")).toBe("v1");
  server.child.kill("SIGHUP");
  expect(await server.ask("www.a.example")).toBe("v1");
  const complaint = "zonecast: can't write the log: no space left on the device: free some";
  await until(() => server.stderr.includes(complaint), "the complaint");
  expect(server.stderr.match(/can't write the log/g)).toHaveLength(1);
  expect((await server.stop()).code).toBe(0);
});

test("a pipe whose reader has gone stops neither the answers nor the end", async () => {
  const reader = spawn("head", ["-c", "1"], { stdio: ["pipe", "ignore", "ignore"] });
  const gone = once(reader, "exit");
  const server = await serving(zones, [], { stdio: ["ignore", reader.stdin, "pipe"] });
  await gone;
  for (let i = 0; i < 3; i++) {
    server.child.kill("SIGHUP");
    expect(await server.ask("www.a.example")).toBe("v1");
  }
  expect((await server.stop()).code).toBe(0);
});

test("a reader that does not read keeps neither the answers nor the end", async () => {
  const sleeper = spawn("sleep", ["60"], { stdio: ["pipe", "ignore", "ignore"] });
  const server = await serving(zones, [], { stdio: ["ignore", sleeper.stdin, "pipe"] });
  for (let i = 0; i < 100; i++) server.child.kill("SIGHUP");
  expect(await server.ask("www.a.example")).toBe("v1");
  expect((await server.stop()).code).toBe(0);
  sleeper.kill();
});
