/** Answering threads that die come back, with all that is served. */

import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { pino } from "pino";
import { afterEach, expect, test, vi } from "vitest";
import { queryOf, question } from "../../src/anycast/probe/question.ts";
import { readReply } from "../../src/anycast/probe/reply.ts";
import type { ZoneUpdate } from "../../src/server/messages.ts";
import { AnswerThreads, type ThreadSetup } from "../../src/server/threads.ts";
import { nameFromText } from "../../src/text/name.ts";
import { loadZone } from "../../src/zone/load.ts";
import { hasNode24 } from "../support/need.ts";
import { freePort } from "../transport/port.ts";
import { until } from "../transport/stream.ts";
import { ask } from "./asking.ts";
import { zoneText } from "./zonetext.ts";

vi.setConfig({ testTimeout: 40_000 });

const withThreads = test.skipIf(!hasNode24());
const open: AnswerThreads[] = [];

afterEach(async () => {
  await Promise.all(open.splice(0).map((threads) => threads.stop()));
});

function setup(port: number, kind: "udp" | "tcp" = "udp"): ThreadSetup {
  return {
    kind,
    transport: "auto",
    listen: [{ address: "127.0.0.1", port }],
    shared: false,
    alone: false,
    identity: "test1",
    version: undefined,
    payload: 1232,
    cookieSecrets: [],
    tcp: { idle: 10, message: 5, unread: 5, connections: 100, perClient: 100 },
  };
}

function makeThreads(): { threads: AnswerThreads; events: string[] } {
  const events: string[] = [];
  const write = (line: string) => void events.push((JSON.parse(line) as { event: string }).event);
  const threads = new AnswerThreads(pino({ level: "info" }, { write }));
  open.push(threads);
  return { threads, events };
}

function served(apex: string, serial: number): ZoneUpdate {
  const wire = nameFromText(apex);
  const source = { file: apex, bytes: Buffer.from(zoneText(serial)) };
  const { image } = loadZone(source, { apex: wire, include: () => "", now: 0 });
  return { apex: wire, image, held: true };
}

/** An image that no compiler makes: the thread that gets it throws. */
const DEADLY: ZoneUpdate = { apex: nameFromText("deadly."), image: 7 as unknown as SharedArrayBuffer, held: true };
const HARMLESS: ZoneUpdate = { ...DEADLY, image: undefined, held: false };

/** Has every thread die, once. */
function kill(threads: AnswerThreads): void {
  void threads.update([DEADLY], true);
  void threads.update([HARMLESS], true);
}

/** Takes a port as soon as nobody has it. */
async function squat(port: number): Promise<Socket> {
  for (;;) {
    const socket = createSocket("udp4").bind(port, "127.0.0.1");
    const taken = await once(socket, "listening").then(
      () => true,
      () => false,
    );
    if (taken) return socket;
    socket.close();
    await sleep(5);
  }
}

withThreads("zones given before and after the start are answered for, and those taken back are not", async () => {
  const port = await freePort();
  const { threads } = makeThreads();
  await threads.update([served("a.", 1)], false);
  await threads.start(setup(port));
  expect(await ask(port, "www.a")).toBe("v1");
  expect(await ask(port, "www.b")).toBe("SERVFAIL 14");
  await threads.update([served("b.", 2)], true);
  await until(async () => (await ask(port, "www.b")) === "v2", "b");
  await threads.update([{ ...served("a.", 1), held: false }], true);
  await until(async () => (await ask(port, "www.a")) === "REFUSED 20", "the end of a");
});

withThreads.each(["udp", "tcp"] as const)("a %s thread that dies is back soon, with the newest zones", async (kind) => {
  const port = await freePort();
  const { threads, events } = makeThreads();
  await threads.start(setup(port, kind));
  if (kind === "tcp") await threads.start(setup(port, "udp"));
  await threads.update([served("a.", 1), served("A.", 2)], true);
  await until(async () => (await ask(port, "www.a")) === "v2", "the first thread");
  await threads.update([served("a.", 3)], true);
  kill(threads);
  const restarts = kind === "tcp" ? 2 : 1;
  await until(() => events.filter((event) => event === "thread.restarted").length === restarts, "the restart");
  expect(events[0]).toBe("thread.died");
  expect(await ask(port, "www.a")).toBe("v3");
});

