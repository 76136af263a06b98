/** Puts together what holds this POP's routes, and what it is told by. */

import { Monitor } from "../../anycast/health/monitor.ts";
import { checksOf } from "../../anycast/probe/checks.ts";
import type { Config } from "../../config/schema.ts";
import type { Tell } from "../log.ts";
import type { AnswerThreads } from "../threads.ts";
import { ThreadWatch } from "../threadwatch.ts";
import type { ZoneSource } from "../zonesource.ts";
import { makeAnnouncer } from "./announcers.ts";
import { Gauges } from "./gauges.ts";
import { RouteKeeper } from "./keeper.ts";
import { PlanBook } from "./planbook.ts";
import { ServedZones } from "./servedzones.ts";
import type { AnycastSetup } from "./setup.ts";
import { softFaults } from "./softfaults.ts";

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
  /** Queries of our own so far. */
  probes(): number;
  /** Our ports are ours, and so no other server's routes are touched: connects to routers, and announces nothing yet. */
  connect(): void;
  /** Zones are loaded and threads answer: prefixes are announced as soon as they are proven. */
  begin(): Promise<void>;
  /** Leaves in good order; `hurry` ends the waiting. */
  leave(hurry: AbortSignal): Promise<void>;
  /** Withdraws what is announced, and ends the sessions. */
  close(): Promise<void>;
}

/** Makes all of it, and starts nothing yet. Rejects with an Error that says what can't be. */
export async function openRoutes({ config, setup, pop, threads, source, tell }: RoutesArgs): Promise<Routes> {
  const clocks = { now: Date.now, monotonic: () => performance.now(), random: Math.random };
  const book = new PlanBook(config.state, tell);
  const gauges = new Gauges(threads);
  let look = () => {};
  const around = { ...clocks, tell, changed: () => look() };
  const announcer = await makeAnnouncer(config.anycast, setup, pop, around);
  const served = new ServedZones(threads);
  const asked = { identity: pop, timeout: setup.timeout, zones: setup.required, served, sent: () => gauges.sent++ };
  const lossOf = threads.load.lossOf.bind(threads.load);
  const monitor = new Monitor({
    watched: setup.announced.map(({ prefix, addresses }) => ({
      prefix: prefix.text,
      checks: checksOf({ ...asked, addresses, lossOf }),
    })),
    ...{ paces: setup.paces, limits: setup.limits, history: book.health },
    surroundings: { ...around, save: (histories) => book.putHealth(histories) },
  });
  const opened = performance.now();
  // Nothing heard of the store since the start: what the copy on disk has is at least as old as this process.
  const age = () => source.heardAgo && (source.heardAgo() ?? performance.now() - opened);
  const keeper = new RouteKeeper({
    ...{ pop, setup, announcer, monitor, book, fleet: source.fleet, tell },
    soft: () => softFaults({ age: age(), dropped: gauges.dropped }, setup.soft),
    rate: () => gauges.rate,
    changed: () => source.stateChanged(),
  });
  look = () => keeper.look();
  const watch = new ThreadWatch(threads, { hung: setup.hung, changed: (fact, why) => monitor.fact(fact, why) });
  let over = false;
  return {
    keeper,
    probes: () => gauges.sent,
    connect: () => {
      if (!over) announcer.start();
    },
    begin: async () => {
      gauges.start();
      await watch.start();
      keeper.begin();
    },
    leave: (hurry) => keeper.leave(hurry),
    close: async () => {
      over = true;
      watch.stop();
      gauges.stop();
      await keeper.close();
    },
  };
}
