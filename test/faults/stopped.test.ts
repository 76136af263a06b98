/** The process is stopped for a while, and the folder of zones is away for a while. Lost: nothing that the kernel could hold. */

import { cpSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { directoryWith, type Server, serving } from "../server/program.ts";
import { zoneText } from "../server/zonetext.ts";
import { hasNode24 } from "../support/need.ts";
import { connected, until } from "../transport/stream.ts";
import { framedQuery } from "./faulty.ts";
import { lostOf, outcomesOf, steady } from "./steady.ts";

vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

const NAME = "www.a.example";
const withThreads = test.skipIf(!hasNode24());

let server: Server;
const zones = join(directoryWith(), "zones");
const write = (zone: string, serial: number) => writeFileSync(join(zones, `${zone}.zone`), zoneText(serial));

beforeAll(async () => {
  mkdirSync(zones);
  for (const zone of ["a.example", "b.example"]) write(zone, 1);
  server = await serving(zones);
});

afterAll(() => server.stop());

withThreads("SIGSTOP for a second: what comes meanwhile waits, and is answered then", async () => {
  const open = await connected(server.port);
  const load = await steady(server.port, NAME, 200);
  await sleep(300);
  const stopped = performance.now();
  server.child.kill("SIGSTOP");
  open.socket.write(framedQuery(1, NAME));
  // A connection is made by the kernel.
  const young = await connected(server.port);
  young.socket.write(framedQuery(2, NAME));
  await sleep(1000);
  server.child.kill("SIGCONT");
  await Promise.all([open.received(1), young.received(1)]);
  const sent = await load.stop();
  expect(sent.filter(({ at }) => at > stopped).length).toBeGreaterThan(50);
  expect(lostOf(sent)).toEqual([]);
  for (const { socket } of [open, young]) socket.destroy();
  expect(server.log("thread.hangs")).toEqual([]);
  expect((await server.status()).threads.filter(({ restarts }) => restarts > 0)).toEqual([]);
});

withThreads("the folder of zones vanishes and comes back: zones are served on, and what is new is seen", async () => {
  const load = await steady(server.port, NAME, 200);
  renameSync(zones, `${zones}.away`);
  // A zone is dropped when two looks miss its file: here nothing is to be seen at all.
  for (let looks = 1; looks <= 4; looks++) {
    server.child.kill("SIGHUP");
    await until(() => server.log("reload").length === looks, "the signal to be taken");
    await sleep(200);
  }
  expect(server.log("zones.unreadable").map(({ msg }) => msg)).toEqual([
    `zone directory ${zones}: can't read: no such file or directory; what is served goes on`,
  ]);
  expect(await server.ask("www.b.example")).toBe("v1");
  // An empty folder in its place is a mount point without its disk, more likely than the wish to serve nothing.
  mkdirSync(zones);
  for (let looks = 5; looks <= 7; looks++) {
    server.child.kill("SIGHUP");
    await until(() => server.log("reload").length === looks, "the signal to be taken");
    await sleep(200);
  }
  expect(await server.ask("www.b.example")).toBe("v1");
  rmSync(zones, { recursive: true });
  // Restored from elsewhere: another folder, of the same name.
  cpSync(`${zones}.away`, zones, { recursive: true });
  write("a.example", 2);
  server.child.kill("SIGHUP");
  await until(() => load.sent.some(({ outcome }) => outcome === "v2"), "the new version");
  const sent = await load.stop();
  expect(lostOf(sent)).toEqual([]);
  expect(Object.keys(outcomesOf(sent))).toEqual(["v1", "v2"]);
  expect(server.log("zone.dropped")).toEqual([]);
  // It is watched again, too: no signal, and no waiting for the next look.
  write("a.example", 3);
  await until(async () => (await server.ask(NAME)) === "v3", "what has changed since");
});
