/** A POP in virtual time: the real courses and view, and all that is around them. */

import { type Course, initialCourse } from "../../../src/anycast/course/course.ts";
import type { CourseInput, SoftFault } from "../../../src/anycast/course/input.ts";
import { courseLegacy, inheritedCourse } from "../../../src/anycast/course/legacy.ts";
import { type Step, step } from "../../../src/anycast/course/step.ts";
import { counselOf } from "../../../src/anycast/fleet/counsel.ts";
import type { Standing } from "../../../src/anycast/fleet/standing.ts";
import { FleetView } from "../../../src/anycast/fleet/view.ts";
import type { PrefixHealth } from "../../../src/anycast/health/verdict.ts";
import type { Level } from "../../../src/anycast/level.ts";
import type { Moment } from "../../../src/anycast/moment.ts";
import type { Plan } from "../../../src/anycast/plan.ts";
import type { Stored } from "./simstore.ts";
import type { World } from "./world.ts";

export const EVERY = 7500;
/** Between a change and its report, and between two reports. */
const SOON = 50;
const REST = 250;

/** A POP's clocks: how far off its wall clock is, how much faster its own time goes, and where that began. */
export interface Clock {
  readonly skew: number;
  readonly drift: number;
  readonly offset: number;
}

export class SimPop {
  readonly world: World;
  readonly name: string;
  readonly clock: Clock;
  alive = false;
  /** The store can be reached. */
  connected = true;
  cutSince = 0;
  joinedAt = 0;
  /** Whom it has heard since its process began. */
  readonly knew = new Set<string>();
  /** Counts processes. */
  run = 0;
  /** What outlives a process. */
  readonly plans = new Map<string, Plan>();
  soft: SoftFault[] = [];
  readonly health = new Map<string, PrefixHealth>();
  readonly levels = new Map<string, Level>();
  readonly courses = new Map<string, Course>();
  readonly made = new Map<string, Step>();
  view: FleetView;
  #index = 0;
  #epoch = 0;
  #reading = false;
  #reported = "";
  #last: readonly Standing[] = [];
  #reportAt = Number.POSITIVE_INFINITY;
  #lastReport = Number.NEGATIVE_INFINITY;
  #wakeAt = Number.POSITIVE_INFINITY;
  #arrival = 0;
  #written = 0;
  /** Of this process's clock that never jumps. */
  #origin = 0;

  constructor(world: World, name: string, clock: Clock) {
    this.world = world;
    this.name = name;
    this.clock = clock;
    this.view = new FleetView(name);
    world.store.readers.add(() => this.#read());
  }

  moment(): Moment {
    const { skew, drift, offset } = this.clock;
    const monotonic = this.world.timeline.now * (1 + drift) + offset + this.#origin;
    return { monotonic, date: 1_800_000_000_000 + this.world.timeline.now + skew };
  }

  /** A process begins: nothing is proven. */
  start(): void {
    this.#begin();
    for (const [service, prefixes] of this.world.args.services) {
      this.courses.set(service, initialCourse(`${this.name}.${this.run}.${service}`));
      for (const prefix of prefixes) this.verdict(prefix, "unproven");
    }
    this.look();
    this.#schedule(this.world.args.delays.heartbeat());
    this.#read();
  }

  /** Another process takes the place of this one, and goes on. It has heard nobody yet, and its clock has another origin. */
  replace(): void {
    const before = this.moment().monotonic;
    const left = [...this.courses].map(([service, course]) => [service, courseLegacy(course, before)]);
    this.#begin();
    this.#origin += 123_456;
    for (const [service, legacy] of JSON.parse(JSON.stringify(left))) {
      this.courses.set(service, inheritedCourse(legacy, this.moment().monotonic));
    }
    this.look();
    this.#read();
  }

  #begin(): void {
    this.alive = true;
    this.knew.clear();
    this.run++;
    this.view = new FleetView(this.name);
    this.#index = 0;
    this.#epoch = this.world.store.epoch;
    this.#reported = "";
    this.#wakeAt = Number.POSITIVE_INFINITY;
    this.#reportAt = Number.POSITIVE_INFINITY;
  }

  crash(): void {
    this.alive = false;
    for (const [service, prefixes] of this.world.args.services) {
      for (const prefix of prefixes) this.#announce(service, prefix, "off");
    }
  }

  verdict(prefix: string, verdict: PrefixHealth["verdict"], why?: string): void {
    this.health.set(prefix, { verdict, since: this.moment().date, why: verdict === "good" ? undefined : why });
  }

  plan(plan: Plan): void {
    this.plans.set(plan.service, plan);
    this.look();
  }

  /** Cuts it off from the store, or joins it again. `again`: what it has read already is told once more. */
  connect(connected: boolean, again = false): void {
    if (!connected && this.connected) this.cutSince = this.world.timeline.now;
    if (connected && !this.connected) this.joinedAt = this.world.timeline.now;
    if (connected && again) this.#index = 0;
    this.connected = connected;
    if (connected) this.#read();
  }

  levelOf(prefix: string): Level {
    return this.levels.get(prefix) ?? "off";
  }

