/** The store is not what it was: restored from an old backup, or made anew and empty. POPs lose nothing, and say so. */

import { rmSync } from "node:fs";
import { beforeAll, expect, vi } from "vitest";
import { hostsZone } from "../../cli/publisher.ts";
import { canServe, Fleet, fleetTest } from "./fleet.ts";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const ZONE = "a.example.";
const POPS = ["fra1", "lhr1"];
const ZONES = [ZONE, "b.example.", "c.example."];

let fleet: Fleet;

beforeAll(async () => {
  if (!canServe()) return;
  fleet = await Fleet.make();
  for (const zone of ZONES) fleet.write(`zones/${zone}zone`, hostsZone(1, 3));
  await fleet.push("zones");
  await fleet.serve(...POPS);
});

async function serials(zone: string): Promise<readonly (number | string)[]> {
  return Promise.all(POPS.map((pop) => fleet.pop(pop).serial(zone)));
}

fleetTest("from an old backup: what is newer is served on, and the next push goes above it", async () => {
  const { server } = fleet;
  await server?.stop();
  const putBack = server?.copy();
  await server?.start();
  for (const serial of [2, 3]) {
    fleet.write("zones/a.example.zone", hostsZone(serial, 3, { 1: `198.51.100.${serial}` }));
    await fleet.push("zones", "--wait");
  }
  const { id } = await fleet.manifest(ZONE);
  await server?.stop("SIGKILL");
  putBack?.();
  await server?.start();
  expect((await fleet.manifest(ZONE)).id).toBeLessThan(id);
  for (const pop of POPS) {
    expect((await fleet.pop(pop).logged("store.reset")).msg).toContain(
      "an older copy of the store was put in its place",
    );
    const { refused } = await fleet.untilReport(pop, ({ refusals }) => refusals > 0, "a refusal");
    expect(refused).toEqual([expect.objectContaining({ zone: ZONE, serves: id, serial: 3 })]);
    expect(refused[0]?.why).toMatch(/the store has an older manifest of a\.example\. .*push the zone again/);
    const { zones } = await fleet.pop(pop).status();
    expect(zones.map(({ zone, state, serial }) => [zone, state, serial])).toEqual([
      [ZONE, "stale", 3],
      ["b.example.", "serving", 1],
      ["c.example.", "serving", 1],
    ]);
  }
  // Above what the store has, and not above what POPs serve.
  fleet.write("zones/a.example.zone", hostsZone(3, 4));
  const below = await fleet.run("push", "zones");
  expect([below.code, below.stdout]).toEqual([1, expect.stringMatching(/a\.example\. refused: .*serial/)]);
  fleet.write("zones/a.example.zone", hostsZone(4, 4));
  const { code, stdout } = await fleet.run("push", "zones", "--wait");
  expect([code, stdout]).toEqual([0, expect.stringContaining("2 of 2 POPs answer with it")]);
  expect((await fleet.manifest(ZONE)).id).toBeGreaterThan(id);
  expect(await serials(ZONE)).toEqual([4, 4]);
  for (const pop of POPS) await fleet.untilReport(pop, ({ refusals }) => refusals === 0, "no refusal");
});

fleetTest(
  "made anew, and empty: every zone is served on and said to be missing, until it is pushed again",
  async () => {
    const { server } = fleet;
    await server?.stop("SIGKILL");
    rmSync(server?.data ?? "", { recursive: true });
    await server?.start();
    await fleet.forgetStore();
    await fleet.init();
    for (const pop of POPS) {
      await fleet.pop(pop).logged("store.reset", /made anew/);
      const { msg } = await fleet.pop(pop).logged("zone.missing");
      for (const zone of ZONES) expect(msg).toContain(zone);
      const { refused } = await fleet.untilReport(pop, ({ refusals }) => refusals === 3, "all missing");
      expect(refused.map(({ zone, why }) => [zone, why.includes("it is served on")])).toEqual(
        expect.arrayContaining(ZONES.map((zone) => [zone, true])),
      );
      const { source, ready } = await fleet.pop(pop).status();
      expect([ready, source]).toEqual([true, expect.objectContaining({ missing: 3, connected: true })]);
    }
    expect(await serials(ZONE)).toEqual([4, 4]);
    expect(await serials("c.example.")).toEqual([1, 1]);
    // Without the store's word they start with all of it, too.
    await fleet.pop("lhr1").stop("SIGKILL");
    await fleet.pop("lhr1").start();
    expect(await serials(ZONE)).toEqual([4, 4]);
    // POPs have these serials, and the store does not know what was under them.
    const same = await fleet.run("push", "zones");
    expect([same.code, same.stdout]).toEqual([1, expect.stringContaining("raised by --serial counter")]);
    const { code, stdout } = await fleet.run("push", "zones", "--wait", "--serial", "counter");
    expect([code, stdout]).toEqual([0, expect.stringContaining("2 of 2 POPs answer with it")]);
    for (const pop of POPS) await fleet.untilReport(pop, ({ refusals }) => refusals === 0, "nothing missing");
    expect(await serials(ZONE)).toEqual([5, 5]);
    expect(await serials("c.example.")).toEqual([2, 2]);
  },
);
