/** Publishers that race: one wins, and nothing of what it wrote is lost. */

import { describe, expect, test } from "vitest";
import { Conflict } from "../../../../src/sync/store/store.ts";
import type { MakeEngine } from "../storeengine.ts";
import { change, textOf, trial } from "./trial.ts";
import { Writer } from "./writer.ts";

export function raceContract(makeEngine: MakeEngine): void {
  describe("races", () => {
    test(
      "1,000 races of two publishers for one zone: one wins each, the other gets a conflict",
      trial(makeEngine, async ({ open, watch }) => {
        const publishers = [await open(), await open()];
        const follower = watch(await open());
        let expected = 0;
        for (let race = 0; race < 1000; race++) {
          const swaps = publishers.map((store, i) => store.swap([change("example.com.", `${race} by ${i}`, expected)]));
          const ends = await Promise.allSettled(swaps);
          const winner = ends.findIndex(({ status }) => status === "fulfilled");
          const loser = ends[1 - winner];
          if (loser?.status !== "rejected" || !(loser.reason instanceof Conflict)) throw new Error(`race ${race}`);
          const won = ends[winner];
          expected = won.status === "fulfilled" ? won.value[0] : 0;
          if (race % 50 === 0) {
            const head = await publishers[1 - winner].head("example.com.");
            expect(textOf(head?.octets)).toBe(`${race} by ${winner}`);
          }
        }
        await follower.until("the last", () => follower.heads.get("example.com.")?.revision === expected);
        expect(follower.backwards).toEqual([]);
      }),
    );

    test(
      "two processes raise one number: none of it is lost",
      trial(makeEngine, async ({ engine, open }) => {
        const store = await open();
        const job = { job: "race", zones: ["example.com."], times: 250 } as const;
        const writers = [new Writer(engine, job), new Writer(engine, job)];
        await Promise.all(writers.map((writer) => writer.ended()));
        expect(textOf((await store.head("example.com."))?.octets)).toBe("500");
        const kept = (await store.history("example.com.")).map(({ octets }) => Number(textOf(octets)));
        expect(kept).toEqual(kept.map((_, i) => 500 - i));
      }),
    );

    test(
      "two swaps of the same zones in another order: one wins whole, or neither waits for the other for ever",
      trial(makeEngine, async ({ open }) => {
        const stores = [await open(), await open()];
        const zones = ["a.example.", "b.example.", "c.example.", "d.example."];
        let revisions = await stores[0].swap(zones.map((zone) => change(zone, "none")));
        for (let race = 0; race < 50; race++) {
          const changes = zones.map((zone, i) => change(zone, "", revisions[i]));
          const by = (who: number): typeof changes =>
            changes.map((one) => ({ ...one, octets: Buffer.from(`${race} by ${who}`) }));
          const ends = await Promise.allSettled([stores[0].swap(by(0)), stores[1].swap(by(1).reverse())]);
          for (const end of ends) if (end.status === "rejected") expect(end.reason).toBeInstanceOf(Conflict);
          const heads = await Promise.all(zones.map((zone) => stores[race % 2].head(zone)));
          expect(new Set(heads.map((head) => textOf(head?.octets))).size).toBe(1);
          revisions = heads.map((head) => head?.revision ?? 0);
        }
      }),
    );
  });
}
