/**
 * Pushes without a break while POPs are stopped and killed, the store is killed, and links are cut and fall silent: every
 * POP ends on the last version, none goes back on the way, and nothing half-made is answered with.
 *
 * FLEET_TIMES=20 makes it twenty times as long.
 */

import { setTimeout as sleep } from "node:timers/promises";
import { expect, vi } from "vitest";
import { NatsProxy } from "../store/natsproxy.ts";
import { Fleet, fleetTest } from "./fleet.ts";
import { Sentry } from "./sentry.ts";
import { pushAtLast } from "./workbench.ts";
import { versionText } from "./zones.ts";

const TIMES = Number(process.env.FLEET_TIMES ?? 1);
const PUSHES = 200 * TIMES;
/** The large one goes in blobs, and is pushed now and then. */
const ZONES = ["a.example.", "b.example.", "c.example.", "large.example."];
const HOSTS: Readonly<Record<string, number>> = { "large.example.": 12_000 };
const LARGE_EVERY = 20;
/** Milliseconds between two pushes. */
const PACE = 40;

vi.setConfig({ testTimeout: 60_000 + 60_000 * TIMES });

/** From 0 to 1, the same in every run. */
function chance(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Does something again and again until it is over. */
async function again(over: AbortSignal, first: number, work: () => Promise<void>): Promise<void> {
  await sleep(first, undefined, { signal: over }).catch(() => {});
  while (!over.aborted) await work();
}

fleetTest(
  `${PUSHES} pushes while POPs, the store and links fail: the last version everywhere, and never back`,
  async () => {
    const fleet = await Fleet.make();
    const proxy = await NatsProxy.to(fleet.server?.port ?? 0);
    const store = await fleet.store();
    const serials = new Map(ZONES.map((zone) => [zone, 1]));
    const source = (zone: string) => ({ zone, text: versionText(zone, serials.get(zone) ?? 0, HOSTS[zone]) });
    await pushAtLast(fleet, store, ZONES.map(source));
    await fleet.serve("steady", "mortal", { pop: "distant", store: proxy.url });
    const sentries = new Map([...fleet.pops].map(([name, { port }]) => [name, new Sentry(name, port, ZONES)]));
    const over = new AbortController();
    const random = chance(7);

    const killing = again(over.signal, 500, async () => {
      const pop = fleet.pop("mortal");
      sentries.get("mortal")?.died();
      await pop.stop(random() < 0.5 ? "SIGKILL" : "SIGTERM");
      await sleep(400 * random());
      sentries.get("mortal")?.died();
      await pop.start();
      await sleep(700 * random());
    });
    const storm = again(over.signal, 2000, async () => {
      await fleet.server?.stop("SIGKILL");
      await sleep(1000 * random());
      await fleet.server?.start();
      await sleep(3000 + 3000 * random());
    });
    const links = again(over.signal, 300, async () => {
      const kind = random();
      if (kind < 0.5) proxy.cut();
      else if (kind < 0.7) proxy.refuse();
      else if (kind < 0.85) proxy.stall();
      else proxy.stallThese();
      await sleep(1500 * random());
      proxy.heal();
      await sleep(1000 * random());
    });

    for (let i = 1; i <= PUSHES; i++) {
      const small = ZONES.filter((zone) => zone !== "large.example.");
      const changed = i % LARGE_EVERY === 0 ? ["large.example."] : small.filter(() => random() < 0.5);
      const zones = changed.length === 0 ? ["a.example."] : changed;
      for (const zone of zones) serials.set(zone, (serials.get(zone) ?? 0) + 1);
      await pushAtLast(fleet, store, zones.map(source));
      await sleep(PACE);
    }
    over.abort();
    await Promise.all([killing, storm, links]);
    for (const pop of fleet.pops.values()) {
      for (const zone of ZONES) await pop.untilSerial(zone, serials.get(zone) ?? 0);
    }
    await sleep(100);
    for (const sentry of sentries.values()) {
      expect(sentry.answers).toBeGreaterThan(100);
      sentry.close();
    }
    await proxy.close();
    expect([...sentries.values()].flatMap(({ faults }) => faults)).toEqual([]);
    // All hold the very same, and nothing is refused.
    const statuses = await Promise.all([...fleet.pops.values()].map((pop) => pop.status()));
    for (const { source, zones } of statuses) {
      expect(source).toMatchObject({ refusals: 0, missing: 0, digest: statuses[0]?.source.digest });
      expect(zones.map(({ zone, state, serial }) => [zone, state, serial])).toEqual(
        ZONES.map((zone) => [zone, "serving", serials.get(zone)]),
      );
    }
  },
);
