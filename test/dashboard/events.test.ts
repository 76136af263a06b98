/** Events to open pages: the whole first, then changes, bounded for clients that are many or slow. */

import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { updateOf, viewOf } from "../../src/dashboard/view.ts";
import { until } from "../transport/stream.ts";
import { pop, SimulatedFleet, threePops, zone } from "./simulated.ts";
import { eventStream, served } from "./web.ts";

const QUICK = { clients: 3, every: 50, heartbeat: 40, patience: 300 };

test("the whole fleet comes first, then what has changed, and nothing else", async () => {
  const fleet = new SimulatedFleet(threePops());
  const stream = await eventStream(await served(fleet, { limits: QUICK }));
  await until(() => stream.events.length === 1, "the whole fleet");
  expect(stream.events[0]?.name).toBe("snapshot");
  expect(stream.events[0]?.data.pops).toHaveLength(3);
  fleet.change("lon1", { state: "draining", why: "planned" });
  await until(() => stream.events.length === 2, "the change");
  const { name, data } = stream.events[1]!;
  expect([name, Object.keys(data)]).toEqual(["update", ["at", "pops"]]);
  expect(data.pops).toMatchObject([{ pop: "lon1", state: "draining" }]);
});

test("changes within a second go out together", async () => {
  const fleet = new SimulatedFleet(threePops());
  const stream = await eventStream(await served(fleet, { limits: { ...QUICK, every: 200 } }));
  await until(() => stream.events.length === 1, "the whole fleet");
  for (let i = 0; i < 100; i++) fleet.change("lon1", { behind: i });
  await sleep(320);
  expect(stream.events.map(({ name }) => name)).toEqual(["snapshot", "update"]);
  expect(stream.events[1]?.data.pops).toMatchObject([{ pop: "lon1", behind: 99 }]);
});

test("there are signs of life, and no more pages than may be; the source is watched only while there are any", async () => {
  const fleet = new SimulatedFleet(threePops());
  const web = await served(fleet, { limits: QUICK });
  const streams = await Promise.all([eventStream(web), eventStream(web), eventStream(web)]);
  expect(fleet.listeners.size).toBe(1);
  const { status, body, headers } = await web.get("/dashboard/events");
  expect([status, headers["retry-after"]]).toEqual([503, "30"]);
  expect(body).toContain("too many open dashboards");
  await until(() => streams[0]!.text().includes(": alive\n\n"), "a sign of life");
  streams[0]!.close();
  await until(async () => (await eventStreamStatus(web)) === 200, "room for another");
  for (const stream of streams) stream.close();
  await until(() => fleet.listeners.size === 0, "nobody watching");
});

async function eventStreamStatus(web: Awaited<ReturnType<typeof served>>): Promise<number> {
  const message = await web.open("/dashboard/events");
  message.on("error", () => {}).destroy();
  return message.statusCode ?? 0;
}

test("a client that reads nothing misses updates without a queue, and is dropped in the end", async () => {
  const pops = Array.from({ length: 400 }, (_, i) => pop(`pop${i}`));
  const fleet = new SimulatedFleet({ ...threePops(), pops });
  const web = await served(fleet, { limits: QUICK });
  const slow = await web.open("/dashboard/events");
  slow.pause().on("error", () => {});
  const quick = await eventStream(web);
  let round = 0;
  const timer = setInterval(() => {
    round += 1;
    fleet.become({ pops: fleet.now.pops.map((one) => ({ ...one, behind: round })) });
  }, 50);
  try {
    await until(() => quick.events.length > 10, "updates for whoever reads");
    quick.close();
    await until(() => fleet.listeners.size === 0, "the end of whoever does not");
  } finally {
    clearInterval(timer);
    slow.destroy();
    quick.close();
  }
  expect(quick.events.filter(({ name }) => name === "update").length).toBeGreaterThan(8);
}, 15_000);

test("what is made smaller: of a zone only POPs that lack it are named, and all are counted", () => {
  const names = Array.from({ length: 300 }, (_, i) => `pop${i}`);
  const cells = names.map((one, i) => ({
    pop: one,
    state: i < 50 ? ("behind" as const) : ("serves" as const),
    serial: 1,
    why: undefined,
  }));
  const view = viewOf({ ...threePops(), zones: [zone("example.com.", names, { cells })] });
  expect(view.zones[0]?.counts).toEqual({ serves: 250, behind: 50, refuses: 0, away: 0, none: 0 });
  expect(view.zones[0]?.cells).toHaveLength(40);
});

test("an update and what was before make what is now", () => {
  const from = viewOf(threePops());
  const to = {
    ...from,
    at: "later",
    pops: [from.pops[0]!, { ...from.pops[1]!, state: "silent" as const }],
    store: { where: "x", why: "lost" },
  };
  const update = updateOf(from, to);
  expect(update).toEqual({ at: "later", pops: [to.pops[1]], gone: ["nrt1"], store: to.store });
});
