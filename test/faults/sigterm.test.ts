/** A stop under load: what was sent before it is answered, over UDP and TCP. Lost: nothing. */

import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test, vi } from "vitest";
import { Framer } from "../../src/transport/framer.ts";
import { configured } from "../server/configured.ts";
import { directoryWith } from "../server/program.ts";
import { zoneText } from "../server/zonetext.ts";
import { hasNode24 } from "../support/need.ts";
import { framedQuery } from "./faulty.ts";
import { lostOf, steady } from "./steady.ts";

vi.setConfig({ testTimeout: 120_000 });

const NAME = "www.a.example";
/** Under the 50 that one client may have. */
const CONNECTIONS = 20;
const PIPELINED = 50;

interface Pipeline {
  readonly socket: Socket;
  /** Queries that the kernel has taken. */
  written: number;
  answered: number;
}

/** A connection on which queries are sent ahead of their answers. */
async function pipeline(port: number): Promise<Pipeline> {
  const socket = connect({ port, host: "127.0.0.1", noDelay: true });
  const one: Pipeline = { socket, written: 0, answered: 0 };
  const framer = new Framer();
  socket.on("data", (chunk) => framer.take(chunk, () => ++one.answered > 0)).on("error", () => {});
  await new Promise((resolve) => socket.once("connect", resolve));
  return one;
}

function ask(one: Pipeline, count: number): void {
  for (let i = 0; i < count; i++) {
    // libuv writes at once when nothing waits: what it could not write is not counted as sent.
    one.socket.write(framedQuery(one.written & 0xffff, NAME));
    if (one.socket.writableLength === 0) one.written++;
  }
}

const withThreads = test.skipIf(!hasNode24());

withThreads.each(["batch", "dgram"])(
  "SIGTERM under load (%s): all that was sent before is answered",
  async (transport) => {
    const zones = directoryWith({ "a.example.zone": zoneText(1), "pop.yaml": `zones: .\ntransport: ${transport}\n` });
    const server = await configured(join(zones, "pop.yaml"));
    const load = await steady(server.port, NAME, 2000);
    const old = await Promise.all(Array.from({ length: CONNECTIONS }, () => pipeline(server.port)));
    for (const one of old) ask(one, 1);
    await sleep(500);
    // New ones, whose first queries are on their way when the signal comes; the old ones are asked in the same moment.
    const young = await Promise.all(Array.from({ length: CONNECTIONS }, () => pipeline(server.port)));
    for (const one of [...old, ...young]) ask(one, PIPELINED);
    load.burst(200);
    const stopped = performance.now();
    server.child.kill("SIGTERM");
    expect(await server.exit).toEqual({ code: 0, signal: null });
    const before = await load.stop(stopped);
    expect(before.length).toBeGreaterThan(200);
    expect(lostOf(before)).toEqual([]);
    const streams = [...old, ...young];
    expect(streams.reduce((sum, { written }) => sum + written, 0)).toBe(CONNECTIONS * (2 * PIPELINED + 1));
    expect(streams.map(({ answered }) => answered)).toEqual(streams.map(({ written }) => written));
  },
);
