/** The whole program and its routes: what a router sees of a POP that starts, drains, is killed, fails, and stops. */

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { freePort } from "../../transport/port.ts";
import { until } from "../../transport/stream.ts";
import { start } from "../program.ts";
import { zoneText } from "../zonetext.ts";
import { control, PREFIX, place, pop } from "./place.ts";
import { Router } from "./router.ts";

function announced(router: Router, level: string | undefined): Promise<void> {
  return until(() => router.table.get(PREFIX) === level, `${PREFIX} ${level ?? "off"}`);
}

test("proves itself, announces; SIGTERM gives notice, withdraws, waits, and says goodbye", async () => {
  const router = await Router.start([PREFIX]);
  const program = await pop(await place(router));
  await announced(router, "up");
  program.child.kill("SIGTERM");
  await announced(router, "draining");
  expect((await program.exit).code).toBe(0);
  await until(() => router.story.includes("closed"), "the end of the session");
  expect(router.story).toEqual([
    `${PREFIX} up`,
    `${PREFIX} draining`,
    `${PREFIX} off`,
    "end: zonecast stops",
    "closed",
  ]);
  expect(program.log().map(({ event }) => event)).toEqual(
    expect.arrayContaining(["route.up", "leaving", "route.off", "stopped"]),
  );
});

test("a second SIGTERM leaves out the waiting", async () => {
  const router = await Router.start([PREFIX]);
  const there = await place(router);
  const program = await pop(there);
  await announced(router, "up");
  program.child.kill("SIGTERM");
  await announced(router, "draining");
  program.child.kill("SIGTERM");
  expect((await program.exit).code).toBe(0);
  expect(program.log("hurrying")).toHaveLength(1);
  expect(program.log("leaving").map(({ msg }) => msg)).toEqual([
    "routes are announced as draining",
    "told not to wait",
  ]);
  await until(() => router.story.includes("closed"), "the end of the session");
  expect(router.story).toContain(`${PREFIX} off`);
});

test("kill -9 takes the route with it", async () => {
  const router = await Router.start([PREFIX]);
  const program = await pop(await place(router));
  await announced(router, "up");
  program.child.kill("SIGKILL");
  await announced(router, undefined);
  expect(router.story).toEqual([`${PREFIX} up`, "closed"]);
});

test("a zone that answers wrongly: alone and without a fleet to ask it stays up, and says so", async () => {
  const router = await Router.start([PREFIX]);
  const there = await place(router);
  const program = await pop(there);
  await announced(router, "up");
  writeFileSync(join(there.folder, "a.example.zone"), zoneText(2).replaceAll("www", "web"));
  await until(() => program.log("health.down").length > 0, "the verdict");
  const { standings } = await control(there, "GET", "/standings");
  expect(standings).toMatchObject([{ why: expect.stringMatching(/www\.a\.example.*no fleet that could be asked/) }]);
  expect(router.table.get(PREFIX)).toBe("up");
});

test("a drained POP stays drained over kill -9 and a restart, until it is told", async () => {
  const router = await Router.start([PREFIX]);
  const there = await place(router, ["  health: { cooldown: 1 }"]);
  const first = await pop(there);
  await announced(router, "up");
  await control(there, "POST", "/plan", { to: "drain", by: "ops", why: "new disks", force: true });
  await announced(router, undefined);
  first.child.kill("SIGKILL");
  await first.exit;
  const begun = router.story.length;
  const second = await pop(there);
  await until(() => second.log("health.up").length > 0, "the verdict");
  const { standings } = await control(there, "GET", "/standings");
  expect(standings).toMatchObject([{ phase: "drained", plan: { to: "drain", by: "ops", why: "new disks" } }]);
  expect(router.story.slice(begun).filter((line) => line !== "closed")).toEqual([]);
  await control(there, "POST", "/plan", { to: "serve", by: "ops" });
  await announced(router, "up");
});

test("an address that is not there yet is waited for, and SIGTERM ends the wait", async () => {
  const router = await Router.start([PREFIX]);
  const there = await place(router);
  const missing = readFileSync(there.config, "utf8")
    .replace(/127\.0\.53\.53@\d+/, `127.0.0.1@${there.port}`)
    .replace(`prefix: ${PREFIX}`, "prefix: 198.51.100.0/24, addresses: [198.51.100.53@5353]")
    // Nobody has a route: there is nothing to be waited for.
    .replace("notice: 1, least: 1, most: 2", "notice: 60, least: 60, most: 60");
  writeFileSync(there.config, missing);
  const program = start(["serve", "--config", there.config]);
  await until(() => program.log("addresses.awaited").length > 0, "the word that it waits");
  expect(program.log("addresses.awaited")[0]?.msg).toMatch(
    /198\.51\.100\.53.*ip address add 198\.51\.100\.53\/32 dev lo/,
  );
  program.child.kill("SIGTERM");
  expect((await program.exit).code).toBe(0);
});

test("a router that is not there does not keep it from serving, and is told of", async () => {
  const there = await place({ port: await freePort() });
  const program = await pop(there);
  await until(() => program.log("bgp-down").length > 0, "the word that nobody is there");
  expect(program.log("bgp-down")[0]?.msg).toMatch(/no BGP daemon listens on 127\.0\.0\.1@\d+/);
  await sleep(100);
  const status = await control(there, "GET", "/status");
  expect(status).toMatchObject({
    ready: true,
    anycast: { peers: [{ state: expect.not.stringMatching("up"), tries: expect.any(Number) }] },
  });
});

test("without a router it is up for nobody, and says so", async () => {
  const router = await Router.start([PREFIX]);
  const there = await place(router);
  const program = await pop(there);
  await announced(router, "up");
  const standing = async () => (await control(there, "GET", "/standings")).standings[0];
  expect(await standing()).toMatchObject({ phase: "up", prefixes: [{ prefix: PREFIX, level: "up" }] });
  router.close();
  await until(() => program.log("route.off").length > 0, "the word that the route is gone");
  expect(await standing()).toMatchObject({
    phase: "without a router",
    why: expect.stringMatching(/127\.0\.0\.1@\d+/),
    prefixes: [{ prefix: PREFIX, level: "off" }],
  });
});

test("a second server with the same configuration ends, and leaves the first one's route alone", async () => {
  const router = await Router.start([PREFIX]);
  const there = await place(router);
  await pop(there);
  await announced(router, "up");
  const second = start(["serve", "--config", there.config, "--pop", "lhr1"]);
  expect((await second.exit).code).toBe(1);
  expect(second.stderr).toMatch(/another (?:server|zonecast)/);
  expect(router.story).toEqual([`${PREFIX} up`]);
  expect((await control(there, "GET", "/standings")).standings).toMatchObject([{ phase: "up" }]);
});

test("a state directory that takes nothing is told of, and keeps no POP from announcing", async () => {
  const router = await Router.start([PREFIX]);
  const there = await place(router);
  writeFileSync(join(there.folder, "state"), "a file in its place");
  const program = await pop(there);
  await announced(router, "up");
  expect(program.log("control.unusable")[0]?.msg).toMatch(/^control socket .*: can't write: ./);
  await until(() => program.log("plan.unkept").length > 0, "the word that plans are not kept");
});

test("a router with another AS is told of", async () => {
  const router = await Router.start([PREFIX], 64999);
  const program = await pop(await place(router));
  await until(() => program.log("bgp-down").length > 0, "the word of it");
  expect(program.log("bgp-down")[0]?.msg).toMatch(/is AS 64999, and anycast\.bgp\.neighbours has AS 64500/);
});
