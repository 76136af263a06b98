/** No room left: in the store, and on a POP's disk. What is served goes on, it is said once, and with room all goes on. */

import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { hostsZone } from "../../cli/publisher.ts";
import { have } from "../../support/need.ts";
import { canServe, Fleet, fleetTest } from "./fleet.ts";
import { versionText } from "./zones.ts";

vi.setConfig({ testTimeout: 60_000 });

const ZONE = "a.example.";

fleetTest("the store is full: the push says so and changes nothing; collected, it takes it", async () => {
  const fleet = await Fleet.make({ server: { maxFile: 1 << 20 } });
  fleet.write("a.example.zone", hostsZone(1, 3));
  await fleet.push("a.example.zone");
  await fleet.serve("fra1");
  fleet.write("huge.example.zone", versionText("huge.example.", 1, 120_000));
  fleet.write("a.example.zone", hostsZone(2, 4));
  const pushed = await fleet.run("push", "huge.example.zone", "a.example.zone");
  expect([pushed.code, pushed.stderr]).toEqual([4, expect.stringMatching(/has no room .*zonecast store collect/)]);
  expect((await fleet.manifest(ZONE)).latest).toBe(1);
  expect(await (await fleet.store()).head("huge.example.")).toBeUndefined();
  expect(await fleet.pop("fra1").serial(ZONE)).toBe(1);
  const collected = await fleet.run("store", "collect", "--grace", "0");
  expect([collected.code, collected.stdout]).toEqual([0, expect.stringMatching(/[1-9]\d* dropped/)]);
  const { code, stdout } = await fleet.run("push", "a.example.zone", "--wait");
  expect([code, stdout]).toEqual([0, expect.stringContaining("1 of 1 POPs answer with it")]);
});

const MOUNT = ["unshare", "-rm", "sh", "-c", 'mount -t tmpfs -o size=3m tmpfs "$0" && exec "$@"'];
const canMount = spawnSync("unshare", [...MOUNT.slice(1), "/mnt", "true"]).status === 0;

const name = "a POP's disk is full: it serves each version, says so once and reports on; with room it keeps all again";
if (canServe() && have("the right to mount a small disk (unshare -rm)", canMount)) test(name, popWithoutRoom);
else test.skip(`${name} (needs Node 24, nats-server and unshare -rm)`, () => {});

async function popWithoutRoom(): Promise<void> {
  const fleet = await Fleet.make();
  fleet.write("a.example.zone", hostsZone(1, 3));
  fleet.write("large.example.zone", versionText("large.example.", 1, 12_000));
  await fleet.push("a.example.zone");
  const state = join(fleet.folder, "small");
  mkdirSync(state);
  await fleet.serve({ pop: "fra1", state, through: [...MOUNT, state] });
  const pop = fleet.pop("fra1");
  // The disk as the POP sees it.
  const filler = join(`/proc/${pop.server.child.pid}/root`, state, "filler");
  expect(() => {
    for (let i = 0; ; i++) writeFileSync(`${filler}${i}`, Buffer.alloc(4096));
  }).toThrow("ENOSPC");
  for (const serial of [2, 3]) {
    fleet.write("a.example.zone", hostsZone(serial, serial + 2));
    fleet.write("large.example.zone", versionText("large.example.", serial, 12_000));
    const { code, stdout } = await fleet.run("push", "a.example.zone", "large.example.zone", "--wait");
    expect([code, stdout]).toEqual([0, expect.stringContaining("1 of 1 POPs answer with it")]);
  }
  for (const kind of ["copy", "blobs"]) {
    const told = pop.log(`${kind}.unkept`);
    expect(told).toHaveLength(1);
    expect(told[0]?.msg).toMatch(/can't be kept in .*no space left on the (?:disk|device).*serving goes on/);
  }
  expect((await pop.status()).source).toMatchObject({ unkept: expect.stringContaining("no space left on the") });
  rmSync(`${filler}0`);
  for (let i = 1; i < 2000; i++) rmSync(`${filler}${i}`, { force: true });
  await pop.logged("copy.kept");
  fleet.write("large.example.zone", versionText("large.example.", 4, 12_000));
  await fleet.push("large.example.zone", "--wait");
  await pop.logged("blobs.kept");
  expect((await pop.status()).source).not.toHaveProperty("unkept");
  expect(await pop.serial(ZONE)).toBe(3);
}
