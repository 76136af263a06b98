/** Puts together what holds this POP's routes, and what it is told by. */

import { Count } from "../answer/counters.ts";
import { Monitor } from "../anycast/health/monitor.ts";
import { checksOf } from "../anycast/probe/checks.ts";
import type { Config } from "../config/schema.ts";
import { makeAnnouncer } from "./announcers.ts";
import type { AnycastSetup } from "./anycastsetup.ts";
import type { Tell } from "./log.ts";
import { Overload } from "./overload.ts";
import { PlanBook } from "./planbook.ts";
import { Rates } from "./rates.ts";
import { RouteKeeper } from "./routekeeper.ts";
import { ServedZones } from "./servedzones.ts";
import { softFaults } from "./softfaults.ts";
import type { AnswerThreads } from "./threads.ts";
import { ThreadWatch } from "./threadwatch.ts";
import type { ZoneSource } from "./zonesource.ts";

/** Milliseconds between two samples of what is counted, and over which queries are a rate. */
const SAMPLE_MS = 1000;
const RATE_MS = 2000;

export interface RoutesArgs {
  readonly config: Config;
  readonly setup: AnycastSetup;
  readonly pop: string;
  readonly threads: AnswerThreads;
  readonly source: ZoneSource;
  readonly tell: Tell;
}

/** This POP's routes. */
export interface Routes {
  readonly keeper: RouteKeeper;
  /** Zones are loaded and threads answer: prefixes are announced as soon as they are proven. */
  begin(): Promise<void>;
  /** Leaves in good order; `hurry` ends the waiting. */
  leave(hurry: AbortSignal): Promise<void>;
  /** Withdraws what is announced, and ends the sessions. */
  close(): Promise<void>;
}

/** Connects to routers, and announces nothing yet. Rejects with an Error that says what can't be. */
export async function openRoutes({ config, setup, pop, threads, source, tell }: RoutesArgs): Promise<Routes> {
  const clocks = { now: Date.now, monotonic: () => performance.now(), random: Math.random };
  const book = new PlanBook(config.state, tell);
  const gauges = new Gauges(threads, setup);
  let look = () => {};
  const around = { ...clocks, tell, changed: () => look() };
  const announcer = await makeAnnouncer(config.anycast, setup, pop, around);
  const served = new ServedZones(threads);
  const asked = { identity: pop, timeout: setup.timeout, zones: setup.required, served, sent: () => gauges.sent++ };
  const monitor = new Monitor({
    watched: setup.announced.map(({ prefix, addresses }) => ({
      prefix: prefix.text,
      checks: checksOf({ ...asked, addresses }),
    })),
    ...{ paces: setup.paces, limits: setup.limits, history: book.health },
    surroundings: { ...around, save: (histories) => book.putHealth(histories) },
  });
  const keeper = new RouteKeeper({
    ...{ pop, setup, announcer, monitor, book, fleet: source.fleet, tell },
    soft: () => softFaults({ age: source.heardAgo?.(), dropped: gauges.overload.percent }, setup.soft),
    rate: () => gauges.rates.perSecond(RATE_MS),
    changed: () => source.readyChanged(),
  });
  look = () => keeper.look();
  const watch = new ThreadWatch(threads, { hung: setup.hung, changed: (fact, why) => monitor.fact(fact, why) });
  announcer.start();
  return {
    keeper,
    begin: async () => {
      gauges.start();
      await watch.start();
      keeper.begin();
    },
    leave: (hurry) => keeper.leave(hurry),
    close: async () => {
      watch.stop();
      gauges.stop();
      await keeper.close();
    },
  };
}

/** What is sampled once a second. */
class Gauges {
  readonly overload: Overload;
  readonly rates: Rates;
  /** Queries of our own. */
  sent = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(threads: AnswerThreads, { announced }: AnycastSetup) {
    const count = (cells: readonly number[]) =>
      threads.states.reduce((sum, { counters }) => sum + cells.reduce((all, cell) => all + counters.cells[cell], 0), 0);
    const udp = [Count.UDP4, Count.UDP6];
    const listen = announced.flatMap(({ addresses }) => addresses);
    this.overload = new Overload({ listen, taken: () => count(udp) });
    const taken = () => count([...udp, Count.TCP4, Count.TCP6]);
    this.rates = new Rates({ taken, own: () => this.sent, remember: 10 * RATE_MS });
  }

  start(): void {
    this.#timer = setInterval(() => {
      const now = performance.now();
      this.overload.sample(now);
      this.rates.sample(now);
    }, SAMPLE_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
