/** Lists of all zones come in batches. */

import { describe, expect, test } from "vitest";
import type { MakeEngine } from "../storeengine.ts";
import { change, gathered, trial, zoneNames } from "./trial.ts";

export function listContract(makeEngine: MakeEngine): void {
  describe("many zones", () => {
    test(
      "heads, manifests and a new follower tell of 2,500 zones, none of them twice, and not all at once",
      trial(makeEngine, async ({ open, watch }) => {
        const store = await open();
        const names = zoneNames(2500);
        const heads = new Map<string, number>();
        for (let i = 0; i < names.length; i += 100) {
          const zones = names.slice(i, i + 100);
          const revisions = await store.swap(zones.map((zone) => change(zone, `text of ${zone}`)));
          for (const [k, zone] of zones.entries()) heads.set(zone, revisions[k]);
        }
        for (const zone of [names[0], names[2499]]) {
          const [revision] = await store.swap([change(zone, "second", heads.get(zone))]);
          heads.set(zone, revision);
        }

        const batches = await gathered(store.heads());
        expect(batches.length).toBeGreaterThan(1);
        const listed = batches.flat().map(({ zone, revision }) => [zone, revision]);
        expect(listed).toHaveLength(2500);
        expect(new Map(listed as [string, number][])).toEqual(heads);

        const manifests = await gathered(store.manifests());
        expect(manifests).toHaveLength(2502);
        expect(new Set(manifests.map(({ revision }) => revision)).size).toBe(2502);
        expect(new Set(manifests.map(({ zone }) => zone)).size).toBe(2500);

        const follower = watch(await open());
        await follower.synced();
        expect(follower.heads.size).toBe(2500);
        expect(follower.says.filter((say) => say === "entries").length).toBeGreaterThan(1);
        for (const [zone, revision] of heads) expect(follower.heads.get(zone)?.revision).toBe(revision);
      }),
    );

    test(
      "an empty store has none",
      trial(makeEngine, async ({ open }) => {
        const store = await open();
        expect((await gathered(store.heads())).flat()).toEqual([]);
        expect(await gathered(store.manifests())).toEqual([]);
        expect(await gathered(store.blobs())).toEqual([]);
        expect(await store.reports()).toEqual([]);
        expect(await store.ledger("example.com.")).toEqual([]);
      }),
    );
  });
}
