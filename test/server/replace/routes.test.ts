/** A POP that announces is replaced: its router sees nothing of it, and no query is lost. */

import { createSocket } from "node:dgram";
import { readFileSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, onTestFinished, test, vi } from "vitest";
import { until } from "../../transport/stream.ts";
import { txtQuery } from "../asking.ts";
import { type Program, ready, run, start } from "../program.ts";
import { control, type Place, PREFIX, place, pop } from "../routes/place.ts";
import { Router } from "../routes/router.ts";
import { BROKEN, zoneText } from "../zonetext.ts";

vi.setConfig({ testTimeout: 90_000 });

const argsOf = ({ config }: Place) => ["serve", "--config", config, "--pop", "lhr1", "--replace"];

/** Replaces a POP; resolves when the new one serves, and the old one has gone. */
async function replaced(old: Program, there: Place): Promise<Program> {
  const next = start(argsOf(there));
  await ready(next);
  expect(await old.exit).toEqual({ code: 0, signal: null });
  return next;
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

/** An heir that says it is ready, and nothing after that. */
function mute({ folder }: Place): Promise<{ heard(): string[] }> {
  const query = new URLSearchParams({ pop: "lhr1", version: "0", pid: "1", managed: "0" });
  const asked = request({
    socketPath: join(folder, "state/control.sock"),
    path: `/replace?${query}`,
    headers: { connection: "upgrade", upgrade: "zonecast-replace" },
  });
  return new Promise((resolve, reject) => {
    asked.on("error", reject);
    asked.on("upgrade", (_, socket, head) => {
      let text = head.toString();
      socket.on("data", (part: Buffer) => {
        text += part.toString();
      });
      socket.write(`${JSON.stringify({ say: "ready", failed: [], routes: { box: join(folder, "nowhere") } })}\n`);
      resolve({ heard: () => [...text.matchAll(/"say":"(\w+)"/g)].map(([, word]) => word) });
    });
    asked.end();
  });
}

test("twice over, and the router sees one announcement in one session; then SIGTERM withdraws", async () => {
  const router = await Router.start([PREFIX]);
  const there = await place(router);
  const first = await pop(there);
  await announced(router, "up");
  const asked = queries(there);
  const second = await replaced(first, there);
  const third = await replaced(second, there);
  // Longer than the hold time: the router is heard, and hears.
  await sleep(4000);
  const { sent, lost } = await asked();
  expect(sent).toBeGreaterThan(500);
  expect(lost).toBe(0);
  expect(router.story).toEqual([`${PREFIX} up`]);
  expect(first.log("replace.routes")).toHaveLength(1);
  expect(second.log("bgp-inherited")).toHaveLength(1);
  // Nothing has changed for anybody, and nothing is told of as changed.
  for (const { log } of [second, third])
    expect([...log("route.up"), ...log("route.off"), ...log("bgp-up")]).toEqual([]);
  expect(third.log("health.up")).toHaveLength(1);
  const { standings } = await control(there, "GET", "/standings");
  expect(standings).toMatchObject([{ phase: "up", prefixes: [{ level: "up" }] }]);
  third.child.kill("SIGTERM");
  expect((await third.exit).code).toBe(0);
  await until(() => router.story.includes("closed"), "the end of the session");
  expect(router.story).toEqual([
    `${PREFIX} up`,
    `${PREFIX} draining`,
    `${PREFIX} off`,
    "end: zonecast stops",
    "closed",
  ]);
});

test("one that can't load what is served ends; the old one's session was not touched", async () => {
  const router = await Router.start([PREFIX]);
  const there = await place(router);
  const first = await pop(there);
  await announced(router, "up");
  writeFileSync(join(there.folder, "a.example.zone"), BROKEN);
  await until(() => first.log("zone.error").length > 0, "the old one's refusal");
  const failed = await run(argsOf(there));
  expect(failed.code).toBe(1);
  expect(failed.stderr).toContain("the running server serves what can't be loaded here: a.example.");
  writeFileSync(there.config, `${readFileSync(there.config, "utf8")}workers: many\n`);
  expect((await run(argsOf(there))).code).toBe(2);
  expect(router.story).toEqual([`${PREFIX} up`]);
  first.child.kill("SIGTERM");
  await announced(router, undefined);
});

test("a drained POP stays drained, and is announced in the same session when it is told to serve", async () => {
  const router = await Router.start([PREFIX]);
  const there = await place(router);
  const first = await pop(there);
  await announced(router, "up");
  await control(there, "POST", "/plan", { to: "drain", by: "ops", why: "new disks", force: true });
  await announced(router, undefined);
  const before = [...router.story];
  const second = await replaced(first, there);
  await until(() => second.log("health.up").length > 0, "the verdict");
  const { standings } = await control(there, "GET", "/standings");
  expect(standings).toMatchObject([{ phase: "drained", plan: { to: "drain", by: "ops", why: "new disks" } }]);
  expect(router.story).toEqual(before);
  await control(there, "POST", "/plan", { to: "serve", by: "ops" });
  await announced(router, "up");
  expect(router.story).toEqual([...before, `${PREFIX} up`]);
});

test("kill -9 of the new one at any moment: either the old one goes on, or the session ends with the one who has it", async () => {
  const router = await Router.start([PREFIX]);
  const there = await place(router);
  const first = await pop(there);
  await announced(router, "up");
  for (const at of ["replace.begun", "ready"]) {
    const begun = first.log("replace.begun").length;
    const next = start(argsOf(there));
    await until(() => first.log("replace.begun").length > begun, "the beginning");
    if (at === "ready") await until(() => next.log("listening").length > 0, "its sockets");
    next.child.kill("SIGKILL");
    await next.exit;
    if (first.log("replace.routes").length > 0) {
      await until(() => router.story.includes("closed"), "the end of the session");
      return;
    }
    await until(() => first.log("replace.failed").length > 0, "the old one's word");
    expect(router.story).toEqual([`${PREFIX} up`]);
  }
});

test("a new one that hangs before it has said what it takes: the old one goes on in its session, and can be replaced", async () => {
  const router = await Router.start([PREFIX]);
  const there = await place(router);
  const first = await pop(there);
  await announced(router, "up");
  const heir = await mute(there);
  await until(() => first.log("replace.failed").length > 0, "the old one's word", 20_000);
  expect(heir.heard()).toEqual(["welcome", "routes", "kept"]);
  // Its keepalives went on all the time, and it reads again what the router says.
  await sleep(3500);
  expect(router.story).toEqual([`${PREFIX} up`]);
  expect((await control(there, "POST", "/plan", { to: "drain", by: "ops", force: true })).standings).toHaveLength(1);
  await announced(router, undefined);
  const second = await replaced(first, there);
  second.child.kill("SIGTERM");
  await second.exit;
});

test("another router id needs another session: it is withdrawn and announced anew, and told of", async () => {
  const router = await Router.start([PREFIX]);
  const there = await place(router);
  const first = await pop(there);
  await announced(router, "up");
  const text = readFileSync(there.config, "utf8");
  writeFileSync(there.config, text.replace("hold: 3,", "hold: 3, router-id: 192.0.2.77,"));
  const second = await replaced(first, there);
  await announced(router, "up");
  expect(first.log("replace.session")[0]?.msg).toMatch(/router id.* are other ones now.*announced anew/);
  expect(router.story.filter((line) => line !== "closed")).toEqual([
    `${PREFIX} up`,
    `${PREFIX} draining`,
    `${PREFIX} off`,
    "end: zonecast stops",
    `${PREFIX} up`,
  ]);
  second.child.kill("SIGTERM");
  await second.exit;
});

test("other attributes are told in the same session, without a withdrawal", async () => {
  const router = await Router.start([PREFIX]);
  const there = await place(router);
  const first = await pop(there);
  await announced(router, "up");
  writeFileSync(there.config, `${readFileSync(there.config, "utf8")}  levels: { up: { med: 7 } }\n`);
  const second = await replaced(first, there);
  await until(() => router.story.length > 1, "the new attributes");
  expect(router.story).toEqual([`${PREFIX} up`, `${PREFIX} up`]);
  second.child.kill("SIGTERM");
  await second.exit;
});
