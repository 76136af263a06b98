/** Puts together what holds this POP's routes. */

import type { Config } from "../config/schema.ts";
import { makeAnnouncer } from "./announcers.ts";
import type { AnycastSetup } from "./anycastsetup.ts";
import type { Tell } from "./log.ts";
import { PlanBook } from "./planbook.ts";
import { RouteKeeper } from "./routekeeper.ts";
import type { AnswerThreads } from "./threads.ts";
import type { ZoneSource } from "./zonesource.ts";

export interface RoutesArgs {
  readonly config: Config;
  readonly setup: AnycastSetup;
  readonly pop: string;
  readonly threads: AnswerThreads;
  readonly source: ZoneSource;
  readonly tell: Tell;
}

/** Connects to routers, and announces nothing yet. Rejects with an Error that says what can't be. */
export async function openRoutes({ config, setup, pop, threads, source, tell }: RoutesArgs): Promise<RouteKeeper> {
  const clocks = { now: Date.now, monotonic: () => performance.now(), random: Math.random };
  let keeper: RouteKeeper | undefined;
  const around = { ...clocks, tell, changed: () => keeper?.peersChanged() };
  const announcer = await makeAnnouncer(config.anycast, setup, pop, around);
  const book = new PlanBook(config.state, tell);
  keeper = new RouteKeeper({
    pop,
    setup,
    announcer,
    threads,
    book,
    fleet: source.fleet,
    tell,
    changed: () => source.readyChanged(),
  });
  announcer.start();
  return keeper;
}
