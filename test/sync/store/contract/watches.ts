/** Followers hear of every change, in order, for ever. */

import { describe, expect, test } from "vitest";
import type { MakeEngine } from "../storeengine.ts";
import { change, trial, zoneNames } from "./trial.ts";

export function watchContract(makeEngine: MakeEngine): void {
  describe("watching", () => {
    test(
      "an empty store is synced at once, then its first zone comes",
      trial(makeEngine, async ({ open, watch }) => {
        const store = await open();
        const follower = watch(await open({ patience: "pop" }));
        await follower.synced();
        expect(follower.says).toEqual(["synced"]);
        const [revision] = await store.swap([change("example.com.", "one")]);
        await follower.until("the zone", () => follower.heads.has("example.com."));
        expect(follower.heads.get("example.com.")?.revision).toBe(revision);
        expect(follower.cursor?.position).toBeGreaterThanOrEqual(revision);
      }),
    );

    test(
      "without a cursor it begins with all heads, in order of revision, then synced",
      trial(makeEngine, async ({ open, watch }) => {
        const store = await open();
        const [first] = await store.swap([change("b.example.", "old")]);
        await store.swap([change("a.example.", "new")]);
        await store.swap([change("b.example.", "new", first)]);
        const follower = watch(await open());
        await follower.synced();
        expect(follower.says.at(-1)).toBe("synced");
        expect([...follower.heads.keys()].sort()).toEqual(["a.example.", "b.example."]);
        expect(follower.text("b.example.")).toBe("new");
        const told = follower.events.flatMap((event) => (event.say === "entries" ? event.entries : []));
        const revisions = told.map(({ revision }) => revision);
        expect(revisions).toEqual([...revisions].sort((a, b) => a - b));
        const head = follower.heads.get("b.example.");
        expect(follower.cursor?.position).toBeGreaterThanOrEqual(head?.revision ?? Number.NaN);
      }),
    );

    test(
      "from a cursor it goes on where it was, over closing and opening, though history was cut meanwhile",
      trial(
        makeEngine,
        async ({ open, watch }) => {
          const store = await open();
          const names = zoneNames(20);
          let revisions = await store.swap(names.map((zone) => change(zone, "0")));
          const before = await open();
          const first = watch(before);
          await first.synced();
          await first.stop();
          await before.close();
          const { cursor } = first;

          const changed = names.slice(5, 15);
          revisions = revisions.slice(5, 15);
          for (let i = 1; i <= 6; i++) {
            revisions = await store.swap(changed.map((zone, k) => change(zone, String(i), revisions[k])));
          }
          await store.swap([change("new.example.", "1")]);
          const second = watch(await open(), cursor);
          await second.synced();
          expect(second.says).not.toContain("reset");
          for (const zone of changed) expect(second.text(zone)).toBe("6");
          expect(second.text("new.example.")).toBe("1");
          expect([...second.heads.keys()]).not.toContain(names[0]);
          expect(second.backwards).toEqual([]);
        },
        2,
      ),
    );

    test(
      "the cursor of any event is one to go on from",
      trial(makeEngine, async ({ open, watch }) => {
        const store = await open();
        const names = zoneNames(900);
        for (let i = 0; i < names.length; i += 90) {
          await store.swap(names.slice(i, i + 90).map((zone) => change(zone, "one")));
        }
        const follower = watch(await open());
        await follower.synced();
        const known = new Set<string>();
        for (const event of follower.events) {
          if (event.say !== "entries") continue;
          for (const { zone } of event.entries) known.add(zone);
          const resumed = watch(store, event.cursor);
          await resumed.synced();
          expect(resumed.says).not.toContain("reset");
          expect(new Set([...known, ...resumed.heads.keys()]).size).toBe(names.length);
          await resumed.stop();
        }
        expect(known.size).toBe(names.length);
      }),
    );

    test(
      "one below a revision is a position: that revision is told, and all after it, and none before its swap",
      trial(makeEngine, async ({ open, watch }) => {
        const store = await open();
        const [first] = await store.swap([change("a.example.", "one")]);
        const [second, third] = await store.swap([change("b.example.", "two"), change("c.example.", "three")]);
        await store.swap([change("d.example.", "four")]);
        const probe = watch(store);
        await probe.synced();
        const epoch = probe.cursor?.epoch ?? "";
        const toldFrom = async (revision: number): Promise<string[]> => {
          const follower = watch(store, { epoch, position: revision - 1 });
          await follower.until("the last zone", () => follower.heads.has("d.example."));
          expect(follower.says).not.toContain("reset");
          await follower.stop();
          return [...follower.heads.keys()].sort();
        };
        const all = ["a.example.", "b.example.", "c.example.", "d.example."];
        expect(await toldFrom(first)).toEqual(all);
        expect(await toldFrom(second)).toEqual(all.slice(1));
        expect(await toldFrom(third)).toEqual(expect.arrayContaining(all.slice(2)));
      }),
    );

    test(
      "every change reaches every follower, and none goes backwards, while two publishers write",
      trial(makeEngine, async ({ open, watch }) => {
        const followers = [watch(await open()), watch(await open())];
        const late = await open();
        const publish = async (zones: readonly string[]): Promise<void> => {
          const store = await open();
          let revisions: readonly number[] = zones.map(() => 0);
          for (let i = 1; i <= 60; i++) {
            revisions = await store.swap(zones.map((zone, k) => change(zone, String(i), revisions[k])));
            if (i === 30 && zones[0] === "a.example.") followers.push(watch(late));
          }
        };
        await Promise.all([publish(["a.example.", "b.example."]), publish(["c.example.", "d.example."])]);
        for (const follower of followers) {
          for (const zone of ["a.example.", "b.example.", "c.example.", "d.example."]) {
            await follower.until(`60 of ${zone}`, () => follower.text(zone) === "60");
          }
          expect(follower.backwards).toEqual([]);
          expect(follower.says).not.toContain("reset");
        }
      }),
    );

    test(
      "a signal ends it, whatever it waits for",
      trial(makeEngine, async ({ open, watch }) => {
        const store = await open();
        await store.swap(zoneNames(300).map((zone) => change(zone, "one")));
        const early = watch(store);
        await early.stop();
        const late = watch(store);
        await late.synced();
        await late.stop();
        expect([early.ended, late.ended]).toEqual([true, true]);
        expect(await gone(store.watch(undefined, AbortSignal.abort()))).toBe(true);
      }),
    );

    test(
      "closing the store ends it",
      trial(makeEngine, async ({ open, watch }) => {
        const store = await open();
        const early = watch(store);
        const late = watch(store);
        await late.synced();
        const reports = gone(store.watchReports(new AbortController().signal));
        await store.close();
        await Promise.all([early.over(), late.over()]);
        expect([early.ended, late.ended, await reports]).toEqual([true, true, true]);
      }),
    );

    test(
      "who stops listening in the middle leaves nothing behind",
      trial(makeEngine, async ({ open }) => {
        const store = await open();
        await store.swap([change("example.com.", "one")]);
        for await (const event of store.watch(undefined, new AbortController().signal)) {
          if (event.say === "entries") break;
        }
        expect(await store.head("example.com.")).toBeDefined();
      }),
    );
  });
}

/** True when there is an end to it. */
async function gone(items: AsyncIterable<unknown>): Promise<boolean> {
  for await (const _ of items);
  return true;
}
