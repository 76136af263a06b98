/** Rollouts end to end: real POPs over NATS, the real program as publisher and conductor. */

import { beforeAll, expect, vi } from "vitest";
import { hostsZone } from "../../cli/publisher.ts";
import { until } from "../../transport/stream.ts";
import { canServe, Fleet, fleetTest } from "./fleet.ts";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const ZONE = "a.example.";

let fleet: Fleet;
/** The last serial that was pushed. */
let serial = 1;

beforeAll(async () => {
  if (!canServe()) return;
  fleet = await Fleet.make({
    publish: {
      waves: [
        { to: "canary", bake: 1 },
        { to: "*", bake: 0 },
      ],
    },
  });
  fleet.write("a.example.zone", hostsZone(serial, 3));
  await fleet.push("a.example.zone");
  await fleet.serve({ pop: "fra1", groups: ["canary"] }, "lhr1", "sin1");
});

/** Writes the zone's next version; its serial. */
function next(): number {
  serial++;
  fleet.write("a.example.zone", hostsZone(serial, 3, { 1: `198.51.100.${serial}` }));
  return serial;
}

async function serials(): Promise<readonly (number | string)[]> {
  return Promise.all([...fleet.pops.values()].map((pop) => pop.serial(ZONE)));
}

fleetTest("push --wait brings a version to the canary, and when it was watched to the rest", async () => {
  const before = serial;
  const after = next();
  const program = fleet.start("push", "a.example.zone", "--wait", "--config", "pop.yaml");
  await until(() => program.stdout.includes("they are watched"), "the canary to be watched", 20_000);
  expect(await serials()).toEqual([after, before, before]);
  expect(await program.exit).toMatchObject({ code: 0 });
  expect(program.stdout).toContain("3 of 3 POPs answer with it");
  expect(program.stdout.indexOf("fra1 proven")).toBeLessThan(program.stdout.indexOf("lhr1 proven"));
  expect(await serials()).toEqual([after, after, after]);
  expect((await fleet.manifest(ZONE)).rollout).toBeUndefined();
});

fleetTest("two zones in one swap are both brought on, and waited for", async () => {
  const after = next();
  fleet.write("b.example.zone", hostsZone(1, 3));
  const files = ["a.example.zone", "b.example.zone"];
  const { code, stdout } = await fleet.run("push", ...files, "--wait", "--config", "pop.yaml");
  expect([code, stdout]).toEqual([0, expect.stringContaining("3 of 3 POPs answer with it")]);
  expect(await serials()).toEqual([after, after, after]);
  for (const pop of fleet.pops.values()) expect(await pop.serial("b.example.")).toBe(1);
  expect((await fleet.manifest(ZONE)).rollout).toBeUndefined();
});

fleetTest("a conductor is killed in the middle, and whoever waits for the zone brings it on", async () => {
  const first = fleet.start("conduct", "--by", "first@centre");
  await until(() => first.stdout.includes("started"), "the conductor", 20_000);
  const after = next();
  await fleet.push("a.example.zone", "--config", "pop.yaml");
  await until(() => first.stdout.includes("they are watched"), "the canary to be watched", 20_000);
  first.child.kill("SIGKILL");
  await first.exit;
  const { code, stdout } = await fleet.run("rollout", "a.example", "--wait", "--by", "second@desk");
  expect([code, stdout]).toEqual([0, expect.stringContaining("3 of 3 POPs answer with it")]);
  expect(await serials()).toEqual([after, after, after]);
  expect(await fleet.manifest(ZONE)).toMatchObject({ action: "promote", by: "second@desk" });
});

fleetTest(
  "two conductors bring it on together, though the store is killed meanwhile: each step is taken once",
  async () => {
    const conductors = ["one@centre", "two@centre"].map((by) => fleet.start("conduct", "--json", "--by", by));
    await until(() => conductors.every(({ stdout }) => stdout.includes("started")), "both conductors", 20_000);
    const { id } = await fleet.manifest(ZONE);
    const after = next();
    await fleet.push("a.example.zone", "--config", "pop.yaml");
    await until(() => conductors.every(({ stdout }) => stdout.includes('"begun"')), "both to have begun", 20_000);
    await fleet.server?.stop("SIGKILL");
    await fleet.server?.start();
    await until(async () => (await fleet.manifest(ZONE)).rollout === undefined, "the end of the rollout", 30_000);
    for (const pop of fleet.pops.values()) await pop.untilSerial(ZONE, after);
    for (const { child } of conductors) child.kill("SIGTERM");
    expect(await Promise.all(conductors.map(({ exit }) => exit))).toMatchObject([{ code: 0 }, { code: 0 }]);
    // The push, to the rest, done.
    expect((await fleet.manifest(ZONE)).id).toBe(id + 3);
  },
);
