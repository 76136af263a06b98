/**
 * Runs a POP. The start: bind addresses, load zones, prove by query, announce. The end: announce that it leaves, withdraw,
 * wait until queries have gone, close.
 */

import type { Server } from "node:http";
import { setTimeout } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import type { AdminSettings } from "../config/admin.ts";
import { withAnnounced } from "../config/announced.ts";
import type { Config } from "../config/schema.ts";
import { type Listen, listenToText } from "../text/listen.ts";
import { answerSetup, bind, bindOthers } from "./answering.ts";
import { tellReady, tellWaiting } from "./greeting.ts";
import { expandWildcards } from "./interfaces.ts";
import { type Log, openLog, teller } from "./log.ts";
import { openManager } from "./manager.ts";
import { sourceOf } from "./opensource.ts";
import { openControl, serveOperators } from "./operators.ts";
import { askIdentity } from "./probe.ts";
import { predecessorOf, successionOf } from "./replace/lineage.ts";
import type { Predecessor } from "./replace/predecessor.ts";
import { proveOwn } from "./replace/proof.ts";
import type { Heir } from "./replace/succession.ts";
import { giveWay, inTime, persistently, READY_MS, takeOver } from "./replace/takeover.ts";
import { addressesHere } from "./routes/addresses.ts";
import { type AnycastSetup, anycastSetup } from "./routes/setup.ts";
import { listenToSignals } from "./signals.ts";
import type { Serving } from "./status.ts";
import type { Around, StoreSource } from "./storekeeper.ts";
import type { DailySummary } from "./summary/daily.ts";
import { summaryOf } from "./summary/open.ts";
import { openTap, type Tap } from "./tap/open.ts";
import { AnswerThreads } from "./threads.ts";
import { placeOf, VitalSigns } from "./vitals.ts";

/**
 * The semi-space of each thread's young generation, in MB. V8 would take 16: 245 MB of memory under 30,000 TCP connections
 * a second, where this takes 166 at the same processor time, measured (with 2, a tenth more time).
 */
const SEMI_SPACE = 4;
/** How long the compile thread may take to end. */
const CLOSE_MS = 1000;

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
}

