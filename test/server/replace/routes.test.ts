/** A POP that announces is replaced: its router sees nothing of it, and no query is lost. */

import { createSocket } from "node:dgram";
import { readFileSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, onTestFinished, test, vi } from "vitest";
import { listen, type OldWord, say } from "../../../src/server/replace/words.ts";
import { BirdDaemon } from "../../anycast/announcer/birddaemon.ts";
import { startBird, staticsFor } from "../../anycast/bird/bird.ts";
import { testWith } from "../../support/need.ts";
import { until } from "../../transport/stream.ts";
import { txtQuery } from "../asking.ts";
import { type Program, ready, run, start } from "../program.ts";
import { control, type Place, PREFIX, place, pop } from "../routes/place.ts";
import { Router } from "../routes/router.ts";
import { BROKEN } from "../zonetext.ts";

vi.setConfig({ testTimeout: 90_000 });

/** An address of loopback is in it, and BIRD takes it: what begins with 127 is no prefix to it. */
const WIDE = "126.0.0.0/7";

const argsOf = ({ config }: Place) => ["serve", "--config", config, "--pop", "lhr1", "--replace"];

/** Replaces a POP; resolves when the new one serves, and the old one has gone. */
async function replaced(old: Program, there: Place): Promise<Program> {
  const next = start(argsOf(there));
  await ready(next);
  expect(await old.exit).toEqual({ code: 0, signal: null });
  return next;
}

/** What a router that logs all has seen; BIRD says since when its session is up. */
async function seenBy(bird: BirdDaemon) {
  const [, , , since] =
    /^zonecast .*$/m
      .exec(await bird.ask("show protocols zonecast"))?.[0]
      .split(/ +/)
      .slice(1) ?? [];
  return { since, activity: await bird.activity(), routes: [...(await bird.routes()).keys()] };
}

async function announced(router: Router, level: string | undefined): Promise<void> {
  await until(() => router.table.get(PREFIX) === level, `${PREFIX} ${level ?? "off"}`);
}

/** Asks the POP all the time, each time from a port of its own; ends with the count of those that nobody answered. */
function queries({ port }: Place) {
  let [over, sent, answered] = [false, 0, 0];
  const one = async () => {
    const socket = createSocket("udp4");
    socket.on("error", () => {});
    const reply = new Promise<void>((resolve) => socket.once("message", () => resolve()));
    sent++;
    socket.send(txtQuery(sent & 0xffff, "www.a.example"), port, "127.0.53.53");
    await Promise.race([reply.then(() => answered++), sleep(5000, undefined, { ref: false })]);
    socket.close();
  };
  const asking = async () => {
    while (!over) {
      await one();
      await sleep(2);
    }
  };
  const clients = Array.from({ length: 4 }, asking);
  onTestFinished(() => {
    over = true;
  });
  return async () => {
    over = true;
    await Promise.all(clients);
    return { sent, lost: sent - answered };
  };
}

/** An heir that says it is ready, and is gone as soon as it is offered something. */
function vanishing({ folder }: Place): Promise<string[]> {
  const query = new URLSearchParams({ pop: "lhr1", version: "0", pid: "1", managed: "0" });
  const asked = request({
    socketPath: join(folder, "state/control.sock"),
    path: `/replace?${query}`,
    headers: { connection: "upgrade", upgrade: "zonecast-replace" },
  });
  return new Promise((resolve, reject) => {
    asked.on("error", reject);
    asked.on("upgrade", (_, socket, head) => {
      const heard: string[] = [];
      listen<OldWord>(socket, head, ({ say: word }) => {
        heard.push(word);
        if (word === "routes") socket.destroy();
      });
      socket.once("close", () => resolve(heard));
      say(socket, { say: "ready", failed: [], routes: { box: join(folder, "nowhere") } });
    });
    asked.end();
  });
}

testWith("bird", "twice over, and BIRD sees nothing of it, nor any client; then SIGTERM withdraws", async () => {
  const bird = await BirdDaemon.make({ prefix: WIDE, address: "::1" });
  onTestFinished(() => bird.close());
  await bird.start();
  const there = await place(bird, [], { prefix: WIDE, at: "::1" });
  const first = await pop(there);
  await until(async () => (await bird.routes()).has(WIDE), "the route");
  const before = await seenBy(bird);
  expect(before).toMatchObject({ activity: 1, routes: [WIDE], since: expect.stringMatching(/^\d\d:/) });
  const asked = queries(there);
  const second = await replaced(first, there);
  const third = await replaced(second, there);
  // Longer than the hold time.
  await sleep(3500);
  const { sent, lost } = await asked();
  expect(sent).toBeGreaterThan(500);
  expect(lost).toBe(0);
  expect(await seenBy(bird)).toEqual(before);
  expect(first.log("replace.routes")).toHaveLength(1);
  expect(second.log("bgp-inherited")).toHaveLength(1);
  // Nothing has changed for anybody, and nothing is told of as changed.
  for (const { log } of [second, third])
    expect([...log("route.up"), ...log("route.off"), ...log("bgp-up")]).toEqual([]);
  expect(third.log("health.up")).toHaveLength(1);
  const { standings } = await control(there, "GET", "/standings");
  expect(standings).toMatchObject([{ phase: "up", prefixes: [{ level: "up" }] }]);
  third.child.kill("SIGTERM");
  await until(async () => (await bird.routes()).size === 0, "the withdrawal");
  expect((await third.exit).code).toBe(0);
});

