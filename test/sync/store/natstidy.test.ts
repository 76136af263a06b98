/** Decisions of swaps that nothing needs any more go, and everything is as it was. */

import { describe, expect, vi } from "vitest";
import { allOf, keyOf, SLACK, ZONES } from "../../../src/sync/store/natssubjects.ts";
import { Conflict, type Store } from "../../../src/sync/store/store.ts";
import { txnOfKey } from "../../../src/sync/store/zonekey.ts";
import { testDeployed } from "./deployed.ts";
import { inRegion } from "./deployedregion.ts";
import { eventually, Fixture, gathered, PLAN, pop, put, textOf } from "./natsfixture.ts";
import { type NatsServer, testNats } from "./natsserver.ts";

vi.setConfig({ testTimeout: 60_000 });

/** More swaps of two zones than are kept. */
const SWAPS = PLAN.history + SLACK + 5;

async function swapTwo(store: Store): Promise<void> {
  let revisions: readonly number[] = [0, 0];
  for (let i = 1; i <= SWAPS; i++) {
    revisions = await store.swap([put("a.", `a${i}`, revisions[0]), put("b.", `b${i}`, revisions[1])]);
  }
}

/** All that can be read, as text. */
async function everything(store: Store): Promise<string> {
  const heads = (await gathered(store.heads())).flat().map(({ zone, revision }) => `${zone} ${revision}`);
  const entries = await gathered(store.manifests());
  for (const zone of ["a.", "b.", "c."]) entries.push(...(await store.history(zone)));
  return [...heads, ...entries.map((entry) => `${entry.zone} ${entry.revision} ${Buffer.from(entry.octets)}`)].join(
    "\n",
  );
}

async function decisions(fixture: Fixture, server: NatsServer): Promise<{ count: number; last: number }> {
  const subjects_filter = allOf(ZONES);
  const { state } = await fixture
    .link(server.url)
    .api<{ state: { last_seq: number; subjects: Record<string, number> } }>(`STREAM.INFO.${ZONES}`, {
      subjects_filter,
    });
  const keys = Object.keys(state.subjects).map((subject) => keyOf(ZONES, subject));
  return { count: keys.filter((key) => txnOfKey(key) !== undefined).length, last: state.last_seq };
}

describe("decisions of old swaps", () => {
  testNats(
    "those whose manifests are not kept go; heads, history and followers do not notice, nor does a restart",
    () =>
      Fixture.run(async (fixture) => {
        const server = await fixture.serverWithStore();
        const store = await fixture.open(server.url);
        const follower = fixture.watch(await fixture.open(server.url, pop("fra1")));
        await swapTwo(store);
        await follower.until(({ heads }) => heads["a."] === `a${SWAPS}`);
        const cursors = follower.events.flatMap((event) => (event.say === "entries" ? [event.cursor] : []));
        // Came to nothing before anything was written but the decision that it did.
        await expect(store.swap([put("a.", "x", 0), put("c.", "x", 0)])).rejects.toBeInstanceOf(Conflict);
        await store.swap([put("c.", "c1", 0)]);
        const before = await everything(store);
        const { count, last } = await decisions(fixture, server);
        expect(count).toBe(SWAPS + 1);

        expect(await store.tidy?.(Date.now() - 3_600_000)).toBe(0);
        const gone = (await store.tidy?.(Date.now() + 60_000)) ?? 0;
        expect(gone).toBe(SWAPS - (PLAN.history + SLACK) + 1);
        expect(await store.tidy?.(Date.now() + 60_000)).toBe(0);
        for (const how of ["SIGTERM", "SIGKILL"] as const) {
          expect(await everything(await fixture.open(server.url))).toBe(before);
          expect(await decisions(fixture, server)).toEqual({ count: count - gone, last });
          await server.stop(how);
          await server.start();
        }
        const later = await fixture.open(server.url);
        expect(await everything(later)).toBe(before);
        // The first of them is where a decision is no more.
        for (const cursor of [cursors[0], ...cursors.slice(-1)]) {
          const late = fixture.watch(later, cursor);
          await late.until(({ said }) => said.includes("synced"));
          expect(late.said).not.toContain("reset");
          expect({ ...follower.heads, ...late.heads }).toEqual({ "a.": `a${SWAPS}`, "b.": `b${SWAPS}`, "c.": "c1" });
        }
      }),
  );

  testNats("the stream's last message stays, though nothing needs it: its sequence is not given twice", () =>
    Fixture.run(async (fixture) => {
      const server = await fixture.serverWithStore();
      const store = await fixture.open(server.url);
      const [revision] = await store.swap([put("a.", "1", 0)]);
      await expect(store.swap([put("a.", "x", 0), put("c.", "x", 0)])).rejects.toBeInstanceOf(Conflict);
      const { last } = await decisions(fixture, server);
      expect(await store.tidy?.(Date.now() + 60_000)).toBe(0);
      expect(await decisions(fixture, server)).toEqual({ count: 1, last });
      await store.swap([put("a.", "2", revision)]);
      expect(await store.tidy?.(Date.now() + 60_000)).toBe(1);
      expect((await decisions(fixture, server)).count).toBe(0);
    }),
  );

  testDeployed("on a leaf node, too, and its mirror goes on", () =>
    inRegion(async ({ hub, leaf, open, publisher }) => {
      await swapTwo(publisher);
      const far = await open(leaf, "operator-ops");
      await eventually(async () => (await textOf(far, "a.")) === `a${SWAPS}`);
      const before = await everything(far);
      expect(await far.tidy?.(Date.now() + 60_000)).toBe(5);
      expect(await (await open(hub, "operator-ops")).tidy?.(Date.now() + 60_000)).toBe(5);
      expect(await everything(far)).toBe(before);
      await leaf.stop("SIGKILL");
      await leaf.start();
      await publisher.swap([put("c.", "1", 0), put("d.", "1", 0)]);
      const again = await open(leaf, "pop-fra1");
      await eventually(async () => (await textOf(again, "d.")) === "1");
    }),
  );
});
