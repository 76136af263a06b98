/** When a POP is ready: its zones, and what its sockets answer; asked of real sockets and of a clock that is turned. */

import { createSocket } from "node:dgram";
import { createServer } from "node:net";
import { expect, test, vi } from "vitest";
import { type ReadinessArgs, readiness } from "../../../src/server/admin/readiness.ts";
import { askIdentity } from "../../../src/server/probe.ts";
import { freePort } from "../../transport/port.ts";
import { directoryWith, type Server, serving } from "../program.ts";
import { zoneText } from "../zonetext.ts";

vi.setConfig({ testTimeout: 40_000 });

type Source = ReadinessArgs["serving"]["source"];

const here = { address: "127.0.0.1", port: 53 };

function source(names: readonly (readonly [string | undefined, boolean])[], waitsFor?: string): Source {
  return { names: () => names, waitsFor } as unknown as Source;
}

/** Asks with sockets that all answer, unless told otherwise. */
function reasonsOf(args: Partial<Omit<ReadinessArgs, "serving">> & Partial<ReadinessArgs["serving"]>) {
  const { ready = true, source: from = source([]), listen = [here], ...rest } = args;
  return readiness({
    serving: { ready, pop: "pop1", listen, source: from },
    required: [],
    ask: async () => "pop1",
    now: () => 0,
    ...rest,
  });
}

test("the start must be over, unless zones are named that must be there", async () => {
  expect(await reasonsOf({})()).toEqual([]);
  expect(await reasonsOf({ ready: false })()).toEqual(["zones are being loaded"]);
  expect(await reasonsOf({ ready: false, source: source([], "the store nats://s") })()).toEqual([
    "the start waits for the store nats://s",
  ]);
  const loaded = source([["a.example.", true]]);
  expect(await reasonsOf({ ready: false, source: loaded, required: ["A.example"] })()).toEqual([]);
});

test("a zone that is required and failed, or is not there, is named; others may fail", async () => {
  const names = source([
    ["a.example.", true],
    ["b.example.", false],
    [undefined, false],
  ]);
  expect(await reasonsOf({ source: names, required: ["a.example."] })()).toEqual([]);
  expect(await reasonsOf({ source: names, required: ["b.example", "a.example", "c.example"] })()).toEqual([
    "zone b.example. is required (anycast.require), and not served: see /status",
    "zone c.example. is required (anycast.require), and not served: see /status",
  ]);
});

test("who asks within a second is told what was found, and sends no query of ours", async () => {
  let now = 0;
  let asked = 0;
  const ask = async () => {
    asked++;
    return "pop1";
  };
  const reasons = reasonsOf({ ask, now: () => now });
  await Promise.all(Array.from({ length: 1000 }, reasons));
  expect(asked).toBe(2);
  now = 999;
  await reasons();
  expect(asked).toBe(2);
  now = 1000;
  await reasons();
  expect(asked).toBe(4);
});

async function withServer(judge: (server: Server) => Promise<void>): Promise<void> {
  const server = await serving(directoryWith({ "a.example.zone": zoneText(1) }));
  try {
    await judge(server);
  } finally {
    await server.stop();
  }
}

test("real sockets: both must answer at every address, by the name of this POP", () =>
  withServer(async ({ port }) => {
    const live = { address: "127.0.0.1", port };
    const dead = { address: "127.0.0.1", port: await freePort() };
    const look = (listen: ReadinessArgs["serving"]["listen"], pop = "test1") =>
      readiness({
        serving: { ready: true, pop, listen, source: source([]) },
        required: [],
        ask: askIdentity,
        now: () => 0,
      })();
    expect(await look([live])).toEqual([]);
    const silent = await look([live, dead]);
    expect(silent).toHaveLength(2);
    expect(silent[0]).toContain(`127.0.0.1@${dead.port}/udp does not answer our own query: `);
    expect(silent[1]).toContain(`127.0.0.1@${dead.port}/tcp does not answer our own query: `);
    const other = `is answered by "test1": another server has this port`;
    expect(await look([live], "lhr1")).toEqual([`127.0.0.1@${port}/udp ${other}`, `127.0.0.1@${port}/tcp ${other}`]);
  }));

test("a TCP socket that takes connections and is silent is not ready, though UDP answers", () =>
  withServer(async ({ port }) => {
    // Hands datagrams on to the live server; its TCP says nothing.
    const half = await freePort();
    const front = createSocket("udp4");
    front.on("message", (query, from) => {
      const back = createSocket("udp4");
      back.once("message", (reply) => {
        front.send(reply, from.port, from.address);
        back.close();
      });
      back.send(query, port, "127.0.0.1");
    });
    await new Promise<void>((bound) => front.bind(half, "127.0.0.1", bound));
    const mute = createServer((socket) => void socket.on("error", () => {}).resume());
    await new Promise<void>((bound) => mute.listen(half, "127.0.0.1", bound));
    const begun = performance.now();
    const reasons = await readiness({
      serving: { ready: true, pop: "test1", listen: [{ address: "127.0.0.1", port: half }], source: source([]) },
      required: [],
      ask: askIdentity,
      now: () => 0,
    })();
    front.close();
    mute.close();
    expect(reasons).toEqual([`127.0.0.1@${half}/tcp does not answer our own query: no answer in time`]);
    expect(performance.now() - begun).toBeLessThan(3000);
  }));
