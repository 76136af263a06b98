/** A server under a service manager: what comes out of NOTIFY_SOCKET, over a start, a reload, a replacement and the end. */

import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { afterEach, test as bare, expect, vi } from "vitest";
import { testWith } from "../support/need.ts";
import { freePort } from "../transport/port.ts";
import { until } from "../transport/stream.ts";
import { directoryWith, ready, run, start } from "./program.ts";
import { zoneText } from "./zonetext.ts";

vi.setConfig({ testTimeout: 60_000 });

/** Node can't receive such datagrams. */
const RECEIVER = `
import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1].replace("@", "\\0", 1))
print("bound", flush=True)
while True: print(s.recv(4096).decode().replace("\\n", " "), flush=True)
`;

const receivers: ChildProcess[] = [];
afterEach(() => {
  for (const receiver of receivers.splice(0)) receiver.kill("SIGKILL");
});

async function listening(path: string): Promise<string[]> {
  const receiver = spawn("python3", ["-c", RECEIVER, path], { stdio: ["ignore", "pipe", "inherit"] });
  receivers.push(receiver);
  let text = "";
  receiver.stdout?.setEncoding("utf8").on("data", (part: string) => {
    text += part;
    lines.splice(0, lines.length, ...text.split("\n").slice(1, -1));
  });
  const lines: string[] = [];
  await until(() => text.startsWith("bound"), "the manager");
  return lines;
}

async function place(): Promise<string[]> {
  const zones = directoryWith({ "a.example.zone": zoneText(1) });
  const listen = `127.0.0.1@${await freePort()}`;
  return ["serve", "--zones", zones, "--listen", listen, "--pop", "test1", "--state", join(zones, "state")];
}

testWith("python3", "start, SIGHUP, signs of life, the end", async () => {
  const path = `@zonecast-test-${process.pid}`;
  const told = await listening(path);
  const env = { ...process.env, NOTIFY_SOCKET: path, WATCHDOG_USEC: "400000" };
  const server = start(await place(), { env });
  await ready(server);
  await until(() => told.filter((line) => line === "WATCHDOG=1").length > 2, "signs of life");
  expect(told[0]).toMatch(/^READY=1 STATUS=1 zones served, 0 failed, on 127/);
  server.child.kill("SIGHUP");
  await until(() => told.includes("READY=1"), "the end of the reload");
  expect(told.some((line) => /^RELOADING=1 MONOTONIC_USEC=\d+$/.test(line))).toBe(true);
  server.child.kill("SIGTERM");
  await server.exit;
  await until(() => told.includes("STOPPING=1 STATUS=stopping"), "the end");
});

testWith("python3", "a reload: returns once the new process serves, which is the main one then", async () => {
  const path = join(directoryWith(), "notify");
  const told = await listening(path);
  const env = { ...process.env, NOTIFY_SOCKET: path };
  const args = await place();
  const server = start(args, { env: { ...env, WATCHDOG_USEC: "400000" } });
  await ready(server);
  await until(() => told.length > 0, "the start");
  // By hand, outside of the service: systemd would kill what it knows nothing of.
  const { NOTIFY_SOCKET: _, ...outside } = env;
  const stranger = await run([...args, "--replace"], { env: outside });
  expect(stranger.stderr).toContain("use systemctl reload");
  const reload = start([...args, "--replace", "--detach"], { env });
  let code: number | null = null;
  reload.child.once("exit", (exited) => {
    code = exited;
  });
  await until(() => code === 0, "the reload to return", 20_000);
  await server.exit;
  await until(() => told.some((line) => line.startsWith("MAINPID=")), "the new main process");
  const main = Number(/MAINPID=(\d+) READY=1/.exec(told.join("\n"))?.[1]);
  expect(told.join("\n")).not.toContain("STOPPING");
  const before = told.length;
  await until(() => told.slice(before).includes("WATCHDOG=1"), "signs of life of the new one");
  process.kill(main, "SIGTERM");
  await until(() => told.includes("STOPPING=1 STATUS=stopping"), "the end");
});

bare("a manager that can't be told is a warning, and no more", async () => {
  const env = { ...process.env, NOTIFY_SOCKET: "/nonexistent/notify" };
  const server = start(await place(), { env });
  await ready(server);
  await until(() => server.log("notify.failed").length === 1, "the warning");
  server.child.kill("SIGTERM");
  expect((await server.exit).code).toBe(0);
});
