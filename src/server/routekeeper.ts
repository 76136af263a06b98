/**
 * Holds this POP's routes: asks it through its own sockets, decides on a level for each prefix, and has it announced. All
 * decisions are pure and made elsewhere (anycast/health, course, fleet); here they meet clocks, sockets, the store and disk.
 */

import type { Announcer, Wanted } from "../anycast/announcer.ts";
import type { Standing } from "../anycast/fleet/standing.ts";
import { Monitor } from "../anycast/health/monitor.ts";
import type { Level } from "../anycast/level.ts";
import { checksOf } from "../anycast/probe/checks.ts";
import type { AnycastSetup } from "./anycastsetup.ts";
import type { Tell } from "./log.ts";
import type { PlanBook } from "./planbook.ts";
import type { PlanRequest } from "./planrequest.ts";
import { ServedZones } from "./servedzones.ts";
import type { AnswerThreads } from "./threads.ts";
import { ThreadWatch } from "./threadwatch.ts";
import type { FleetSource } from "./zonesource.ts";

export interface RouteKeeperArgs {
  readonly pop: string;
  readonly setup: AnycastSetup;
  readonly announcer: Announcer;
  readonly threads: AnswerThreads;
  readonly book: PlanBook;
  readonly fleet: FleetSource | undefined;
  readonly tell: Tell;
  /** What is announced, or how this POP stands, has changed. */
  readonly changed: () => void;
}

export class RouteKeeper {
  readonly #args: RouteKeeperArgs;
  readonly #monitor: Monitor;
  readonly #watch: ThreadWatch;
  #levels: ReadonlyMap<string, Level> = new Map();
  #leaving: Level | undefined;

  constructor(args: RouteKeeperArgs) {
    this.#args = args;
    const { pop, setup, threads, book, tell } = args;
    const served = new ServedZones(threads);
    const watched = setup.announced.map(({ prefix, addresses }) => ({
      prefix: prefix.text,
      checks: checksOf({ addresses, identity: pop, timeout: setup.timeout, zones: setup.required, served }),
    }));
    const clocks = { now: Date.now, monotonic: () => performance.now(), random: Math.random };
    const changed = () => this.#look();
    const save = book.putHealth.bind(book);
    const { paces, limits } = setup;
    const surroundings = { ...clocks, changed, tell, save };
    this.#monitor = new Monitor({ watched, paces, limits, surroundings, history: book.health });
    this.#watch = new ThreadWatch(threads, {
      hung: setup.hung,
      changed: (fact, why) => this.#monitor.fact(fact, why),
    });
  }

  /** Zones are loaded: from now on prefixes are announced as soon as they are proven. */
  async begin(): Promise<void> {
    await this.#watch.start();
    this.#monitor.start();
  }

  #look(): void {
    const { setup, announcer } = this.#args;
    const wanted: Wanted[] = setup.announced.map(({ prefix }) => ({ prefix, level: this.#levelOf(prefix.text) }));
    this.#levels = new Map(wanted.map(({ prefix, level }) => [prefix.text, level]));
    announcer.want(wanted);
    this.#args.changed();
  }

  #levelOf(prefix: string): Level {
    const verdict = this.#monitor.health.get(prefix)?.verdict;
    if (verdict !== "good" && verdict !== "wrong") return "off";
    return this.#leaving ?? "up";
  }

  /** Some prefix is announced. */
  get announcing(): boolean {
    return [...this.#levels.values()].some((level) => level !== "off");
  }

  get standings(): readonly Standing[] {
    return [];
  }

  /** Routers have come or gone, or what is heard from them. */
  peersChanged(): void {
    this.#look();
  }

  request(_request: PlanRequest): string | undefined {
    return "not yet";
  }

  /** For /status. */
  status(): unknown {
    const { announcer } = this.#args;
    return {
      prefixes: [...this.#monitor.health].map(([prefix, health]) => ({
        prefix,
        level: this.#levels.get(prefix) ?? "off",
        ...health,
      })),
      peers: announcer.peers.map(({ announced, ...peer }) => ({
        ...peer,
        announced: announced.map(({ prefix, level }) => ({ prefix: prefix.text, level })),
      })),
    };
  }

  async leave(hurry: AbortSignal): Promise<void> {
    const { drain } = this.#args.setup;
    this.#leaving = "draining";
    this.#look();
    await passed(drain.notice, hurry);
    this.#leaving = "off";
    this.#look();
    await passed(drain.least, hurry);
    await this.close();
  }

  /** Withdraws what is announced. */
  async close(): Promise<void> {
    this.#watch.stop();
    await this.#monitor.close();
    await this.#args.announcer.close();
  }
}

function passed(milliseconds: number, hurry: AbortSignal): Promise<void> {
  if (hurry.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    hurry.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
