/** Who watches a store for a view of the fleet: what comes is seen, and what is lost. */

import { afterEach, beforeEach, expect, test } from "vitest";
import { FleetWatch } from "../../../src/sync/fleetview/watch.ts";
import type { Cursor, ReportEvent, Store, StoreEvent } from "../../../src/sync/store/store.ts";
import { TestFleet, until } from "../rollout/fleet.ts";

const CLOCK = { now: Date.now, monotonic: () => performance.now() };

let fleet: TestFleet;
let watch: FleetWatch | undefined;

beforeEach(async () => {
  fleet = await TestFleet.make();
});

afterEach(async () => {
  watch?.close();
  await fleet.end();
});

test("pushes and reports as they come, a rollout in its wave, and a POP that falls silent", async () => {
  await fleet.push("a.example.", 1);
  await fleet.pop("lhr1", { groups: ["canary"] });
  await fleet.pop("ams1");
  await fleet.serves("a.example.", 1);
  watch = new FleetWatch({ store: fleet.store, trust: fleet.trust, clock: CLOCK });
  const looked = watch;
  let changes = 0;
  const unsubscribe = looked.subscribe(() => changes++);
  await until(() => looked.synced && looked.snapshot().pops.every(({ behind }) => behind === 0));
  expect(looked.snapshot()).toMatchObject({ zoneCount: 1, store: { where: fleet.store.where, why: undefined } });
  await fleet.push("a.example.", 2, [
    { to: ["canary"], bake: 300 },
    { to: ["*"], bake: 0 },
  ]);
  await until(() => {
    const [zone] = looked.snapshot().zones;
    return zone?.rollout?.wave === 0 && zone.cells.every(({ state }) => state === "serves");
  });
  expect(looked.snapshot().zones[0]?.cells.map(({ pop, serial }) => [pop, serial])).toEqual([
    ["ams1", 10],
    ["lhr1", 20],
  ]);
  expect(looked.zonesMatching("A.EX", 5)).toEqual(["a.example."]);
  await until(() => changes > 1);
  unsubscribe();
  fleet.kill("ams1");
  await until(() => looked.snapshot().pops[0]?.state === "silent");
  expect(looked.snapshot().pops.map(({ pop, state }) => [pop, state === "silent"])).toEqual([
    ["ams1", true],
    ["lhr1", false],
  ]);
});

test("while the store is lost all is as of then, and nobody is blamed for the silence", async () => {
  const heads = new Told<StoreEvent>();
  const reports = new Told<ReportEvent>();
  const store = { where: "nats://x", watch: () => heads, watchReports: () => reports } as unknown as Store;
  const time = { monotonic: 0, date: Date.parse("2026-06-01T10:00:00.000Z") };
  const pass = (ms: number) => {
    time.monotonic += ms;
    time.date += ms;
  };
  watch = new FleetWatch({
    store,
    trust: fleet.trust,
    clock: { now: () => time.date, monotonic: () => time.monotonic },
  });
  const looked = watch;
  const cursor: Cursor = { epoch: "e", position: 1 };
  heads.tell({ say: "synced", cursor });
  reports.tell({ say: "synced" });
  await until(() => looked.synced);
  const report = {
    ...{ v: 1, pop: "p", groups: [], release: "1", at: new Date(time.date).toISOString(), every: 10, epoch: "e" },
    ...{ position: 1, ready: true, announcing: true, standings: [], ask: [], zones: 0, digest: "0".repeat(32) },
    ...{ refusals: 0, refused: [], recent: [], rollouts: [] },
  };
  reports.tell({
    say: "report",
    report: { pop: "p", octets: Buffer.from(JSON.stringify(report)), order: 1 },
    behind: false,
  });
  await until(() => looked.snapshot().pops.length === 1);
  heads.tell({ say: "lost", why: "connection refused" });
  await until(() => looked.snapshot().store.why === "connection refused");
  pass(3_600_000);
  expect(looked.snapshot()).toMatchObject({ at: report.at, pops: [{ state: "announcing" }] });
  heads.tell({ say: "back" });
  await until(() => looked.snapshot().store.why === undefined);
  expect(looked.snapshot().pops[0]?.state).toBe("announcing");
  pass(31_000);
  expect(looked.snapshot().pops[0]?.state).toBe("silent");
});

/** Events that a test tells, for ever. */
class Told<T> implements AsyncIterable<T> {
  readonly #events: T[] = [];
  #wake: () => void = () => {};

  tell(event: T): void {
    this.#events.push(event);
    this.#wake();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T> {
    for (;;) {
      for (let event = this.#events.shift(); event !== undefined; event = this.#events.shift()) yield event;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}
