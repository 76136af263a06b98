/**
 * What no POP should serve, put into the store by hand or by mistake: the version before stays, everywhere where somebody
 * looks it is said why, and the next sound push mends it.
 */

import { readdirSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, vi } from "vitest";
import { newPrivateKey, type Signer, signerFrom } from "../../../src/sync/manifest/keys.ts";
import { manifestMessage, openManifest, type Signed } from "../../../src/sync/manifest/message.ts";
import { planZone } from "../../../src/sync/publish/plan.ts";
import { hostsZone } from "../../cli/publisher.ts";
import { Publisher } from "../follow/publisher.ts";
import { imageOf, publicationOf, TERMS } from "../publish/making.ts";
import { canServe, Fleet, fleetTest } from "./fleet.ts";
import { groundOf } from "./workbench.ts";
import { versionText } from "./zones.ts";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const ZONE = "a.example.";
const LARGE = "large.example.";
const HOSTS = 12_000;
const POPS = ["fra1", "lhr1"];

let fleet: Fleet;

beforeAll(async () => {
  if (!canServe()) return;
  // This publisher lets more through than its POPs do.
  fleet = await Fleet.make({ publish: { guards: { shrink: 100 } } });
  fleet.write("a.example.zone", hostsZone(1, 20));
  fleet.write("large.example.zone", versionText(LARGE, 1, HOSTS));
  await fleet.push("a.example.zone", "large.example.zone");
  await fleet.serve(...POPS);
});

/** The head as it is, opened. */
async function head(zone: string): Promise<Signed & { readonly revision: number }> {
  const entry = await (await fleet.store()).head(zone);
  if (entry === undefined) throw new Error(`no ${zone}`);
  return { ...openManifest(zone, entry.octets, fleet.trust), revision: entry.revision };
}

/** The head once more with the next id, signed by whomever, to be spoilt. */
async function nextMessage(zone: string, signer: Signer): Promise<{ octets: Buffer; expected: number; id: number }> {
  const { manifest, bodies, revision } = await head(zone);
  const id = manifest.id + 1;
  return {
    octets: Buffer.from(manifestMessage({ manifest: { ...manifest, id }, bodies }, signer)),
    expected: revision,
    id,
  };
}

/** All POPs report that they refuse a zone for this reason, and answer with the old serial all the same. */
async function refusedEverywhere(zone: string, why: RegExp, serial: number): Promise<void> {
  for (const pop of POPS) {
    const { refused } = await fleet.untilReport(
      pop,
      (report) => report.refused.some((one) => one.zone === zone && why.test(one.why)),
      String(why),
    );
    expect(refused.find((one) => one.zone === zone)).toMatchObject({ serial });
    expect(await fleet.pop(pop).serial(zone)).toBe(serial);
  }
}

async function servedEverywhere(zone: string, serial: number): Promise<void> {
  for (const pop of POPS) {
    await fleet.pop(pop).untilSerial(zone, serial);
    await fleet.untilReport(pop, ({ refused }) => refused.every((one) => one.zone !== zone), "no refusal");
  }
}

fleetTest("what POPs' own guard finds is named by the push that waits", async () => {
  fleet.write("a.example.zone", hostsZone(2, 8));
  const waited = await fleet.run("push", "a.example.zone", "--wait", "--config", "pop.yaml");
  expect(waited.code).toBe(5);
  expect(waited.stdout).toMatch(
    /0 of 2 POPs answer with it; fra1 refuses it: .*records fall from 23 to 11.*--allow shrink/,
  );
  await refusedEverywhere(ZONE, /records fall/, 1);
  // As it should be.
  fleet.write("a.example.zone", hostsZone(3, 20));
  const { code, stdout } = await fleet.run("push", "a.example.zone", "--wait");
  expect([code, stdout]).toEqual([0, expect.stringContaining("2 of 2 POPs answer with it")]);
  await servedEverywhere(ZONE, 3);
});

/** The zone's file is pushed over what can't be read, and every POP answers with its serial. */
async function pushedOver(why: string, serial: number): Promise<void> {
  const push = ["push", "a.example.zone", "--wait", "--allow", "unreadable", "--why", why];
  const { code, stdout } = await fleet.run(...push);
  expect([code, stdout]).toEqual([0, expect.stringContaining("2 of 2 POPs answer with it")]);
  await servedEverywhere(ZONE, serial);
}

