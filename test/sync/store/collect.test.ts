/** Collection takes what nothing leads to, and nothing else. */

import { hash, randomBytes } from "node:crypto";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Packed, pack } from "../../../src/sync/blob/pack.ts";
import { newPrivateKey, type Signer, signerFrom, Trust } from "../../../src/sync/manifest/keys.ts";
import type { Version } from "../../../src/sync/manifest/manifest.ts";
import { manifestMessage } from "../../../src/sync/manifest/message.ts";
import { type Collected, collect } from "../../../src/sync/store/collect.ts";
import type { Store } from "../../../src/sync/store/store.ts";
import { manifestOf, VERSION } from "../manifest/manifests.ts";
import { gathered } from "./contract/trial.ts";
import { Place } from "./sqliteplace.ts";

const HOUR = 3_600_000;
const START = 1_800_000_000_000;
const HISTORY = 3;

let place: Place;
let store: Store;
let time: number;
let signer: Signer;
beforeEach(async () => {
  place = new Place();
  time = START;
  signer = signerFrom(newPrivateKey());
  await place.init({ history: HISTORY });
  store = await place.open({}, { now: () => time });
});
afterEach(() => place.close());

test("blobs of live versions and of those in history stay; those that fell out of it go", async () => {
  const packs = Array.from({ length: 6 }, largeText);
  for (const [i, packed] of packs.entries()) await publish("example.", i + 1, [packed]);
  const other = largeText();
  await publish("other.", 1, [other]);
  await store.putBlob("f".repeat(64), Buffer.from("nobody's"));
  time += 2 * HOUR;

  const collected = await run();
  const gone = packs.slice(0, 3).flatMap(blobsOf);
  expect(collected).toEqual({
    manifests: HISTORY + 1,
    blobs: [...packs, other].flatMap(blobsOf).length + 1,
    young: 0,
    dropped: gone.length + 1,
    records: 0,
    unread: 0,
    told: [],
  });
  expect(await left()).toEqual([...packs.slice(3), other].flatMap(blobsOf).sort());
  expect((await run()).dropped).toBe(0);
});

test("a version that a canary alone serves, and the one that it replaces, stay", async () => {
  const packs = [largeText(), largeText()];
  await publish("example.", 1, packs);
  time += 2 * HOUR;
  expect((await run()).dropped).toBe(0);
  expect(await left()).toEqual(packs.flatMap(blobsOf).sort());
});

test("chunks that a later version shares with one that is gone stay", async () => {
  const text = randomBytes(600_000).toString("base64");
  const before = pack(Buffer.from(text));
  const after = pack(Buffer.from(`${text}one record more\n`));
  const shared = blobsOf(before).filter((sha256) => blobsOf(after).includes(sha256));
  expect(shared.length).toBeGreaterThan(0);
  await publish("example.", 1, [before]);
  for (let i = 2; i < 2 + HISTORY; i++) await publish("example.", i, [after]);
  time += 2 * HOUR;
  expect((await run()).dropped).toBe(blobsOf(before).length - shared.length);
  expect(await left()).toEqual(blobsOf(after).sort());
});

test("a zone that was removed keeps its blobs as long as its history has them", async () => {
  const packed = largeText();
  await publish("example.", 1, [packed]);
  await publish("example.", 2, []);
  time += 2 * HOUR;
  expect((await run()).dropped).toBe(0);
  await publish("example.", 3, []);
  await publish("example.", 4, []);
  expect((await run()).dropped).toBe(blobsOf(packed).length);
  expect(await left()).toEqual([]);
});

test("what a publisher has put within the grace stays, new or put again, until its manifest comes", async () => {
  const [fresh, again] = [largeText(), largeText()];
  await upload(again);
  time += 2 * HOUR;
  await upload(fresh);
  await upload(again);
  time += HOUR / 2;
  expect(await run()).toMatchObject({ dropped: 0, young: [fresh, again].flatMap(blobsOf).length });
  await publish("example.", 1, [fresh]);
  await publish("other.", 1, [again]);
  time += 2 * HOUR;
  expect(await run()).toMatchObject({ dropped: 0, young: 0 });
});

test("what a publisher puts again while collection runs stays", async () => {
  const packed = largeText();
  await upload(packed);
  time += 2 * HOUR;
  const now = time;
  // Between the listing and the dropping: the last moment for it.
  const late: Store = Object.assign(Object.create(store) as Store, {
    dropBlob: async (sha256: string, putBefore?: number) => {
      await upload(packed);
      await store.dropBlob(sha256, putBefore);
    },
    manifests: () => store.manifests(),
    blobs: () => store.blobs(),
    getBlob: (sha256: string) => store.getBlob(sha256),
  });
  await collect(late, { now, grace: HOUR, dryRun: false, trust: new Trust([signer.publicKey]) });
  expect(await left()).toEqual(blobsOf(packed).sort());
});

