/** Tries out how routes would be announced, without announcing any: sentences about what does not work. */

import { setTimeout as after } from "node:timers/promises";
import type { Announcer, AnnouncerSurroundings } from "../../anycast/announcer.ts";
import { troublesWith } from "../../anycast/lease/check.ts";
import type { AnycastConfig } from "../../config/anycast.ts";
import { makeAnnouncer } from "./announcers.ts";
import type { AnycastSetup } from "./setup.ts";

/** Milliseconds for sessions to come up, and between two looks whether they are. */
const PATIENCE_MS = 8000;
const LOOK_MS = 50;

/** BIRD or FRR, asked what it has and lacks; undefined where we speak BGP ourselves. */
export async function tryDaemon(anycast: AnycastConfig, setup: AnycastSetup): Promise<readonly string[] | undefined> {
  const prefixes = setup.announced.map(({ prefix }) => prefix);
  if (anycast.by === "bird") {
    const { birdDaemon } = await import("../../anycast/bird/daemon.ts");
    return troublesWith(birdDaemon(anycast.bird.socket), prefixes);
  }
  if (anycast.by === "frr") {
    const { frrDaemon } = await import("../../anycast/frr/daemon.ts");
    return troublesWith(frrDaemon(anycast.frr.vtysh.split(" ")), prefixes);
  }
  return undefined;
}

/** Opens a session with each neighbour, and ends it. */
export async function trySessions(anycast: AnycastConfig, setup: AnycastSetup, pop: string): Promise<string[]> {
  const around: AnnouncerSurroundings = {
    ...{ changed: () => {}, tell: () => {} },
    ...{ now: Date.now, monotonic: () => performance.now(), random: Math.random },
  };
  let announcer: Announcer;
  try {
    announcer = await makeAnnouncer(anycast, setup, pop, around);
  } catch (error) {
    return [(error as Error).message];
  }
  const end = performance.now() + PATIENCE_MS;
  announcer.start();
  // The first failure says most: after one, a router may refuse to talk for a while.
  while (performance.now() < end && announcer.peers.some(({ state, tries }) => state !== "up" && tries === 0)) {
    await after(LOOK_MS);
  }
  const { peers } = announcer;
  await announcer.close();
  return peers.flatMap(({ name, state, why }) => {
    if (state === "up" && why === undefined) return [];
    return [why ?? `${name}: no session within ${PATIENCE_MS / 1000} s: is it the right address, AS and password?`];
  });
}
