/**
 * Holds this POP's routes: asks it through its own sockets, decides on a level for each prefix, and has it announced. All
 * decisions are pure and made elsewhere (anycast/health, course, fleet); here they meet clocks, the store and disk.
 */

import { randomUUID } from "node:crypto";
import type { Announcer, Peer } from "../../anycast/announcer.ts";
import type { SoftFault } from "../../anycast/course/input.ts";
import type { Standing } from "../../anycast/fleet/standing.ts";
import { FleetView } from "../../anycast/fleet/view.ts";
import type { Monitor } from "../../anycast/health/monitor.ts";
import type { PrefixHealth, Verdict } from "../../anycast/health/verdict.ts";
import type { Level } from "../../anycast/level.ts";
import type { Moment } from "../../anycast/moment.ts";
import type { Plan } from "../../anycast/plan.ts";
import type { Tell } from "../log.ts";
import type { FleetSource } from "../zonesource.ts";
import { asAnnounced, whyNotTaken } from "./asannounced.ts";
import { Departure } from "./departure.ts";
import { ESTATE_FORM, type Estate, type RoutesBequest, withVerdicts } from "./estate.ts";
import { levelLine } from "./levelline.ts";
import type { PlanBook } from "./planbook.ts";
import { plansOfOrder, plansOfRequest } from "./planning.ts";
import type { PlanRequest } from "./planrequest.ts";
import { essenceOf, missing, peerStatus, prefixStatus, whatIsKnown } from "./routestatus.ts";
import { ServiceCourse } from "./servicecourse.ts";
import type { AnycastSetup } from "./setup.ts";

export interface RouteKeeperArgs {
  readonly pop: string;
  readonly setup: AnycastSetup;
  readonly announcer: Announcer;
  /** Asks this POP; its `changed` is to call `look`. */
  readonly monitor: Monitor;
  readonly book: PlanBook;
  /** The other POPs; undefined without a store. */
  readonly fleet: FleetSource | undefined;
  /** The soft faults that there are. */
  readonly soft: () => readonly SoftFault[];
  /** Own queries per second; undefined while that is not known. */
  readonly rate: () => number | undefined;
  readonly tell: Tell;
  /** What is announced, or how this POP stands, has changed. */
  readonly changed: () => void;
}

const LEAVING = "the server was told to stop";
const REPLACED = "another process is taking the place of this one at this moment: ask again in a second";
/** Soft faults and ages come without an event. */
const LOOK_MS = 1000;

export class RouteKeeper {
  readonly #args: RouteKeeperArgs;
  readonly #view: FleetView | undefined;
  readonly #courses: readonly ServiceCourse[];
  /** As routers have been told. */
  #levels: ReadonlyMap<string, Level> = new Map();
  #departure: Departure | undefined;
  /** How often each prefix came to each level, by "PREFIX LEVEL". */
  readonly #transitions = new Map<string, number>();
  /** What others were told last. */
  #told = "";
  #timer: NodeJS.Timeout | undefined;
  #ticker: NodeJS.Timeout | undefined;
  #begun = false;
  #looking = false;
  #closed = false;
  /** It stands still: another process may have taken over by the next moment. */
  #resting = false;
  /** Verdicts of the process before, for prefixes of which there is none here yet. */
  #before: ReadonlyMap<string, PrefixHealth> = new Map();

