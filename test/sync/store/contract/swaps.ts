/** Heads change by compare-and-swap, all or none, and history keeps what they were. */

import { describe, expect, test } from "vitest";
import { Conflict, MANIFEST_MOST } from "../../../../src/sync/store/store.ts";
import { nameToText } from "../../../../src/text/name.ts";
import type { MakeEngine } from "../storeengine.ts";
import { change, textOf, trial, zoneNames } from "./trial.ts";

export function swapContract(makeEngine: MakeEngine): void {
  describe("compare-and-swap", () => {
    test(
      "a zone has no head until it gets one",
      trial(makeEngine, async ({ open }) => {
        const store = await open();
        expect(await store.head("example.com.")).toBeUndefined();
        expect(await store.history("example.com.")).toEqual([]);
        const [revision] = await store.swap([change("example.com.", "one")]);
        const head = await (await open()).head("example.com.");
        expect([head?.zone, head?.revision, textOf(head?.octets)]).toEqual(["example.com.", revision, "one"]);
      }),
    );

    test(
      "the store's trust is what it was made with",
      trial(makeEngine, async ({ engine, open }) => {
        const store = await open();
        expect((await store.meta()).trust).toEqual(["ed25519:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="]);
        await store.swap([change("example.com.", "one")]);
        await engine.init({ trust: ["ed25519:BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBA="] });
        const again = await open();
        expect((await again.meta()).trust).toEqual(["ed25519:BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBA="]);
        expect(textOf((await again.head("example.com."))?.octets)).toBe("one");
      }),
    );

    test(
      "revisions rise, through all zones",
      trial(makeEngine, async ({ open }) => {
        const store = await open();
        const [first] = await store.swap([change("b.example.", "1")]);
        const [second] = await store.swap([change("a.example.", "1")]);
        const [third, fourth] = await store.swap([change("b.example.", "2", first), change("a.example.", "2", second)]);
        expect(second).toBeGreaterThan(first);
        expect(third).toBeGreaterThan(second);
        expect(fourth).not.toBe(third);
        expect((await store.head("b.example."))?.revision).toBe(third);
        expect((await store.head("a.example."))?.revision).toBe(fourth);
      }),
    );

    test(
      "a head that is not the expected one: a conflict that names the zone, and nothing is changed",
      trial(makeEngine, async ({ open }) => {
        const store = await open();
        const [first] = await store.swap([change("example.com.", "one")]);
        const [second] = await store.swap([change("example.com.", "two", first)]);
        for (const expected of [0, first, second + 1]) {
          const refused = store.swap([change("example.com.", "three", expected)]);
          await expect(refused).rejects.toEqual(new Conflict(["example.com."]));
        }
        await expect(store.swap([change("example.org.", "one", first)])).rejects.toBeInstanceOf(Conflict);
        expect(textOf((await store.head("example.com."))?.octets)).toBe("two");
        expect(await store.head("example.org.")).toBeUndefined();
        expect(await store.history("example.com.")).toHaveLength(2);
      }),
    );

    test(
      "two conflicts among 50 zones: nothing is changed, the conflict names both, and a follower hears of none",
      trial(makeEngine, async ({ open, watch }) => {
        const store = await open();
        const names = zoneNames(50);
        const revisions = await store.swap(names.map((zone) => change(zone, "one")));
        const follower = watch(await open());
        await follower.synced();
        const told = follower.events.length;
        await store.swap([change(names[20], "other", revisions[20]), change(names[40], "other", revisions[40])]);

        const swap = store.swap(names.map((zone, i) => change(zone, "two", revisions[i])));
        const error = await swap.catch((refused: unknown) => refused);
        expect(error).toBeInstanceOf(Conflict);
        expect([...(error as Conflict).zones].sort()).toEqual([names[20], names[40]]);
        await store.swap([change("last.example.", "one")]);
        await follower.until("the last change", () => follower.heads.has("last.example."));
        const texts = names.map((_, i) => (i === 20 || i === 40 ? "other" : "one"));
        expect(names.map((zone) => follower.text(zone))).toEqual(texts);
        const after = follower.events.slice(told).flatMap((event) => (event.say === "entries" ? event.entries : []));
        expect(after.map(({ octets }) => textOf(octets))).not.toContain("two");
        for (const [i, zone] of names.entries()) expect(textOf((await store.head(zone))?.octets)).toBe(texts[i]);
        expect(await store.history(names[0])).toHaveLength(1);
      }),
    );

    test(
      "a follower hears of a swap of 50 zones at once",
      trial(makeEngine, async ({ open, watch }) => {
        const store = await open();
        const follower = watch(await open());
        await follower.synced();
        await store.swap(zoneNames(50).map((zone) => change(zone, "one")));
        await follower.until("50 zones", () => follower.heads.size > 0);
        expect(follower.heads.size).toBe(50);
      }),
    );

    test(
      "history is kept, the newest first, as many as the store was made to keep",
      trial(
        makeEngine,
        async ({ open }) => {
          const store = await open();
          let expected = 0;
          for (let i = 1; i <= 7; i++) [expected] = await store.swap([change("example.com.", `v${i}`, expected)]);
          await store.swap([change("example.org.", "other")]);
          const history = await store.history("example.com.");
          expect(history.map(({ octets }) => textOf(octets))).toEqual(["v7", "v6", "v5", "v4"]);
          expect(history[0]).toEqual(await store.head("example.com."));
          expect(await store.history("example.org.")).toHaveLength(1);
        },
        4,
      ),
    );

    test(
      "names may be odd",
      trial(makeEngine, async ({ open, watch }) => {
        const store = await open();
        const names = oddNames();
        await store.swap(names.map((zone) => change(zone, `text of ${zone}`)));
        const follower = watch(await open());
        await follower.synced();
        expect([...follower.heads.keys()].sort()).toEqual([...names].sort());
        for (const zone of names) {
          expect(textOf((await store.head(zone))?.octets)).toBe(`text of ${zone}`);
          expect((await store.history(zone)).map((entry) => entry.zone)).toEqual([zone]);
          expect(follower.text(zone)).toBe(`text of ${zone}`);
        }
        expect(await store.head("b.example.")).toBeUndefined();
      }),
    );

    test(
      "the largest manifests come back as they were",
      trial(makeEngine, async ({ open, watch }) => {
        const store = await open();
        const names = zoneNames(6);
        const octets = names.map((_, i) => Buffer.alloc(MANIFEST_MOST - i, `manifest ${i} `));
        await store.swap(names.map((zone, i) => ({ zone, octets: octets[i], expected: 0 })));
        const follower = watch(await open());
        await follower.synced();
        for (const [i, zone] of names.entries()) {
          expect(octets[i].equals((await store.head(zone))?.octets ?? Buffer.alloc(0))).toBe(true);
          expect(octets[i].equals(follower.heads.get(zone)?.octets ?? Buffer.alloc(0))).toBe(true);
        }
      }),
    );
  });
}

/** The root, wildcards, what is special to shells, subjects, paths and SQL, and names of 255 octets. */
function oddNames(): string[] {
  const labels = ["*", ">", "a.b", "a=b", "=root", "\0", "a b", "'", '"', "%", "..", "a/b", "é", "\\", "$kv", "-"];
  const names = labels.map((label) => nameOf([label, "example"]));
  for (const letter of ["a", "\xff", "."]) names.push(nameOf([63, 63, 63, 61].map((length) => letter.repeat(length))));
  return [".", ...names, "example.", "=txn.", "xn--bcher-kva.example."];
}

function nameOf(labels: readonly string[]): string {
  const wire = labels.map((label) => Buffer.concat([Buffer.from([label.length]), Buffer.from(label, "latin1")]));
  return nameToText(Buffer.concat([...wire, Buffer.alloc(1)]));
}
