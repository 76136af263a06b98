/** The drills: what is done, and the figures that were set for it. */

import { cutDrills } from "./cutdrills.ts";
import { faultDrills } from "./faultdrills.ts";
import { fleetDrills } from "./fleetdrills.ts";
import type { Goal } from "./goal.ts";
import type { Lab } from "./lab.ts";
import type { Measured } from "./measure.ts";
import { planDrills } from "./plandrills.ts";

export interface Stage {
  readonly lab: Lab;
  /** The POP that it is done to. */
  readonly pop: string;
  /** For drills that take as long as they are told. */
  readonly minutes: number;
  /** Nothing comes after it: the fault may stay. */
  readonly last: boolean;
}

export interface Drill {
  readonly name: string;
  readonly about: string;
  /** Among those of --quick. */
  readonly quick?: boolean;
  /** One round is long enough. */
  readonly once?: boolean;
  run(stage: Stage): Promise<Measured>;
  /** The figures that were set for it. */
  readonly goal?: Goal;
}

export const DRILLS: readonly Drill[] = [...faultDrills, ...cutDrills, ...planDrills, ...fleetDrills];
