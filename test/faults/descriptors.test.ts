/** No descriptors are left. Lost: connections that came meanwhile, and nothing else; what was put off is made up for. */

import { spawnSync } from "node:child_process";
import { readdirSync, writeFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test, vi } from "vitest";
import { directoryWith, type Server, serving } from "../server/program.ts";
import { zoneText } from "../server/zonetext.ts";
import { hasNode24, have } from "../support/need.ts";
import { until } from "../transport/stream.ts";
import { askTcp, faults } from "./faulty.ts";
import { lostOf, steady } from "./steady.ts";

vi.setConfig({ testTimeout: 120_000 });

const limited = have("prlimit", spawnSync("which", ["prlimit"]).status === 0) && hasNode24();
const NAME = "www.a.example";
/** Connections that there is yet room for. */
const ROOM = 8;
const RATE = 500;
/** What the thread that dies may take along, and what comes until another has its place. */
const HELD = RATE * 2;
const CONNECTIONS = 40;

/** Sets how many descriptors the process may have; those above the number that it has stay. */
function limit(server: Server, most: number): void {
  const { status, stderr } = spawnSync("prlimit", [
    "--pid",
    String(server.child.pid),
    `--nofile=${most}:${most + 4096}`,
  ]);
  if (status !== 0) throw new Error(String(stderr));
}

const descriptors = (server: Server) => readdirSync(`/proc/${server.child.pid}/fd`).map(Number);

/** The limit under which there are so many numbers that are free. */
function roomFor(count: number, taken: readonly number[]): number {
  let most = 0;
  for (let free = 0; free < count; most++) if (!taken.includes(most)) free++;
  return most;
}

test.skipIf(!limited)("no descriptors are left", async () => {
  const zones = directoryWith({ "a.example.zone": zoneText(1) });
  const { env, kill } = faults();
  const server = await serving(zones, [], { env });
  // Until the thread that has compiled the zone is gone.
  await sleep(2500);
  const load = await steady(server.port, NAME, RATE);
  limit(server, roomFor(ROOM, descriptors(server)));
  const held: Socket[] = [];
  for (let i = 0; i < CONNECTIONS; i++) held.push(connect(server.port, "127.0.0.1").on("error", () => {}));
  await until(async () => !(await askTcp(server.port, NAME)), "the descriptors to be used up");
  // A zone that changes meanwhile can't be read, nor can a thread be started in the place of one that dies.
  writeFileSync(join(zones, "a.example.zone"), zoneText(2));
  server.child.kill("SIGHUP");
  await until(() => server.log("compiler.unable").length > 0, "the log to say so");
  const killed = performance.now();
  await kill("udp");
  await sleep(1200);
  for (const socket of held) socket.destroy();
  await until(() => askTcp(server.port, NAME), "TCP to be back", 20_000);
  await until(() => server.log("thread.restarted").length > 0, "the thread to be back", 20_000);
  await until(async () => (await server.ask(NAME)) === "v2", "the new version", 20_000);
  const back = performance.now();
  const lost = lostOf(await load.stop());
  expect(lost.length).toBeLessThan(HELD);
  expect(lost.filter(({ at }) => at < killed || at > back)).toEqual([]);
  expect(server.log("compiler.unable")).toHaveLength(1);
  expect((await server.stop()).code).toBe(0);
});
