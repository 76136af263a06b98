/**
 * A thousand connections that say nothing, and readers that do not read: whoever is honest is answered meanwhile, over UDP and
 * TCP, and memory stays within bounds. Lost: nothing.
 */

import { readFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test, vi } from "vitest";
import { Framer } from "../../src/transport/framer.ts";
import { configured } from "../server/configured.ts";
import { directoryWith, type Server } from "../server/program.ts";
import { zoneText } from "../server/zonetext.ts";
import { hasNode24 } from "../support/need.ts";
import { until } from "../transport/stream.ts";
import { askTcp, framedQuery } from "./faulty.ts";
import { lostOf, steady } from "./steady.ts";

vi.setConfig({ testTimeout: 120_000 });

const NAME = "www.a.example";
const SILENT = 1000;
/** Of one address; fifty are its limit. */
const EACH = 40;
const IDLE_S = 4;
const READERS = 30;
/** Queries that each reader sends: answers of 24 MB in all, for each. */
const GREEDY = 400;
const LARGE = 60_000;
/** A reader has 128 KB and a reply or two of unread answers here, and no more; and there is garbage. */
const MOST_MB = 60;

const resident = ({ child }: Server) =>
  Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${child.pid}/status`, "utf8"))?.[1]) / 1024;

async function opened(port: number, from: string): Promise<Socket> {
  const socket = connect({ port, host: "127.0.0.1", localAddress: from });
  socket.on("error", () => {});
  await new Promise((resolve) => socket.once("connect", resolve));
  return socket;
}

async function honest(port: number, times: number): Promise<number> {
  let answered = 0;
  for (let i = 0; i < times; i++) if (await askTcp(port, NAME, { patience: 5000 })) answered++;
  return answered;
}

// Any address in 127.0.0.0/8 is the machine's own on Linux only.
const linux = process.platform === "linux" && hasNode24();

test.skipIf(!linux)("a thousand silent connections, then readers that do not read", async () => {
  const large = Array.from({ length: LARGE / 250 }, (_, i) => `large TXT "${String(i).padEnd(238, "x")}"`).join("\n");
  const zones = directoryWith({
    "a.example.zone": `${zoneText(1)}${large}\n`,
    "pop.yaml": `zones: .\ntcp: { idle: ${IDLE_S} }\n`,
  });
  const server = await configured(join(zones, "pop.yaml"));
  const load = await steady(server.port, NAME, 500);
  expect(await honest(server.port, 10)).toBe(10);
  const before = resident(server);

  const addresses = Array.from({ length: SILENT / EACH }, (_, i) => `127.0.2.${i + 1}`);
  const silent = await Promise.all(
    addresses.flatMap((from) => Array.from({ length: EACH }, () => opened(server.port, from))),
  );
  let ended = 0;
  for (const socket of silent) socket.on("close", () => ended++).resume();
  expect(await honest(server.port, 10)).toBe(10);
  // On a slow machine the first ones have had their time by now.
  expect(ended).toBeLessThan(SILENT / 2);
  expect(resident(server) - before).toBeLessThan(MOST_MB);
  // RFC 7766 §6.2.3: they are ended when they have been idle long enough.
  await until(() => ended === SILENT, "the end of all of them", 30_000);

  const readers = await Promise.all(Array.from({ length: READERS }, (_, i) => opened(server.port, `127.0.3.${i + 1}`)));
  for (const reader of readers) {
    reader.pause();
    for (let id = 0; id < GREEDY; id++) reader.write(framedQuery(id, "large.a.example"));
  }
  await sleep(1000);
  expect(await honest(server.port, 10)).toBe(10);
  expect(resident(server) - before).toBeLessThan(MOST_MB);
  // One that reads at last has every answer, in order.
  const ids: number[] = [];
  const framer = new Framer();
  readers[0].on("data", (chunk) => framer.take(chunk, (reply) => ids.push((reply[0] << 8) | reply[1]) > 0)).resume();
  await until(() => ids.length === GREEDY, "the answers of a reader that reads", 30_000);
  expect(ids).toEqual(Array.from({ length: GREEDY }, (_, i) => i));
  for (const socket of readers) socket.destroy();

  expect(lostOf(await load.stop())).toEqual([]);
  expect((await server.stop()).code).toBe(0);
});
