/** A store that is not the one that was followed: all heads come again, and nobody takes old for new. */

import { describe, expect, test } from "vitest";
import type { EngineTraits, MakeEngine } from "../storeengine.ts";
import { change, trial, zoneNames } from "./trial.ts";

export function resetContract(makeEngine: MakeEngine, { backup }: EngineTraits): void {
  describe("another store in the same place", () => {
    test(
      "made anew, it is told as a reset to who comes back with a cursor",
      trial(makeEngine, async ({ engine, open, watch }) => {
        const before = await open();
        await before.swap(zoneNames(30).map((zone) => change(zone, "old")));
        const first = watch(before);
        await first.synced();
        await first.stop();
        await before.close();
        await engine.renew();

        const store = await open();
        await store.swap([change("example.com.", "new")]);
        const second = watch(store, first.cursor);
        await second.until("the zone", () => second.heads.has("example.com."));
        await second.synced();
        expect(second.says[0]).toBe("reset");
        expect([...second.heads.keys()]).toEqual(["example.com."]);
        expect(second.cursor?.epoch).not.toBe(first.cursor?.epoch);
      }),
    );

    test(
      "made anew under a follower, it is told as a reset, and what is in it follows",
      trial(makeEngine, async ({ engine, open, watch }) => {
        const before = await open();
        await before.swap(zoneNames(30).map((zone) => change(zone, "old")));
        const follower = watch(await open({ patience: "pop" }));
        await follower.synced();
        await before.close();
        await engine.renew();
        const store = await open();
        await store.swap([change("example.com.", "new")]);
        await follower.until("the new zone", () => follower.heads.has("example.com."));
        await follower.until("synced again", () => follower.says.at(-1) === "synced");
        expect(follower.says).toContain("reset");
        expect([...follower.heads.keys()]).toEqual(["example.com."]);
        await store.swap([change("example.org.", "new")]);
        await follower.until("what comes then", () => follower.heads.has("example.org."));
      }),
    );

    if (!backup) return;

    test(
      "an older copy is told as a reset to who comes back with a cursor above it",
      trial(makeEngine, async ({ engine, open, watch }) => {
        const before = await open();
        const [revision] = await before.swap([change("example.com.", "old")]);
        const restore = await engine.backup?.();
        await before.swap([change("example.com.", "lost", revision)]);
        const first = watch(before);
        await first.synced();
        await first.stop();
        await before.close();
        await restore?.();

        const second = watch(await open(), first.cursor);
        await second.synced();
        expect(second.says[0]).toBe("reset");
        expect(second.text("example.com.")).toBe("old");
      }),
    );

    test(
      "an older copy under a follower is told as a reset, and what is pushed then follows",
      trial(makeEngine, async ({ engine, open, watch }) => {
        const before = await open();
        const [revision] = await before.swap([change("example.com.", "old")]);
        const restore = await engine.backup?.();
        await before.swap([change("example.com.", "lost", revision), change("lost.example.", "lost")]);
        const follower = watch(await open({ patience: "pop" }));
        await follower.synced();
        await before.close();
        await restore?.();
        await follower.until("the old text", () => follower.text("example.com.") === "old");
        expect(follower.says).toContain("reset");
        const store = await open();
        await store.swap([change("example.com.", "new", revision)]);
        await follower.until("the new text", () => follower.text("example.com.") === "new");
        expect([...follower.heads.keys()]).toEqual(["example.com."]);
      }),
    );

    test(
      "changes to an older copy are heard by who comes back later than as many had been lost",
      trial(makeEngine, async ({ engine, open, watch }) => {
        const before = await open();
        const names = zoneNames(10);
        const revisions = await before.swap(names.map((zone) => change(zone, "old")));
        const restore = await engine.backup?.();
        await before.swap(names.map((zone, i) => change(zone, "lost", revisions[i])));
        const first = watch(before);
        await first.synced();
        await first.stop();
        await before.close();
        await restore?.();

        const store = await open();
        for (const [i, zone] of names.entries()) await store.swap([change(zone, "new", revisions[i])]);
        await store.swap(names.map((_, i) => change(`more${i}.example.`, "new")));
        const second = watch(store, first.cursor);
        await second.synced();
        expect(names.map((zone) => second.text(zone))).toEqual(names.map(() => "new"));
        expect(second.heads.size).toBe(20);
      }),
    );
  });
}