test("a dry run says what would go, and takes nothing", async () => {
  const packed = largeText();
  await upload(packed);
  time += 2 * HOUR;
  expect((await run({ dryRun: true })).dropped).toBe(blobsOf(packed).length);
  expect(await left()).toEqual(blobsOf(packed).sort());
  expect((await run()).dropped).toBe(blobsOf(packed).length);
});

test("a manifest that can't be read: nothing is dropped, and it is named", async () => {
  await upload(largeText());
  const future = Buffer.from(message("future.", 1, []));
  future[3] = 9;
  const forged = message("forged.", 1, [], signerFrom(newPrivateKey()));
  const moved = message("elsewhere.", 1, []);
  const unreadable = { "future.": future, "forged.": forged, "moved.": moved, "torn.": future.subarray(0, 20) };
  for (const [zone, octets] of Object.entries(unreadable)) {
    const [expected] = await store.swap([{ zone, octets, expected: 0 }]);
    time += 2 * HOUR;
    const collected = await run();
    expect(collected).toMatchObject({
      dropped: 0,
      unread: 1,
      told: [expect.stringContaining(`the manifest of ${zone}`)],
    });
    await forget(zone, expected);
  }
  expect((await run()).dropped).toBeGreaterThan(0);
});

test("a list of chunks that is missing or damaged: nothing is dropped, and it is named", async () => {
  await upload(largeText());
  const packed = largeText();
  const index = packed.blobs.at(-1)?.octets ?? Buffer.alloc(0);
  await publish("example.", 1, [packed]);
  for (const [octets, why] of [
    [undefined, "it is not in the store"],
    [Buffer.from(index.map((octet, i) => (i === 10 ? octet ^ 1 : octet))), "its octets have another digest"],
  ] as const) {
    await store.dropBlob(packed.index ?? "");
    if (octets !== undefined) await store.putBlob(packed.index ?? "", octets);
    time += 2 * HOUR;
    const { dropped, told } = await run();
    expect(dropped).toBe(0);
    expect(told).toHaveLength(1);
    expect(told[0]).toContain(
      `blob ${packed.index}, which lists the parts of version 1 of example., can't be read: ${why}`,
    );
  }
});

test("a list of chunks of a later format: nothing is dropped, and what to do is said", async () => {
  await upload(largeText());
  const later = Buffer.from(largeText().blobs.at(-1)?.octets ?? []);
  later[3] = 9;
  const sha256 = hash("sha256", later);
  await publish("example.", 1, [{ sha256, inline: undefined, index: sha256, blobs: [{ sha256, octets: later }] }]);
  time += 2 * HOUR;
  expect(await run()).toMatchObject({
    dropped: 0,
    unread: 1,
    told: [expect.stringContaining("upgrade this one first")],
  });
});

function run(other: { readonly dryRun?: boolean } = {}): Promise<Collected> {
  const plan = { now: time, grace: HOUR, dryRun: false, trust: new Trust([signer.publicKey]), ...other };
  return collect(store, plan);
}

/** A text that does not fit a manifest. */
function largeText(): Packed {
  return pack(Buffer.from(randomBytes(300_000).toString("base64")));
}

function blobsOf(packed: Packed): string[] {
  return packed.blobs.map(({ sha256 }) => sha256);
}

async function left(): Promise<string[]> {
  return (await gathered(store.blobs())).map(({ sha256 }) => sha256).sort();
}

async function upload(packed: Packed): Promise<void> {
  for (const { sha256, octets } of packed.blobs) await store.putBlob(sha256, octets);
}

/** Uploads, and makes these the versions that the zone's manifest has. */
async function publish(zone: string, id: number, packs: readonly Packed[]): Promise<void> {
  for (const packed of packs) await upload(packed);
  const expected = (await store.head(zone))?.revision ?? 0;
  await store.swap([{ zone, octets: message(zone, id, packs), expected }]);
}

function message(zone: string, id: number, packs: readonly Packed[], by: Signer = signer): Uint8Array {
  const versions = packs.map(({ index }, i): Version => {
    return { ...VERSION, version: id + i, body: { at: "blobs", index: index ?? "" } };
  });
  const targets = versions.map(({ version }, i) => ({ group: i === 0 ? "*" : "canary", version }));
  const action = packs.length > 0 ? "push" : "remove";
  const manifest = manifestOf({ zone, id, action, versions, targets, latest: id + packs.length });
  return manifestMessage({ manifest, bodies: new Uint8Array() }, by);
}

/** Pushes a zone's manifests out of its history. */
async function forget(zone: string, revision: number): Promise<void> {
  let expected = revision;
  for (let i = 0; i < HISTORY; i++)
    [expected] = await store.swap([{ zone, octets: message(zone, 2 + i, []), expected }]);
}