fleetTest("a text that does not parse, signed and put there by hand", async () => {
  const publisher = new Publisher(await fleet.store(), fleet.signer);
  await publisher.push({ zone: ZONE, serial: 4, more: `www.${ZONE}\t60\tIN\tA\t192.0.2.256\n` });
  await refusedEverywhere(ZONE, /192\.0\.2\.256|error/, 3);
  fleet.write("a.example.zone", hostsZone(5, 20));
  await pushedOver("mended", 5);
});

fleetTest("a stranger's signature: nobody takes it, and a push must say that it means to write over it", async () => {
  const { octets, expected } = await nextMessage(ZONE, signerFrom(newPrivateKey()));
  await (await fleet.store()).swap([{ zone: ZONE, octets, expected }]);
  await refusedEverywhere(ZONE, /signed it, which is not trusted here/, 5);
  fleet.write("a.example.zone", hostsZone(6, 20));
  const refused = await fleet.run("push", "a.example.zone");
  expect(refused.code).toBe(1);
  expect(refused.stdout).toMatch(/a\.example\. refused: unreadable: .*not trusted here/);
  await pushedOver("forged", 6);
});

fleetTest(
  "a manifest of a later format: POPs keep what they have, and this program does not write over it",
  async () => {
    const { octets, expected, id } = await nextMessage(ZONE, fleet.signer);
    octets[3] = 2;
    const store = await fleet.store();
    const [revision] = await store.swap([{ zone: ZONE, octets, expected }]);
    await refusedEverywhere(ZONE, /has format 2, and this zonecast reads 1/, 6);
    fleet.write("a.example.zone", hostsZone(7, 20));
    const pushed = await fleet.run("push", "a.example.zone", "--wait", "--allow", "unreadable", "--why", "try");
    expect(pushed.code).toBe(1);
    expect(pushed.stderr).toMatch(/has format 2, and this zonecast reads 1: upgrade this one first/);
    // The program that wrote it writes one that all can read.
    octets[3] = 1;
    const { manifest, bodies } = openManifest(ZONE, octets, fleet.trust);
    const readable = manifestMessage({ manifest: { ...manifest, id: id + 1 }, bodies }, fleet.signer);
    await store.swap([{ zone: ZONE, octets: readable, expected: revision ?? 0 }]);
    await servedEverywhere(ZONE, 6);
  },
);

fleetTest("a blob in the store that is not what its digest says; pushed again, it is mended", async () => {
  const store = await fleet.store();
  const text = versionText(LARGE, 2, HOSTS);
  fleet.write("large.example.zone", text);
  const now = new Date();
  const ground = await groundOf(fleet, store, now);
  const plan = await planZone({ zone: LARGE, image: imageOf(LARGE, text) }, ground, { ...TERMS, at: now });
  const { signed, expected, fresh } = publicationOf(plan);
  expect(fresh.length).toBeGreaterThan(1);
  for (const { sha256, octets } of fresh) {
    const spoilt = Buffer.from(octets);
    spoilt[spoilt.length >> 1] ^= 1;
    await store.putBlob(sha256, sha256 === fresh[0]?.sha256 ? spoilt : octets);
  }
  await store.swap([{ zone: LARGE, octets: manifestMessage(signed, fleet.signer), expected }]);
  await refusedEverywhere(LARGE, /blob [0-9a-f]{64} of version 2 .*damaged.*push the zone again/, 1);
  const pushed = await fleet.run("push", "large.example.zone");
  expect([pushed.code, pushed.stdout + pushed.stderr]).toEqual([
    0,
    expect.stringMatching(/there again|mended|damaged/),
  ]);
});

fleetTest("blobs that were damaged on a POP's disk are fetched again", async () => {
  fleet.write("large.example.zone", versionText(LARGE, 3, HOSTS));
  await fleet.push("large.example.zone", "--wait");
  const pop = fleet.pop("lhr1");
  await pop.stop();
  const blobs = join(pop.state, "blobs");
  const files = readdirSync(blobs, { recursive: true, encoding: "utf8" }).filter((name) => /[0-9a-f]{60}/.test(name));
  expect(files.length).toBeGreaterThan(2);
  for (const file of files) truncateSync(join(blobs, file), 100);
  await pop.start();
  expect(await pop.serial(LARGE)).toBe(3);
  fleet.write("large.example.zone", versionText(LARGE, 4, HOSTS));
  const { code, stdout } = await fleet.run("push", "large.example.zone", "--wait");
  expect([code, stdout]).toEqual([0, expect.stringContaining("2 of 2 POPs answer with it")]);
  await servedEverywhere(LARGE, 4);
});
