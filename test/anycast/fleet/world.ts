/**
 * A fleet in one process and in virtual time: POPs with the real courses and views (simpop.ts), a store (simstore.ts), and
 * routes. Who reads late never sees reports that were replaced meanwhile.
 */

import type { Course } from "../../../src/anycast/course/course.ts";
import type { Step } from "../../../src/anycast/course/step.ts";
import type { FleetLimits } from "../../../src/anycast/fleet/standing.ts";
import type { Level } from "../../../src/anycast/level.ts";
import { type Clock, SimPop } from "./simpop.ts";
import { SimStore } from "./simstore.ts";
import { Timeline } from "./timeline.ts";

/** How things travel; milliseconds from one draw to the next. */
export interface Delays {
  write(): number;
  read(): number;
  /** Reports that are read at once. */
  batch(): number;
  route(): number;
  heartbeat(): number;
}

/** Who watches what happens. */
export interface Witness {
  changed(pop: SimPop, service: string, prefix: string, from: Level, to: Level): void;
  stepped(pop: SimPop, service: string, before: Course, made: Step): void;
}

export interface WorldArgs {
  readonly limits: FleetLimits;
  readonly notice: number;
  readonly delays: Delays;
  readonly witness: Witness;
  /** Routers tell of others' paths. */
  readonly routes: boolean;
  readonly services: ReadonlyMap<string, readonly string[]>;
  /** Without one nobody is asked. */
  readonly fleet: boolean;
}

export class World {
  readonly timeline = new Timeline();
  readonly store = new SimStore();
  readonly pops = new Map<string, SimPop>();
  readonly args: WorldArgs;
  /** Who is seen by routers to announce a prefix. */
  readonly seen = new Map<string, Set<string>>();

  constructor(args: WorldArgs) {
    this.args = args;
    for (const prefix of [...args.services.values()].flat()) this.seen.set(prefix, new Set());
  }

  add(name: string, clock: Clock = { skew: 0, drift: 0, offset: 0 }): SimPop {
    const pop = new SimPop(this, name, clock);
    this.pops.set(name, pop);
    return pop;
  }

  routed(pop: SimPop, prefix: string): void {
    this.timeline.after(this.args.delays.route(), () => {
      const seen = this.seen.get(prefix)!;
      if (pop.levelOf(prefix) === "off") seen.delete(pop.name);
      else seen.add(pop.name);
      if (this.args.routes) for (const one of this.pops.values()) one.lookIfNeeded();
    });
  }
}
