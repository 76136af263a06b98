/** A server put together, of which nothing is started yet. */

import type { Server } from "node:http";
import type { AdminSettings } from "../config/admin.ts";
import { withAnnounced } from "../config/announced.ts";
import type { Config } from "../config/schema.ts";
import { type Listen, listenToText } from "../text/listen.ts";
import { answerSetup } from "./answering.ts";
import { expandWildcards } from "./interfaces.ts";
import { type Log, type Tell, teller } from "./log.ts";
import { type Manager, openManager } from "./manager.ts";
import { sourceOf } from "./opensource.ts";
import { tellOfRights } from "./precautions.ts";
import { predecessorOf, successionOf } from "./replace/lineage.ts";
import type { Predecessor } from "./replace/predecessor.ts";
import type { Succession } from "./replace/succession.ts";
import { type AnycastSetup, anycastSetup } from "./routes/setup.ts";
import { listenToSignals, type Signals } from "./signals.ts";
import type { Serving } from "./status.ts";
import type { Around, StoreSource } from "./storekeeper.ts";
import type { DailySummary } from "./summary/daily.ts";
import { summaryOf } from "./summary/open.ts";
import { openTap, type Tap } from "./tap/open.ts";
import { AnswerThreads } from "./threads.ts";
import { placeOf, VitalSigns } from "./vitals.ts";
import type { ZoneSource } from "./zonesource.ts";

export interface ServeOptions {
  readonly config: Config;
  /** Where zones come from instead of files. */
  readonly store: StoreSource | undefined;
  /** Where operators ask over HTTP, if anywhere. */
  readonly admin: AdminSettings | undefined;
  readonly pop: string;
  readonly version: string;
  /** Take the place of the server that runs here. */
  readonly replace?: boolean | undefined;
  /** Files with secrets, that others should not read. */
  readonly secretFiles?: readonly string[];
}

/** All that a server consists of. */
export interface Assembly {
  readonly options: ServeOptions;
  readonly log: Log;
  readonly tell: Tell;
  readonly listen: readonly Listen[];
  /** Undefined for a POP that announces nothing. */
  readonly setup: AnycastSetup | undefined;
  /** The process whose place it takes. */
  readonly before: Predecessor | undefined;
  readonly threads: AnswerThreads;
  readonly answering: ReturnType<typeof answerSetup>;
  readonly source: ZoneSource;
  readonly tap: Tap;
  readonly serving: Serving;
  readonly signs: VitalSigns;
  readonly manager: Manager;
  readonly signals: Signals;
  readonly succession: Succession;
  readonly summary: DailySummary | undefined;
  /** Those at which operators ask, as they are opened. */
  readonly servers: Server[];
}

/** Why there is nothing to be started, as a sentence. */
export class NothingToStart extends Error {}

/** Puts a server together. Rejects with NothingToStart, and with errors of the configuration. */
export async function assemble(options: ServeOptions, log: Log): Promise<Assembly> {
  const { config, store, admin, pop, version, replace = false, secretFiles = [] } = options;
  const given = config.listen.filter((address) => address !== undefined);
  const setup = anycastSetup(config.anycast, given);
  const listen = expandWildcards(withAnnounced(given, setup?.announced ?? []));
  if (listen.length === 0) {
    throw new NothingToStart('this machine has no address of the kind to listen on; see "ip address"');
  }
  const tell = teller(log.logger);
  tellOfRights(tell, secretFiles);
  const before = replace ? await predecessorOf(config, { pop, version }, tell).catch(notReplaced) : undefined;
  const threads = new AnswerThreads(log.logger);
  const following = store && { ...store, ask: store.ask.length > 0 ? store.ask : ownAddresses(listen, setup) };
  const started = Date.now();
  const signs = new VitalSigns({
    ...{ place: placeOf(config), started, threads: threads.states, now: Date.now, monotonic: () => performance.now() },
    own: () => serving.routes?.probes() ?? 0,
    clients: () => serving.tap?.clients() ?? [],
  });
  const around: Around = {
    ...{ pop, release: version, log: log.logger, threads },
    ready: () => serving.ready,
    announcing: () => serving.routes?.keeper.announcing ?? serving.ready,
    standings: () => serving.routes?.keeper.standings ?? [],
    vitals: () => signs.vitals,
    // Two reports of one POP would contradict each other.
    muted: () => (before !== undefined && !serving.ready) || serving.routes?.bequeathed === true,
  };
  const source = await sourceOf(config, following, around);
  const tap = openTap(config, { pop, version, listen }, admin !== undefined || store !== undefined, tell);
  threads.tap = () => tap.setup();
  const known = { source, threads: threads.states, load: threads.load, held: () => threads.zones(), tap };
  const serving: Serving = { pop, version, listen, started, ...known, ready: false };
  const manager = await openManager(threads.states, tell, before?.watchdog);
  const signals = listenToSignals(log.logger, () => {
    source.rescan();
    manager.reloaded();
  });
  const answering = answerSetup(config, pop, listen, before?.secrets);
  const succession = successionOf(serving, answering.cookieSecrets, threads, tell, leavingMost(setup));
  const summary = await summaryOf(config, serving, log.logger);
  return {
    ...{ options, log, tell, listen, setup, before, threads, answering, source, tap, serving },
    ...{ signs, manager, signals, succession, summary, servers: [] },
  };
}

function notReplaced(error: Error): never {
  throw new NothingToStart(error.message);
}

/** Milliseconds that leaving with routes may take. */
function leavingMost(setup: AnycastSetup | undefined): number {
  return setup ? setup.drain.notice + setup.drain.most : 0;
}

/** Addresses that are this POP's alone: an anycast one leads publishers to whichever POP is nearest to them. */
function ownAddresses(listen: readonly Listen[], setup: AnycastSetup | undefined): Listen[] {
  const shared = new Set(setup?.announced.flatMap(({ addresses }) => addresses.map(listenToText)));
  return listen.filter((one) => !shared.has(listenToText(one)));
}