withThreads("a thread whose port somebody took while it was dead is tried until it has it again", async () => {
  const port = await freePort();
  const { threads, events } = makeThreads();
  await threads.update([served("a.", 1)], true);
  await threads.start(setup(port));
  kill(threads);
  await until(() => events.includes("thread.died"), "the death");
  const squatter = await squat(port);
  await until(() => events.includes("thread.failed"), "the failed restart");
  squatter.close();
  await until(() => events.includes("thread.restarted"), "the restart");
  expect(await ask(port, "www.a")).toBe("v1");
});

withThreads("a port that is taken at the start is an error that says so", async () => {
  const port = await freePort();
  const { threads } = makeThreads();
  await threads.start(setup(port, "tcp"));
  await expect(threads.start(setup(port, "tcp"))).rejects.toThrow(
    `can't listen on 127.0.0.1@${port}/tcp: another server`,
  );
});

withThreads("stop ends a thread that is only starting", async () => {
  const { threads } = makeThreads();
  const starting = threads.start(setup(await freePort())).catch(() => {});
  const started = performance.now();
  await threads.stop();
  expect(performance.now() - started).toBeLessThan(2500);
  await Promise.race([starting, Promise.resolve()]);
});

withThreads(
  "an update is over when every thread answers from it, and a thread that dies of it is not waited for",
  async () => {
    const port = await freePort();
    const { threads } = makeThreads();
    await threads.start({ ...setup(port), shared: true });
    await threads.start({ ...setup(port), shared: true });
    await threads.start(setup(port, "tcp"));
    for (let serial = 1; serial <= 10; serial++) {
      await threads.update([served("a.", serial)], true);
      // Whichever thread the kernel chooses.
      for (let i = 0; i < 8; i++) expect(await ask(port, "www.a")).toBe(`v${serial}`);
    }
    await threads.update([DEADLY], true);
    await threads.update([HARMLESS], true);
  },
);

withThreads("each zone's counts are those of all threads, and begin anew when it comes back", async () => {
  const port = await freePort();
  const { threads } = makeThreads();
  await threads.start({ ...setup(port), shared: true });
  await threads.start({ ...setup(port), shared: true });
  const a = nameFromText("a.");
  await threads.update([served("a.", 1), served("b.", 1)], true);
  for (let i = 0; i < 12; i++) await ask(port, i % 3 === 0 ? "nowhere.a" : "www.a");
  expect(threads.countsOfZone(a)).toEqual({ queries: 12, nxdomain: 4, servfail: 0, refused: 0 });
  // A new version goes on counting.
  await threads.update([served("A.", 2)], true);
  await ask(port, "www.a");
  expect(threads.countsOfZone(a)).toEqual({ queries: 13, nxdomain: 4, servfail: 0, refused: 0 });
  expect(threads.countsOfZone(nameFromText("b."))?.queries).toBe(0);
  await threads.update([{ apex: a, image: undefined, held: false }], true);
  expect(threads.countsOfZone(a)).toBeUndefined();
  await threads.update([served("c.", 1), { apex: a, image: undefined, held: true }], true);
  expect(await ask(port, "www.a")).toBe("SERVFAIL 24");
  expect(threads.countsOfZone(a)).toEqual({ queries: 1, nxdomain: 0, servfail: 1, refused: 0 });
  expect(threads.countsOfZone(nameFromText("c."))?.queries).toBe(0);
});

/** Nothing else of this thread runs for so long. */
function standStill(milliseconds: number): void {
  const end = performance.now() + milliseconds;
  while (performance.now() < end);
}

withThreads.each(["batch", "dgram"] as const)(
  "a thread that has very many zones to take answers nobody before it has them all (%s)",
  async (transport) => {
    const { threads } = makeThreads();
    const port = await freePort();
    const many = Array.from({ length: 20_000 }, (_, i) => ({ ...HARMLESS, apex: nameFromText(`z${i}.`), held: true }));
    await threads.update([...many, served("last.", 7)], true);
    const asks = question("last.", "SOA");
    const client = createSocket("udp4");
    client.on("error", () => {});
    const serials: unknown[] = [];
    client.on("message", (octets) => serials.push(readReply(octets)?.serial));
    client.connect(port, "127.0.0.1");
    await once(client, "connect");
    const started = threads.start({ ...setup(port), transport });
    // It has the first part by now, and this thread is slow with the others.
    standStill(1000);
    client.send(queryOf(asks, 1));
    standStill(300);
    await started;
    await until(() => {
      client.send(queryOf(asks, 2));
      return serials.length > 0;
    }, "an answer");
    expect(new Set(serials)).toEqual(new Set([7]));
    client.close();
  },
);
