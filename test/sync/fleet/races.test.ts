/** Two publishers at the same zones: one wins, the other is told, and no update is lost. And one who may not publish. */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { planZone } from "../../../src/sync/publish/plan.ts";
import { publish } from "../../../src/sync/publish/publish.ts";
import { PUBLISHER, popRights } from "../../../src/sync/store/natsrights.ts";
import { openStore } from "../../../src/sync/store/open.ts";
import { Conflict, type Store } from "../../../src/sync/store/store.ts";
import { ACCESS, hostsZone } from "../../cli/publisher.ts";
import { until } from "../../transport/stream.ts";
import { imageOf, publicationOf, TERMS } from "../publish/making.ts";
import { Fleet, fleetTest } from "./fleet.ts";
import { groundOf, pushOnce } from "./workbench.ts";
import { versionText } from "./zones.ts";

vi.setConfig({ testTimeout: 60_000 });

const ZONE = "a.example.";
const RACES = 1000;

/** A plan made of what the store has now; what it does publishes it, or tells who was faster. */
async function planned(
  fleet: Fleet,
  store: Store,
  by: string,
  serial: number,
): Promise<() => Promise<string | Conflict>> {
  const at = new Date();
  const image = imageOf(
    ZONE,
    hostsZone(serial, 2, { 0: `10.0.${serial >> 8}.${serial & 255}`, 1: by === "left" ? "10.1.0.1" : "10.1.0.2" }),
  );
  const plan = await planZone({ zone: ZONE, image }, await groundOf(fleet, store, at), { ...TERMS, at, by });
  const { signer, trust } = fleet;
  const signal = new AbortController().signal;
  return async () => {
    try {
      await publish([publicationOf(plan)], { store, signer, trust, signal, progress: () => {} });
      return by;
    } catch (error) {
      if (error instanceof Conflict) return error;
      throw error;
    }
  };
}

fleetTest(`${RACES} races of two publishers: in each one wins, and the other is told who`, async () => {
  const fleet = await Fleet.make();
  const left = await fleet.store();
  const right = await openStore(fleet.where, ACCESS);
  const wins = { left: 0, right: 0 };
  await pushOnce(fleet, left, [{ zone: ZONE, text: hostsZone(1, 3) }]);
  try {
    for (let i = 0; i < RACES; i++) {
      const serial = i + 2;
      const both = await Promise.all([planned(fleet, left, "left", serial), planned(fleet, right, "right", serial)]);
      const ends = await Promise.all(both.map((go) => go()));
      const winner = ends.find((end) => typeof end === "string");
      const loser = ends.find((end) => end instanceof Conflict);
      const { latest, by, versions } = await fleet.manifest(ZONE);
      expect([latest, by, versions[0]?.serial]).toEqual([serial, winner, serial]);
      expect(loser?.message).toContain(
        `was changed meanwhile: push of version ${serial} (serial ${serial}) by ${winner}`,
      );
      wins[winner as "left"]++;
    }
  } finally {
    await right.close();
  }
  expect(wins.left + wins.right).toBe(RACES);
});

fleetTest("a push that is overtaken ends with 3, and none of its zones is published", async () => {
  const fleet = await Fleet.make();
  fleet.write("zones/a.example.zone", hostsZone(1, 3));
  for (let i = 0; i < 70; i++) fleet.write(`zones/m${i}.example.zone`, hostsZone(1, 3));
  await fleet.push("zones/a.example.zone");
  fleet.write("zones/a.example.zone", hostsZone(2, 4));
  // The first ones are planned and told of while this one is still read.
  fleet.write("zones/z.example.zone", versionText("z.example.", 1, 40_000));
  const program = fleet.start("push", "zones");
  await until(() => program.stdout.includes("SOA serial 1 -> 2"), "the plan", 30_000);
  await pushOnce(fleet, await fleet.store(), [{ zone: ZONE, text: hostsZone(2, 5) }]);
  const { code } = await program.exit;
  expect([code, program.stderr]).toEqual([
    3,
    expect.stringMatching(/a\.example\. was changed meanwhile: .*by alice@desk/),
  ]);
  const store = await fleet.store();
  for (const zone of ["m0.example.", "m69.example.", "z.example."]) expect(await store.head(zone)).toBeUndefined();
  // The same again is planned anew, and goes through with a serial above.
  const again = await fleet.run("push", "zones", "--serial", "counter");
  expect(again.code).toBe(0);
  expect((await fleet.manifest(ZONE)).versions[0]?.serial).toBe(3);
});

fleetTest("a credential that may only read: the push says what it may not do, and ends with 4", async () => {
  const user = (name: string, { publish, subscribe }: typeof PUBLISHER) => ({
    ...{ user: name, password: `${name}-word` },
    permissions: { publish: { allow: publish }, subscribe: { allow: subscribe } },
  });
  const root = { user: "root", password: "root-word" };
  const users = [user("ci", PUBLISHER), user("fra1", popRights("fra1")), root];
  const fleet = await Fleet.make({ server: { config: `authorization: ${JSON.stringify({ users })}` }, user: "root" });
  for (const name of ["ci", "fra1"]) writeFileSync(join(fleet.folder, name), `${name}:${name}-word\n`);
  fleet.write("a.example.zone", hostsZone(1, 3));
  const may = await fleet.run("push", "a.example.zone", "--credentials", "ci");
  expect([may.code, may.stderr]).toEqual([0, ""]);
  fleet.write("a.example.zone", hostsZone(2, 4));
  const { code, stderr } = await fleet.run("push", "a.example.zone", "--credentials", "fra1");
  expect([code, stderr]).toEqual([4, expect.stringMatching(/this credential may not .*use another, or give its user/)]);
  expect(stderr).not.toContain("-word");
  expect((await fleet.manifest(ZONE)).latest).toBe(1);
});

test("the same over sqlite, with the store's file as the only thing between them", async () => {
  const fleet = await Fleet.make({ engine: "sqlite" });
  const [left, right] = [await fleet.store(), await openStore(fleet.where, ACCESS)];
  await pushOnce(fleet, left, [{ zone: ZONE, text: hostsZone(1, 3) }]);
  try {
    for (let serial = 2; serial < 42; serial++) {
      const both = await Promise.all([planned(fleet, left, "left", serial), planned(fleet, right, "right", serial)]);
      const ends = await Promise.all(both.map((go) => go()));
      const winner = ends.find((end) => typeof end === "string");
      expect(ends.filter((end) => end instanceof Conflict)).toHaveLength(1);
      expect(await fleet.manifest(ZONE)).toMatchObject({ latest: serial, by: winner });
    }
  } finally {
    await right.close();
  }
});
