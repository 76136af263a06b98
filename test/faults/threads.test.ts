/**
 * Threads die under load. Lost: of UDP, what the dead thread's queue held; of TCP, its connections; of a reload and of the
 * query log, nothing that is asked for again.
 */

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { configured } from "../server/configured.ts";
import { directoryWith } from "../server/program.ts";
import { zoneText } from "../server/zonetext.ts";
import { hasNode24 } from "../support/need.ts";
import { connected, until } from "../transport/stream.ts";
import { askTcp, faults, framedQuery } from "./faulty.ts";
import { lostOf, steady } from "./steady.ts";

vi.setConfig({ testTimeout: 120_000 });

const NAME = "www.a.example";
const RATE = 1000;
/** What a thread may hold when it dies, and what comes for it until its socket is closed: a good deal more on a busy machine. */
const HELD = RATE * 2;

test.skipIf(!hasNode24())("each kind of thread dies once, and all is as it was", async () => {
  const zones = directoryWith({
    "a.example.zone": zoneText(1),
    "pop.yaml": "zones: .\nworkers: 2\nquerylog: { sample: 1, to: LOG }\n",
  });
  const { env, kill } = faults();
  const server = await configured(join(zones, "pop.yaml"), [], { env });
  const restarted = (count: number) =>
    until(() => server.log("thread.restarted").length === count, "the thread", 30_000);
  const load = await steady(server.port, NAME, RATE);

  await kill("udp");
  await restarted(1);
  const afterUdp = performance.now();

  const held = await connected(server.port);
  await kill("tcp");
  await held.ended();
  await restarted(2);
  expect(await askTcp(server.port, NAME)).toBe(true);

  // The thread that compiles dies, perhaps of the job that it has just got: the version is lost then, the next one is not.
  const compileDied = kill("compile");
  writeFileSync(join(zones, "a.example.zone"), zoneText(2));
  await compileDied;
  writeFileSync(join(zones, "a.example.zone"), zoneText(3));
  await until(async () => (await server.ask(NAME)) === "v3", "the third version", 20_000);

  const sent = await load.stop();
  const lost = lostOf(sent);
  expect(lost.length).toBeLessThan(HELD);
  // Of all that came later, whichever other thread died, not one.
  expect(lost.filter(({ at }) => at > afterUdp)).toEqual([]);
  // Versions go forward, and no query was told anything else.
  const words = sent.map(({ outcome }) => outcome).filter((outcome) => outcome !== undefined);
  expect(words.filter((word) => !["v1", "v2", "v3"].includes(word))).toEqual([]);
  expect(server.log("thread.died")).toHaveLength(2);
  const { threads } = await server.status();
  expect(threads.map(({ kind, state }) => `${kind} ${state}`).sort()).toEqual([
    "tcp serving",
    "udp serving",
    "udp serving",
  ]);
  expect(threads.map(({ restarts }) => restarts).sort()).toEqual([0, 1, 1]);
  // What is asked while nobody writes the log waits for the next one that does.
  await kill("tap");
  await until(() => server.log("tap.died").length === 1, "the death of the thread that writes the log");
  const last = await connected(server.port);
  last.socket.write(framedQuery(7, "last.a.example"));
  await last.received(1);
  last.socket.destroy();
  await until(() => readFileSync(join(zones, "LOG"), "utf8").includes("last.a.example."), "its line", 30_000);
  expect(await server.stop()).toEqual({ code: 0, signal: null });
});