  constructor(args: RouteKeeperArgs) {
    this.#args = args;
    const { setup, announcer, pop, fleet } = args;
    this.#view = fleet && new FleetView(pop);
    this.#courses = [...new Set(setup.announced.map(({ service }) => service))].map((service) => {
      const announced = setup.announced.filter((one) => one.service === service);
      const { fleet: limits, drain } = setup;
      const heard = announcer.heard.bind(announcer);
      return new ServiceCourse({
        ...{ service, announced, limits, heard, notice: drain.notice },
        ...{ view: this.#view, run: randomUUID() },
      });
    });
  }

  /** Zones are loaded: from now on prefixes are announced as soon as they are proven. */
  begin(): void {
    if (this.#closed) return;
    this.#begun = true;
    const { monitor, fleet, book, tell } = this.#args;
    fleet?.follow(
      {
        heard: (report) => {
          if (this.#view?.hear(report, moment(), report.sent)) this.look();
        },
        restarted: () => this.#view?.reset(),
        order: (order) => this.#take(plansOfOrder(order, this.services), order.id),
        refused: (why) => tell("warn", "order.refused", {}, why),
      },
      book.order,
    );
    monitor.start();
    this.#ticker = setInterval(() => this.look(), LOOK_MS);
    this.look();
  }

  get services(): readonly string[] {
    return this.#courses.map(({ service }) => service);
  }

  /** Takes a plan made at this machine; why it can't, as a sentence. */
  request(request: PlanRequest): string | undefined {
    if (this.#resting) return REPLACED;
    return this.#take(plansOfRequest(request, this.services, Date.now()), undefined);
  }

  #take(plans: readonly Plan[] | string, order: number | undefined): string | undefined {
    const { book, tell } = this.#args;
    if (typeof plans === "string") {
      book.put([], order);
      tell("warn", "plan.refused", { order }, plans);
      return plans;
    }
    book.put(plans, order);
    for (const { service, to, by, why, until } of plans) {
      const end = until === undefined ? undefined : new Date(until).toISOString();
      const words = `${by}: ${to} ${service}${end === undefined ? "" : ` until ${end}`}${why === undefined ? "" : `, ${why}`}`;
      tell("info", "plan.taken", { service, to, by, why, until: end, order }, words);
    }
    this.look();
    return undefined;
  }

  /** Decides anew: something has changed, or time has passed. */
  look(): void {
    // What is announced may tell of itself at once.
    if (this.#looking || this.#closed || this.#resting) return;
    this.#looking = true;
    try {
      this.#decide();
    } finally {
      this.#looking = false;
    }
  }

  #decide(): void {
    const { monitor, book, soft } = this.#args;
    const now = moment();
    const most: Level = this.#departure?.level ?? "up";
    const same = { health: withVerdicts(monitor.health, this.#before), soft: soft(), most };
    const wakes = this.#courses.map((course) =>
      course.look({ ...same, plan: book.planOf(course.service, now.date) }, now),
    );
    this.#announce(new Map(this.#courses.flatMap(({ levels }) => [...levels])));
    clearTimeout(this.#timer);
    const wake = Math.min(...wakes.map((one) => one ?? Number.POSITIVE_INFINITY));
    if (wake < LOOK_MS) this.#timer = setTimeout(() => this.look(), wake);
  }

  #announce(wanted: ReadonlyMap<string, Level>): void {
    const { announcer, setup, tell, changed } = this.#args;
    announcer.want(setup.announced.map(({ prefix }) => ({ prefix, level: wanted.get(prefix.text) ?? "off" })));
    const before = this.#levels;
    this.#levels = asAnnounced(wanted, announcer.peers);
    const standings = this.standings;
    for (const standing of standings) {
      for (const { prefix, level } of standing.prefixes) {
        if (level !== (before.get(prefix) ?? "off")) this.#count(`${prefix} ${level}`);
        const line = levelLine(prefix, before.get(prefix) ?? "off", level, standing);
        if (line) tell(line.level, line.event, line.facts, line.text);
      }
    }
    const told = essenceOf(standings);
    if (told === this.#told) return;
    this.#told = told;
    changed();
  }

  #count(transition: string): void {
    this.#transitions.set(transition, (this.#transitions.get(transition) ?? 0) + 1);
  }

  /** For metrics. */
  get facts(): {
    readonly standings: readonly Standing[];
    readonly health: ReadonlyMap<string, { readonly verdict: Verdict }>;
    readonly peers: readonly Peer[];
    readonly transitions: ReadonlyMap<string, number>;
  } {
    const { announcer, monitor } = this.#args;
    return {
      ...{ standings: this.standings, health: monitor.health },
      ...{ peers: announcer.peers, transitions: this.#transitions },
    };
  }

  /** Some prefix is announced. */
  get announcing(): boolean {
    return [...this.#levels.values()].some((level) => level !== "off");
  }

  get standings(): readonly Standing[] {
    const untaken = whyNotTaken(this.#args.announcer.peers);
    const outside = { announced: this.#levels, untaken, leaving: this.#departure && LEAVING };
    return this.#courses.map((course) => course.standing(outside));
  }

  /** For /status. */
  status(): unknown {
    const { announcer, monitor, fleet, soft } = this.#args;
    const others = this.#view && fleet && { ...whatIsKnown(this.#view, moment()), ...missing(fleet) };
    return {
      services: this.standings,
      prefixes: prefixStatus(monitor.health, this.#levels),
      soft: soft(),
      peers: peerStatus(announcer.peers),
      fleet: others,
    };
  }

  /**
   * Stands still, for another process to take over: what is announced stays as it is, and nothing is written to disk. An
   * order of the store's that comes meanwhile is taken here for the case that nobody does, and comes to that one too.
   */
  async bequeath(): Promise<RoutesBequest> {
    const { announcer, monitor, book } = this.#args;
    this.#resting = true;
    clearTimeout(this.#timer);
    monitor.keep(true);
    const { legacy, descriptors, left, kept } = await announcer.bequeath();
    const courses = Object.fromEntries(this.#courses.map((course) => [course.service, course.legacy(moment())]));
    const health = Object.fromEntries(withVerdicts(monitor.health, this.#before));
    return {
      estate: { form: ESTATE_FORM, announcer: legacy, courses, health, book: book.seal() },
      descriptors,
      left,
      kept: () => {
        kept();
        book.unseal();
        monitor.keep(false);
        this.#resting = false;
        this.look();
      },
    };
  }

  /** Goes on where the process before was, to be called before `begin`: its announcer has what that one announced. */
  inherit({ courses, health, announcer: { wanted } }: Estate): void {
    for (const course of this.#courses) {
      const legacy = courses[course.service];
      if (legacy) course.inherit(legacy, moment());
    }
    this.#before = new Map(Object.entries(health));
    const own = this.#args.setup.announced.map(({ prefix: { text } }) => [text, wanted[text] ?? "off"] as const);
    this.#levels = asAnnounced(new Map(own), this.#args.announcer.peers);
  }

  /** Leaves in good order: gives notice, withdraws, waits until queries have gone. Resolves when nobody needs this POP. */
  async leave(hurry: AbortSignal): Promise<void> {
    const { setup, rate, tell, monitor } = this.#args;
    if (!this.#begun) {
      // Nothing was announced, and nothing is from now on.
      this.#closed = true;
      return;
    }
    clearInterval(this.#ticker);
    const departure = new Departure({ limits: setup.drain, rate, announced: this.announcing });
    this.#departure = departure;
    await departure.run(hurry, () => {
      tell("info", "leaving", { level: departure.level }, departure.why);
      this.look();
      // Whoever kills the process while it waits kills nobody who had a route: that is no crash.
      if (departure.level === "off") void monitor.close();
    });
  }

  /** Withdraws what is announced, and ends the sessions. */
  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#ticker);
    clearTimeout(this.#timer);
    await this.#args.monitor.close();
    await this.#args.announcer.close();
  }
}

function moment(): Moment {
  return { monotonic: performance.now(), date: Date.now() };
}