  /** Lets the courses decide. */
  look(): void {
    if (!this.alive) return;
    let wake = Number.POSITIVE_INFINITY;
    for (const [service, prefixes] of this.world.args.services) {
      const before = this.courses.get(service)!;
      const made = step(before, this.#input(service, prefixes), this.moment());
      this.courses.set(service, made.state);
      this.made.set(service, made);
      for (const [prefix, level] of made.levels) this.#announce(service, prefix, level);
      this.world.args.witness.stepped(this, service, before, made);
      wake = Math.min(wake, made.wake ?? Number.POSITIVE_INFINITY);
    }
    this.#wake(wake);
    if (JSON.stringify(this.standings()) !== this.#reported) this.#reportSoon();
  }

  #input(service: string, prefixes: readonly string[]): CourseInput {
    const { args, seen } = this.world;
    const others = (prefix: string) => {
      const all = seen.get(prefix)!;
      return all.size > (all.has(this.name) ? 1 : 0);
    };
    return {
      health: new Map(prefixes.map((prefix) => [prefix, this.health.get(prefix)!])),
      plan: this.plans.get(service),
      soft: this.soft,
      fleet: args.fleet ? counselOf(this.view, service, args.limits, this.moment()) : undefined,
      heard: (prefix) => (args.routes ? others(prefix) : undefined),
      notice: args.notice,
    };
  }

  #announce(service: string, prefix: string, level: Level): void {
    const from = this.levelOf(prefix);
    if (from === level) return;
    this.levels.set(prefix, level);
    this.world.args.witness.changed(this, service, prefix, from, level);
    if (from === "off" || level === "off") this.world.routed(this, prefix);
  }

  #wake(delay: number): void {
    const { timeline } = this.world;
    const at = timeline.now + delay;
    if (!Number.isFinite(delay) || (this.#wakeAt > timeline.now && this.#wakeAt <= at)) return;
    this.#wakeAt = at;
    const { run } = this;
    timeline.after(delay, () => {
      if (this.run !== run || this.#wakeAt !== at) return;
      this.#wakeAt = Number.POSITIVE_INFINITY;
      this.look();
    });
  }

  standings(): Standing[] {
    const standings: Standing[] = [];
    for (const [service, prefixes] of this.world.args.services) {
      const made = this.made.get(service)!;
      const plan = this.plans.get(service);
      standings.push({
        ...{ service, phase: made.phase, why: undefined, ask: made.ask },
        prefixes: prefixes.map((prefix) => ({ prefix, level: this.levelOf(prefix) })),
        plan: plan && { to: plan.to, by: plan.by, at: plan.at },
      });
    }
    return standings;
  }

  /** Reports, although nothing that others count on has changed. */
  chat(): void {
    if (this.alive) this.#reportSoon();
  }

  #reportSoon(): void {
    this.#schedule(Math.max(SOON, this.#lastReport + REST - this.world.timeline.now));
  }

  #schedule(delay: number): void {
    const { timeline } = this.world;
    const at = timeline.now + delay;
    if (at >= this.#reportAt) return;
    this.#reportAt = at;
    const { run } = this;
    timeline.after(delay, () => {
      if (this.alive && this.run === run && this.#reportAt === at) this.#report();
    });
  }

  #report(): void {
    const { timeline, store, args } = this.world;
    this.#reportAt = Number.POSITIVE_INFINITY;
    this.#lastReport = timeline.now;
    const text = JSON.stringify(this.standings());
    if (text !== this.#reported) this.#last = this.standings();
    this.#reported = text;
    const standings = this.#last;
    const { monotonic: sent, date: at } = this.moment();
    const { run } = this;
    if (this.connected) {
      const delay = args.delays.write();
      // One connection: reports of one POP come in their order.
      this.#written = Math.max(this.#written, timeline.now + delay);
      const { epoch } = store;
      timeline.after(this.#written - timeline.now, () => {
        if (this.connected && store.epoch === epoch)
          store.put({ pop: this.name, every: EVERY / 1000, standings, at }, sent, run);
      });
    }
    this.#schedule(args.delays.heartbeat());
  }

  #read(): void {
    if (!this.alive || !this.connected || this.#reading) return;
    this.#reading = true;
    const { timeline, args } = this.world;
    timeline.after(args.delays.read() / 2, () => {
      this.#reading = false;
      if (this.alive && this.connected) this.#deliver();
    });
  }

  /** Reads from the store; what was read comes a moment later. */
  #deliver(): void {
    const { timeline, store, args } = this.world;
    const renewed = store.epoch !== this.#epoch;
    if (renewed) this.#index = 0;
    this.#epoch = store.epoch;
    const { reports, index, more } = store.read(this.#index, args.delays.batch());
    this.#index = index;
    this.#arrival = Math.max(this.#arrival, timeline.now + args.delays.read() / 2);
    const { run } = this;
    timeline.after(this.#arrival - timeline.now, () => {
      if (this.run === run && this.alive) this.#take(reports, more, renewed);
    });
    if (more) this.#read();
  }

  #take(reports: readonly Stored[], more: boolean, renewed: boolean): void {
    if (renewed) this.view.reset();
    const now = this.moment();
    for (const [i, { order, heard, sent, run }] of reports.entries()) {
      const behind = more || i < reports.length - 1;
      const own = heard.pop === this.name && run === this.run;
      this.knew.add(heard.pop);
      this.view.hear({ ...heard, order, behind }, now, own ? sent : undefined);
      if (own || behind === false) this.lookIfNeeded();
    }
  }

  /** A course that wants nothing goes by nothing that is heard. */
  lookIfNeeded(): void {
    for (const { going } of this.courses.values()) {
      if (going.asked === undefined && going.held === undefined) continue;
      this.look();
      return;
    }
  }
}
