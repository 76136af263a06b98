/** Whoever is killed, writer or server: nothing that was committed is lost, and nothing is there by half. */

import { hash } from "node:crypto";
import { describe, expect, test } from "vitest";
import type { Store } from "../../../../src/sync/store/store.ts";
import type { EngineTraits, MakeEngine } from "../storeengine.ts";
import { change, textOf, trial, zoneNames } from "./trial.ts";
import { Writer } from "./writer.ts";

const ZONES = zoneNames(20);

export function killContract(makeEngine: MakeEngine, { server, breaks }: EngineTraits): void {
  describe("kills", () => {
    for (const rounds of [1, 20, 75]) {
      test(
        `a writer is killed after ${rounds} rounds: all zones stand at one of them, and it can be written on`,
        trial(makeEngine, async ({ engine, open, watch }) => {
          const follower = watch(await open({ patience: "pop" }));
          const writer = new Writer(engine, { job: "rounds", zones: ZONES, times: 0 });
          await writer.printed(rounds);
          await writer.kill();
          const last = Number(writer.lines.at(-1));
          const store = await open();
          const round = await roundOf(store);
          expect(round).toBeGreaterThanOrEqual(last);
          expect(round).toBeLessThanOrEqual(last + 1);
          for (let i = 1; i <= round; i++) expect(await store.getBlob(hash("sha256", String(i)))).toBeDefined();

          const heads = await Promise.all(ZONES.map((zone) => store.head(zone)));
          await store.swap(ZONES.map((zone, i) => change(zone, "after", heads[i]?.revision)));
          await follower.until("what came after", () => ZONES.every((zone) => follower.text(zone) === "after"));
          expect(follower.backwards).toEqual([]);
        }),
      );
    }

    if (server) serverContract(makeEngine);
    if (!breaks) return;

    test(
      "connections that are cut without a word: who follows is told what came meanwhile",
      trial(makeEngine, async ({ engine, open, watch }) => {
        const follower = watch(await open({ patience: "pop" }));
        const store = await open();
        const [first] = await store.swap([change("example.com.", "first")]);
        await follower.until("the first", () => follower.text("example.com.") === "first");
        await engine.breakConnections?.();
        const fresh = await open();
        const [second] = await fresh.swap([change("example.com.", "meanwhile", first)]);
        await follower.until("what came meanwhile", () => follower.text("example.com.") === "meanwhile");
        await fresh.swap([change("example.com.", "then", second)]);
        await follower.until("what came then", () => follower.text("example.com.") === "then");
        expect(follower.says).not.toContain("reset");
        expect(follower.backwards).toEqual([]);
      }),
    );
  });
}

function serverContract(makeEngine: MakeEngine): void {
  for (const how of ["restart", "kill"] as const) {
    test(
      `${how} of the server: all that was committed is there, and who follows goes on without a gap`,
      trial(makeEngine, async ({ engine, open, watch }) => {
        const follower = watch(await open({ patience: "pop" }));
        const before = await open();
        const revisions = await before.swap(ZONES.map((zone) => change(zone, "before")));
        await before.putBlob(hash("sha256", "octets"), Buffer.from("octets"));
        await follower.until("all before", () => follower.heads.size === ZONES.length);
        await before.close();
        await engine[how]?.();

        const store = await open();
        expect(textOf(await store.getBlob(hash("sha256", "octets")))).toBe("octets");
        for (const zone of ZONES) expect(textOf((await store.head(zone))?.octets)).toBe("before");
        await store.swap(ZONES.map((zone, i) => change(zone, "after", revisions[i])));
        await follower.until("all after", () => ZONES.every((zone) => follower.text(zone) === "after"));
        expect(follower.says).not.toContain("reset");
        expect(follower.backwards).toEqual([]);
      }),
    );
  }
}

/** The round at which all zones stand. */
async function roundOf(store: Store): Promise<number> {
  const heads = await Promise.all(ZONES.map((zone) => store.head(zone)));
  const texts = new Set(heads.map((head) => textOf(head?.octets)));
  expect(texts.size).toBe(1);
  return Number([...texts][0]);
}
