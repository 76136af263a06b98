/** What a simulated fleet is like, and what may happen to it: drawn once for a seed. */

import type { FleetLimits } from "../../../src/anycast/fleet/standing.ts";
import type { Dice } from "./dice.ts";
import { EVERY } from "./simpop.ts";
import type { Delays } from "./world.ts";

export interface SimOptions {
  readonly pops?: number;
  /** Minutes of faults. */
  readonly minutes?: number;
}

export interface Conditions {
  readonly pops: number;
  readonly minutes: number;
  /** POPs fail hard; the store is out of reach; a store is made anew. */
  readonly hard: boolean;
  readonly partitions: boolean;
  readonly renews: boolean;
  /** Routers tell of others' paths. */
  readonly routes: boolean;
  readonly limits: FleetLimits;
  readonly notice: number;
  readonly services: ReadonlyMap<string, readonly string[]>;
}

const MOST: FleetLimits["most"][] = [1, 1, 2, 10, { percent: 34 }, { percent: 50 }, { percent: 100 }];

export function conditionsOf(dice: Dice, options: SimOptions): Conditions {
  const services = new Map([["ns1", dice.chance(0.5) ? ["v4", "v6"] : ["v4"]]]);
  if (dice.chance(0.4)) services.set("ns2", ["w4"]);
  const partitions = dice.chance(0.5);
  return {
    services,
    pops: options.pops ?? dice.pick([2, 2, 3, 3, 4, 5, 8, 12]),
    minutes: options.minutes ?? dice.pick([5, 8, 12, 25]),
    hard: dice.chance(0.5),
    partitions,
    renews: partitions && dice.chance(0.4),
    routes: dice.chance(0.5),
    limits: { most: dice.pick(MOST), window: dice.pick([0, 20_000, 120_000]) },
    notice: dice.pick([0, 2_000, 10_000]),
  };
}

/** How long things take. In slow times reports are read late, and few at once. */
export function delaysOf(dice: Dice, pops: number, isSlow: () => boolean): Delays {
  // In a large fleet there is always something to read; several at once are read faster here.
  const least = pops > 50 ? 400 : 5;
  const spike = () => isSlow() && dice.chance(0.3);
  return {
    write: () => (spike() ? dice.between(100, 4_000) : dice.between(5, 80)),
    read: () => (spike() ? dice.between(100, 4_000) : dice.between(least, least + 75)),
    batch: () => (isSlow() ? 1 + Math.floor(dice.between(0, Math.max(4, pops))) : 1000),
    route: () => dice.between(50, 1_500),
    heartbeat: () => EVERY * dice.between(0.9, 1.1),
  };
}
