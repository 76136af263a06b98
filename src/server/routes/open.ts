/** Puts together what holds this POP's routes, and what it is told by. */

import type { Announcer } from "../../anycast/announcer.ts";
import { Monitor } from "../../anycast/health/monitor.ts";
import { checksOf } from "../../anycast/probe/checks.ts";
import type { Config } from "../../config/schema.ts";
import type { Tell } from "../log.ts";
import type { AnswerThreads } from "../threads.ts";
import { ThreadWatch } from "../threadwatch.ts";
import type { ZoneSource } from "../zonesource.ts";
import { makeAnnouncer } from "./announcers.ts";
import { ESTATE_FORM, type Estate, type RoutesBequest, type RoutesInheritance } from "./estate.ts";
import { Gauges } from "./gauges.ts";
import { RouteKeeper } from "./keeper.ts";
import { bookFrom, PlanBook } from "./planbook.ts";
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
  /** Zones are loaded and threads answer: prefixes are announced as soon as they are proven. Called again, does no more. */
  begin(): Promise<void>;
  /** Leaves in good order; `hurry` ends the waiting. */
  leave(hurry: AbortSignal): Promise<void>;
  /** Stands still, for another process to take over. */
  bequeath(): Promise<RoutesBequest>;
  /** Another process has them: nothing of ours is theirs any more. */
  readonly bequeathed: boolean;
  /** Withdraws what is announced, and ends the sessions. */
  close(): Promise<void>;
}

/** Routes of which all is there but what another process may still change. */
export interface PreparedRoutes {
  /** Starts nothing yet. */
  open(): Routes;
  /** Throws an Error for what is no estate. */
  inherit(estate: unknown, descriptors: readonly number[]): RoutesInheritance;
}

const CLOCKS = { now: Date.now, monotonic: () => performance.now(), random: Math.random };

/**
 * Loads and makes what takes time; `beside`: another process announces, whose place is to be taken. Rejects with an Error
 * that says what can't be.
 */
export async function prepareRoutes(args: RoutesArgs, beside: boolean): Promise<PreparedRoutes> {
  const { config, setup, pop, tell } = args;
  let look = () => {};
  const announcer = await makeAnnouncer(config.anycast, setup, pop, { ...CLOCKS, tell, changed: () => look() });
  if (beside) await announcer.prepare();
  const open = (estate?: Estate) =>
    routesOf(args, announcer, estate, (keeper) => {
      look = () => keeper.look();
    });
  return {
    open,
    inherit: (said, descriptors) => {
      const { form, book, ...rest } = said as Estate;
      if (form !== ESTATE_FORM) throw new Error("the running server hands routes over in another form");
      const estate = { ...rest, form, book: bookFrom(book) };
      const inheritance = announcer.inherit(estate.announcer, descriptors);
      return {
        ...inheritance,
        accept: () => {
          inheritance.accept();
          return open(estate);
        },
      };
    },
  };
}

function routesOf(
  { config, setup, pop, threads, source, tell }: RoutesArgs,
  announcer: Announcer,
  estate: Estate | undefined,
  made: (keeper: RouteKeeper) => void,
): Routes {
  const book = new PlanBook(config.state, tell, estate?.book);
  const gauges = new Gauges(threads);
  const served = new ServedZones(threads);
  const asked = { identity: pop, timeout: setup.timeout, zones: setup.required, served, sent: () => gauges.sent++ };
  const lossOf = threads.load.lossOf.bind(threads.load);
  const monitor = new Monitor({
    watched: setup.announced.map(({ prefix, addresses }) => ({
      prefix: prefix.text,
      checks: checksOf({ ...asked, addresses, lossOf }),
    })),
    ...{ paces: setup.paces, limits: setup.limits, history: book.health },
    surroundings: { ...CLOCKS, tell, changed: () => keeper.look(), save: (histories) => book.putHealth(histories) },
  });
  const opened = performance.now();
  // Nothing heard of the store since the start: what the copy on disk has is at least as old as this process.
  const age = () => source.heardAgo && (source.heardAgo() ?? performance.now() - opened);
  const keeper: RouteKeeper = new RouteKeeper({
    ...{ pop, setup, announcer, monitor, book, fleet: source.fleet, tell },
    soft: () => softFaults({ age: age(), dropped: gauges.dropped }, setup.soft),
    rate: () => gauges.rate,
    changed: () => source.stateChanged(),
  });
  if (estate) keeper.inherit(estate);
  made(keeper);
  const watch = new ThreadWatch(threads, { hung: setup.hung, changed: (fact, why) => monitor.fact(fact, why) });
  let over = false;
  let begun: Promise<void> | undefined;
  let bequeathed = false;
  const begin = async () => {
    gauges.start();
    await watch.start();
    keeper.begin();
  };
  return {
    keeper,
    probes: () => gauges.sent,
    connect: () => {
      if (!over) announcer.start();
    },
    begin: () => {
      begun ??= begin();
      return begun;
    },
    leave: (hurry) => keeper.leave(hurry),
    bequeath: async () => {
      const bequest = await keeper.bequeath();
      return {
        ...bequest,
        left: (taken) => {
          bequeathed = true;
          return bequest.left(taken);
        },
      };
    },
    get bequeathed() {
      return bequeathed;
    },
    close: async () => {
      over = true;
      watch.stop();
      gauges.stop();
      await keeper.close();
    },
  };
}