testWith(
  "bird",
  "told by its socket, BIRD sees nothing of it; and the new one's guard withdraws when it is killed",
  async () => {
    const bird = await startBird(staticsFor([WIDE]));
    onTestFinished(() => bird.close());
    const told = ["  by: bird", `  bird: { socket: ${bird.socket} }`];
    const there = await place({ port: 9 }, told, { prefix: WIDE, at: "::1" });
    const first = await pop(there);
    await until(async () => (await bird.routes()).has(WIDE), "the route");
    const before = await bird.activity();
    const second = await replaced(first, there);
    expect(first.log("replace.routes")).toHaveLength(1);
    expect(await bird.activity()).toBe(before);
    second.child.kill("SIGKILL");
    await until(async () => (await bird.routes()).size === 0, "the withdrawal");
  },
);

test("those that do not get ready, or are gone in the middle: the old one's session was not touched", async () => {
  const router = await Router.start([PREFIX]);
  const there = await place(router);
  const first = await pop(there);
  await announced(router, "up");
  writeFileSync(join(there.folder, "a.example.zone"), BROKEN);
  await until(() => first.log("zone.error").length > 0, "the old one's refusal");
  const failed = await run(argsOf(there));
  expect(failed.code).toBe(1);
  expect(failed.stderr).toContain("the running server serves what can't be loaded here: a.example.");
  expect(await vanishing(there)).toEqual(["welcome", "routes"]);
  await until(() => first.log("replace.failed").length > 1, "the old one's word");
  // Not over the box that was named, which was not there.
  expect(first.log("replace.unsent")).toHaveLength(1);
  expect(router.story).toEqual([`${PREFIX} up`]);
  // It reads again what the router says, and is listened to.
  await control(there, "POST", "/plan", { to: "drain", by: "ops", force: true });
  await announced(router, undefined);
  expect(router.story).not.toContain("closed");
});

test("other attributes are told in the same session; a drained POP stays drained until it is told to serve", async () => {
  const router = await Router.start([PREFIX]);
  const there = await place(router);
  const first = await pop(there);
  await announced(router, "up");
  writeFileSync(there.config, `${readFileSync(there.config, "utf8")}  levels: { up: { med: 7 } }\n`);
  const second = await replaced(first, there);
  await until(() => router.story.length > 1, "the new attributes");
  expect(router.story).toEqual([`${PREFIX} up`, `${PREFIX} up`]);
  await control(there, "POST", "/plan", { to: "drain", by: "ops", why: "new disks", force: true });
  await announced(router, undefined);
  const before = [...router.story];
  const third = await replaced(second, there);
  await until(() => third.log("health.up").length > 0, "the verdict");
  const { standings } = await control(there, "GET", "/standings");
  expect(standings).toMatchObject([{ phase: "drained", plan: { to: "drain", by: "ops", why: "new disks" } }]);
  expect(router.story).toEqual(before);
  await control(there, "POST", "/plan", { to: "serve", by: "ops" });
  await announced(router, "up");
  expect(router.story).toEqual([...before, `${PREFIX} up`]);
  // Nobody else holds the connection.
  third.child.kill("SIGKILL");
  await until(() => router.story.includes("closed"), "the end of the session");
});

test("another router id needs another session: it leaves in good order, is announced anew, and says so", async () => {
  const router = await Router.start([PREFIX]);
  const there = await place(router);
  const first = await pop(there);
  await announced(router, "up");
  const text = readFileSync(there.config, "utf8");
  writeFileSync(there.config, text.replace("hold: 3,", "hold: 3, router-id: 192.0.2.77,"));
  await replaced(first, there);
  await announced(router, "up");
  expect(first.log("replace.session")[0]?.msg).toMatch(/router id.* are other ones now.*announced anew/);
  expect(router.story.filter((line) => line !== "closed")).toEqual([
    `${PREFIX} up`,
    `${PREFIX} draining`,
    `${PREFIX} off`,
    "end: zonecast stops",
    `${PREFIX} up`,
  ]);
});
