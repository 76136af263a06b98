/**
 * Rollouts end to end: real POPs over NATS that are asked all the time, the real program as publisher and conductor. And
 * a removal, which takes its time meanwhile.
 */

import { createSocket, type Socket } from "node:dgram";
import { afterAll, beforeAll, expect, vi } from "vitest";
import { hostsZone } from "../../cli/publisher.ts";
import { txtQuery } from "../../server/asking.ts";
import { until } from "../../transport/stream.ts";
import { canServe, Fleet, fleetTest } from "./fleet.ts";

vi.setConfig({ testTimeout: 90_000, hookTimeout: 60_000 });

const ZONE = "a.example.";
const HOSTS = 20;

let fleet: Fleet;
let asking: NodeJS.Timeout;
let socket: Socket;
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
  fleet.write("a.example.zone", hostsZone(serial, HOSTS));
  fleet.write("gone.example.zone", hostsZone(1, 3));
  await fleet.push("a.example.zone", "gone.example.zone");
  await fleet.serve({ pop: "fra1", groups: ["canary"] }, "lhr1", "sin1");
  const { code, stderr } = await fleet.run("remove", "gone.example", "--why", "moved away");
  if (code !== 0) throw new Error(stderr);
  askAll();
});

/** Everybody asks every POP for the names that there have always been. */
function askAll(): void {
  socket = createSocket("udp4").on("error", () => {});
  let i = 0;
  asking = setInterval(() => {
    i = (i + 1) & 0xffff;
    const query = txtQuery(i, `h${i % HOSTS}.a.example`);
    for (const { port } of fleet.pops.values()) socket.send(query, port, "127.0.0.1");
  }, 20);
}

afterAll(() => {
  clearInterval(asking);
  socket?.close();
});

/** Writes the zone's next version; its serial. */
function next(): number {
  serial++;
  fleet.write("a.example.zone", hostsZone(serial, HOSTS, { 1: `198.51.100.${serial}` }));
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

fleetTest(
  "names that are asked for are gone: it goes back from the canary by itself, and the push says why: 6",
  async () => {
    const before = await fleet.manifest(ZONE);
    const old = serial++;
    // As many records under other names: no guard has anything to find.
    fleet.write("a.example.zone", hostsZone(serial, HOSTS).replace(/^h(?<i>\d+) A/gm, "host$<i> A"));
    fleet.write("watched.yaml", JSON.stringify({ publish: { waves: [{ to: "canary", bake: 60 }, { to: "*" }] } }));
    const loaded = () => ["lhr1", "sin1"].map((pop) => fleet.pop(pop).log("zone.loaded").length);
    const loadedBefore = loaded();
    const { code, stdout } = await fleet.run("push", "a.example.zone", "--wait", "--config", "watched.yaml");
    expect([code, stdout]).toEqual([6, expect.stringContaining(`version ${before.latest + 1} was taken back`)]);
    expect(stdout).toMatch(
      /fra1 answers \d+\.\d % of \d+ queries with NXDOMAIN; .*0\.0 % at POPs with the old version/,
    );
    await fleet.pop("fra1").untilSerial(ZONE, old);
    // The others never had it.
    expect(loaded()).toEqual(loadedBefore);
    const { targets } = before;
    expect(await fleet.manifest(ZONE)).toMatchObject({ action: "abort", targets, latest: before.latest + 1 });
    expect((await fleet.run("log", "a.example")).stdout).toContain("NXDOMAIN");
  },
);

fleetTest("a zone that was removed is let go of, once that was seen twice", async () => {
  for (const pop of fleet.pops.values()) {
    await pop.logged("zone.dropped", /gone\.example/);
    expect(await pop.serial("gone.example.")).toBe("REFUSED");
    const { zones } = await pop.status();
    expect(zones.map(({ zone }) => zone)).toEqual([ZONE, "b.example."]);
  }
});
