/** Signals, and what comes after an end that was none of ours. */

import { connect } from "node:net";
import { expect, test, vi } from "vitest";
import { freePort } from "../transport/port.ts";
import { connected, until } from "../transport/stream.ts";
import { directoryWith, type Exit, type Program, ready, type Server, serving, start } from "./program.ts";
import { zoneText } from "./zonetext.ts";

vi.setConfig({ testTimeout: 60_000 });

/** Far more than a stop takes, and far less than one that waits for something. */
const PROMPT_MS = 2500;
const zones = directoryWith({ "a.example.zone": zoneText(1) });

async function ends(program: Program, signal: NodeJS.Signals): Promise<Exit & { readonly took: number }> {
  const started = performance.now();
  program.child.kill(signal);
  const exit = await program.exit;
  return { ...exit, took: performance.now() - started };
}

test.each(["SIGTERM", "SIGINT"] as const)(
  "%s stops at once, with exit code 0 and a last word in the log",
  async (signal) => {
    const server = await serving(zones);
    expect(await server.ask("www.a.example")).toBe("v1");
    const { code, took } = await ends(server, signal);
    expect(code).toBe(0);
    expect(took).toBeLessThan(PROMPT_MS);
    expect(server.log("stopping").map(({ msg }) => msg)).toEqual([`${signal}: stopping`]);
    expect(server.log().at(-1)?.event).toBe("stopped");
  },
);

test("idle connections do not hold it up", async () => {
  const server = await serving(zones);
  const idle = Array.from({ length: 5 }, () => connect(server.port, "127.0.0.1").on("error", () => {}));
  await until(() => idle.every((socket) => socket.readyState === "open"), "the connections");
  const { code, took } = await ends(server, "SIGTERM");
  expect(code).toBe(0);
  expect(took).toBeLessThan(PROMPT_MS);
  for (const socket of idle) socket.destroy();
});

test("a client that keeps its connection holds it up for a second, and a second signal ends that", async () => {
  const server = await serving(zones);
  const stubborn = connect({ port: server.port, host: "127.0.0.1", allowHalfOpen: true }).on("error", () => {});
  await until(() => stubborn.readyState === "open", "the connection");
  server.child.kill("SIGTERM");
  await until(() => server.log("stopping").length > 0, "the stop");
  const { signal } = await ends(server, "SIGTERM");
  expect(signal).toBe("SIGKILL");
  stubborn.destroy();
});

test("it stops while large zones are still being loaded", async () => {
  // Four million records, which take seconds.
  const many = Array.from({ length: 64 }, (_, i) => `$GENERATE 0-65535 host-${i}-$ A 192.0.2.1`);
  const large = directoryWith({ "large.example.zone": `${zoneText(1)}${many.join("\n")}\n` });
  const port = await freePort();
  const program = start(["serve", "--zones", large, "--listen", `127.0.0.1@${port}`]);
  const open = () =>
    connected(port).then(
      ({ socket }) => Boolean(socket.destroy()),
      () => false,
    );
  await until(open, "the sockets", 30_000);
  const { code, took } = await ends(program, "SIGTERM");
  expect(program.log().map(({ event }) => event)).toEqual(["stopping", "stopped"]);
  expect(code).toBe(0);
  expect(took).toBeLessThan(PROMPT_MS);
});

test("after kill -9 a second start on the same addresses works at once", async () => {
  const first = await serving(zones);
  const held = connect(first.port, "127.0.0.1").on("error", () => {});
  await until(() => held.readyState === "open", "the connection");
  expect((await ends(first, "SIGKILL")).signal).toBe("SIGKILL");
  const second = start(["serve", "--zones", zones, "--listen", `127.0.0.1@${first.port}`, "--pop", "second"]);
  await ready(second);
  expect(await first.ask("www.a.example")).toBe("v1");
  expect((await ends(second, "SIGTERM")).code).toBe(0);
  held.destroy();
});

test("a second server on the same addresses gives up, and the first one never notices", async () => {
  const first: Server = await serving(zones);
  const second = start(["serve", "--zones", zones, "--listen", `127.0.0.1@${first.port}`]);
  expect((await second.exit).code).toBe(1);
  for (let i = 0; i < 50; i++) expect(await first.ask("www.a.example")).toBe("v1");
  await first.stop();
});