/** Serves until told to stop; the exit code. */
export async function serve({ config, store, admin, pop, version, replace = false }: ServeOptions): Promise<number> {
  setFlagsFromString(`--max-semi-space-size=${SEMI_SPACE}`);
  const format = config.log.format === "auto" ? (process.stdout.isTTY ? "text" : "json") : config.log.format;
  const log = openLog({ level: config.log.level, format, pop, version });
  const given = config.listen.filter((address) => address !== undefined);
  const setup = anycastSetup(config.anycast, given);
  const listen = expandWildcards(withAnnounced(given, setup?.announced ?? []));
  if (listen.length === 0) {
    process.stderr.write('zonecast: this machine has no address of the kind to listen on; see "ip address"\n');
    return 1;
  }
  const tell = teller(log.logger);
  let before: Predecessor | undefined;
  try {
    before = replace ? await predecessorOf(config, { pop, version }, tell) : undefined;
  } catch (error) {
    process.stderr.write(`zonecast: ${(error as Error).message}\n`);
    return 1;
  }
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
    muted: () => before !== undefined && !serving.ready,
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
  const servers: Server[] = [];
  const answering = answerSetup(config, pop, listen, before?.secrets);
  const succession = successionOf(serving, answering.cookieSecrets, threads, tell, leavingMost(setup));
  // Sockets and zones at once: a name is answered from the moment that its zone is there.
  const start = async () => {
    if (setup && !before) await takeRoutes(setup);
    if (signals.stopped.aborted) return;
    const loaded = source.start();
    // Beside another server, we get queries from the first moment on.
    if (before) await inTime(loaded, READY_MS, "loading zones");
    await Promise.all([loaded, open(loaded)]);
    if (signals.stopped.aborted) return;
    if (before) {
      await takeOver(before, source, tell);
      threads.settle();
      // Not before: routers take one session from an address, and plans may have changed until now.
      if (setup) await takeRoutes(setup);
      serving.routes?.connect();
      // Nobody else answers any more: what operators ask is no reason to end.
      const opened = await persistently(() => serveOperators({ config, admin, serving, succession }, log.logger));
      if (opened instanceof Error) tell("error", "replace.operators", {}, `answering goes on, but: ${opened.message}`);
      else servers.push(...opened);
    }
    serving.ready = true;
    source.stateChanged();
    manager.ready(tellReady(log.logger, serving), before !== undefined);
    if (!serving.routes) servers.push(...(await openControl(config, serving, succession, log.logger)));
    await serving.routes?.begin();
  };
  const takeRoutes = async (taken: AnycastSetup) => {
    // Who announces nothing does not load what does.
    const { openRoutes } = await import("./routes/open.ts");
    serving.routes = await openRoutes({ config, setup: taken, pop, threads, source, tell: signs.hearing(tell) });
    const shared = taken.announced.flatMap(({ addresses }) => addresses);
    const say = (level: "warn" | "info", text: string) => tell(level, "addresses.awaited", {}, text);
    await addressesHere(shared, { tell: say, signal: signals.stopped });
  };
  const open = async (loaded: Promise<void>) => {
    const bound = await bind(threads, answering, before !== undefined);
    if (!before) servers.push(...(await serveOperators({ config, admin, serving, succession }, log.logger)));
    if (!before) serving.routes?.connect();
    // Until zones are loaded, the processors are for that; who waits for a store has nothing to do meanwhile.
    if (source.waitsFor === undefined) await loaded;
    await bindOthers(threads, config, answering, bound, log.logger);
    await prove(listen, pop);
    if (before) await proveOwn(listen, threads.states, askIdentity);
    if (source.waitsFor !== undefined) await tellWaiting(loaded, serving, source.waitsFor);
  };
  const summary = await summaryOf(config, serving, log.logger);
  let code = 0;
  let heir: Heir | undefined;
  try {
    // Reports go to a store.
    if (store) signs.start();
    // Whoever is told to stop while large zones are being loaded does not load them first.
    await Promise.race([start(), signals.stop]);
    heir = await Promise.race([signals.stop.then(() => undefined), succession.ready]);
    if (!heir) manager.stopping();
    // With an heir too: there is no route until that one has proven itself, and so nobody is to come meanwhile.
    await serving.routes?.leave(signals.hurry);
  } catch (error) {
    process.stderr.write(`zonecast: ${(error as Error).message}\n`);
    code = 1;
  }
  signs.stop();
  signals.closing();
  const shares = before !== undefined && !serving.ready;
  serving.ready = false;
  await serving.routes?.close();
  for (const server of servers) server.close();
  const closed = source.close();
  if (heir) await giveWay(heir, { threads, files: soon(closed), tell, hurry: signals.stop });
  // The one that was to be replaced goes on.
  else if (shares) await threads.leave(0);
  await shutdown(threads, closed, log, summary, tap);
  return code;
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

/** Every address must say, over UDP and TCP, that it is this POP. */
async function prove(listen: readonly Listen[], pop: string): Promise<void> {
  for (const address of listen) {
    for (const protocol of ["udp", "tcp"] as const) {
      const where = `${listenToText(address)}/${protocol}`;
      const identity = await askIdentity(address, protocol).catch((error: Error) => {
        throw new Error(`${where} does not answer our own query: ${error.message}; is there a firewall?`);
      });
      if (identity !== pop) throw new Error(`${where} is answered by "${identity}": another server has this port`);
    }
  }
}

/** Sockets first: what is on its way goes out, whatever the files are like. */
async function shutdown(
  threads: AnswerThreads,
  closed: Promise<void>,
  log: Log,
  summary: DailySummary | undefined,
  tap: Tap,
): Promise<void> {
  await threads.stop();
  const written = tap.close();
  // A file system that hangs has it no longer than the rest.
  await Promise.race([summary?.stop(), setTimeout(CLOSE_MS)]);
  const ended = (await soon(closed)) && (await written);
  log.logger.info({ event: "stopped" }, "stopped");
  await log.flush();
  // A file system that hangs holds the compile thread, and with it the end of the process.
  if (!ended) process.kill(process.pid, "SIGKILL");
}

/** Whether files are closed within the time that they may take. */
function soon(closed: Promise<void>): Promise<boolean> {
  return Promise.race([closed.then(() => true), setTimeout(CLOSE_MS, false)]);
}
