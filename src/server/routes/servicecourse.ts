/** One service at this POP: its course, with what it goes by at the moment. */

import { type Course, initialCourse } from "../../anycast/course/course.ts";
import type { SoftFault } from "../../anycast/course/input.ts";
import { type CourseLegacy, courseLegacy, inheritedCourse } from "../../anycast/course/legacy.ts";
import { type Step, step } from "../../anycast/course/step.ts";
import { counselOf } from "../../anycast/fleet/counsel.ts";
import type { FleetLimits, Standing } from "../../anycast/fleet/standing.ts";
import type { FleetView } from "../../anycast/fleet/view.ts";
import type { PrefixHealth } from "../../anycast/health/verdict.ts";
import type { Level } from "../../anycast/level.ts";
import type { Moment } from "../../anycast/moment.ts";
import type { Plan } from "../../anycast/plan.ts";
import type { AnnouncedPrefix } from "../../config/announced.ts";
import { lesser } from "./asannounced.ts";

export interface ServiceArgs {
  readonly service: string;
  readonly announced: readonly AnnouncedPrefix[];
  /** Random: see initialCourse. */
  readonly run: string;
  /** Undefined without a store. */
  readonly view: FleetView | undefined;
  readonly limits: FleetLimits;
  /** Milliseconds. */
  readonly notice: number;
  /** True when somebody else's path to a prefix is seen. */
  heard(prefix: AnnouncedPrefix["prefix"]): boolean | undefined;
}

/** What changes from one moment to the next. */
export interface Circumstances {
  readonly health: ReadonlyMap<string, PrefixHealth>;
  readonly plan: Plan | undefined;
  readonly soft: readonly SoftFault[];
  /** The most that anything may be announced as: the POP is about to stop. */
  readonly most: Level;
}

/** What a standing says besides. */
export interface Outside {
  /** What routers have been told. */
  readonly announced: ReadonlyMap<string, Level>;
  /** Why they were not, if they were not. */
  readonly untaken: string;
  /** Why the POP stops, if it does. */
  readonly leaving: string | undefined;
}

export class ServiceCourse {
  readonly service: string;
  readonly #args: ServiceArgs;
  #course: Course;
  #plan: Plan | undefined;
  #step: Step | undefined;
  #levels: ReadonlyMap<string, Level> = new Map();

  constructor(args: ServiceArgs) {
    this.service = args.service;
    this.#args = args;
    this.#course = initialCourse(args.run);
  }

  /** Looks at everything, and decides; milliseconds until it is to be looked at again, if it is. */
  look({ health, plan, soft, most }: Circumstances, now: Moment): number | undefined {
    const { service, announced, view, limits, notice } = this.#args;
    const own = announced.map(({ prefix }) => [prefix.text, health.get(prefix.text) ?? UNPROVEN] as const);
    const prefixes = new Map(announced.map(({ prefix }) => [prefix.text, prefix]));
    const made = step(
      this.#course,
      {
        ...{ health: new Map(own), plan, soft, notice },
        fleet: view && counselOf(view, service, limits, now),
        heard: (text) => {
          const prefix = prefixes.get(text);
          return prefix && this.#args.heard(prefix);
        },
      },
      now,
    );
    this.#course = made.state;
    this.#plan = plan;
    this.#step = made;
    this.#levels = new Map([...made.levels].map(([prefix, level]) => [prefix, lesser(level, most)]));
    return made.wake;
  }

  /** For the process that takes this one's place. */
  legacy(now: Moment): CourseLegacy {
    return courseLegacy(this.#course, now.monotonic);
  }

  /** Goes on where another process was. */
  inherit(legacy: CourseLegacy, now: Moment): void {
    this.#course = inheritedCourse(legacy, now.monotonic);
  }

  /** A level for each prefix, as of the last look. */
  get levels(): ReadonlyMap<string, Level> {
    return this.#levels;
  }

  /** What others are told, and people. */
  standing({ announced, untaken, leaving }: Outside): Standing {
    const { service, announced: own } = this.#args;
    const { phase, why, ask } = this.#step ?? {};
    const prefixes = own.map(({ prefix: { text } }) => ({ prefix: text, level: announced.get(text) ?? "off" }));
    // Others would count on a POP that is up, and nobody's packets would come to it.
    const wanted = [...this.#levels].filter(([, level]) => level !== "off");
    const lost = wanted.length > 0 && prefixes.every(({ level }) => level === "off");
    const standing = { service, prefixes, ask, plan: this.#plan && shown(this.#plan) };
    if (leaving !== undefined) return { ...standing, phase: "leaving", why: leaving };
    if (lost) return { ...standing, phase: "without a router", why: [untaken, why].filter(Boolean).join("; ") };
    return { ...standing, phase: phase ?? "starting", why };
  }
}

const UNPROVEN: PrefixHealth = { verdict: "unproven", since: 0, why: "it has not been asked yet" };

function shown({ to, by, why, at, until }: Plan): Standing["plan"] {
  return { to, by, at, ...(why === undefined ? {} : { why }), ...(until === undefined ? {} : { until }) };
}
