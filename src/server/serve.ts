/**
 * Runs a POP. The start: bind addresses, load zones, prove by query, announce. The end: announce that it leaves, withdraw,
 * wait until queries have gone, close.
 */

import type { Server } from "node:http";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import type { Logger } from "pino";
import { withAnnounced } from "../config/announced.ts";
import type { Config } from "../config/schema.ts";
import { type Listen, listenToText } from "../text/listen.ts";
import { answerSetup, bind, bindOthers } from "./answering.ts";
import { sumsOf } from "./counts.ts";
import { tellReady, tellWaiting } from "./greeting.ts";
import { expandWildcards } from "./interfaces.ts";
import { type Log, openLog, teller } from "./log.ts";
import type { ZoneUpdate } from "./messages.ts";
import { askIdentity } from "./probe.ts";
import { addressesHere } from "./routes/addresses.ts";
import type { PlanRequest } from "./routes/planrequest.ts";
import { type AnycastSetup, anycastSetup } from "./routes/setup.ts";
import { listenToSignals } from "./signals.ts";
import type { ZoneSources } from "./sources.ts";
import type { Serving } from "./status.ts";
import { statusText } from "./statustext.ts";
import type { Around, StoreSource } from "./storekeeper.ts";
import type { DailySummary } from "./summary/daily.ts";
import { AnswerThreads } from "./threads.ts";
import { ZoneKeeper } from "./zonekeeper.ts";
import type { ZoneSource } from "./zonesource.ts";

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
  readonly pop: string;
  readonly version: string;
}

/** Serves until told to stop; the exit code. */
export async function serve({ config, store, pop, version }: ServeOptions): Promise<number> {
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
  const threads = new AnswerThreads(log.logger);
  const following = store && { ...store, ask: store.ask.length > 0 ? store.ask : ownAddresses(listen, setup) };
  const around: Around = {
    ...{ pop, release: version, log: log.logger, threads },
    ready: () => serving.ready,
    announcing: () => serving.routes?.keeper.announcing ?? serving.ready,
    standings: () => serving.routes?.keeper.standings ?? [],
  };
  const source = await sourceOf(config, following, around);
  const known = { source, threads: threads.states, held: () => threads.zones() };
  const serving: Serving = { pop, version, listen, started: Date.now(), ...known, ready: false };
  const signals = listenToSignals(log.logger, () => source.rescan());
  const servers: Server[] = [];
  // Sockets and zones at once: a name is answered from the moment that its zone is there.
  const start = async () => {
    if (setup) await takeRoutes(setup);
    if (signals.stopped.aborted) return;
    const loaded = source.start();
    await Promise.all([loaded, open(loaded)]);
    if (signals.stopped.aborted) return;
    serving.ready = true;
    source.stateChanged();
    tellReady(log.logger, serving);
    await serving.routes?.begin();
  };
  const takeRoutes = async (taken: AnycastSetup) => {
    // Who announces nothing does not load what does.
    const { openRoutes } = await import("./routes/open.ts");
    const tell = teller(log.logger);
    serving.routes = await openRoutes({ config, setup: taken, pop, threads, source, tell });
    const shared = taken.announced.flatMap(({ addresses }) => addresses);
    const say = (level: "warn" | "info", text: string) => tell(level, "addresses.awaited", {}, text);
    await addressesHere(shared, { tell: say, signal: signals.stopped });
  };
  const open = async (loaded: Promise<void>) => {
    const answering = answerSetup(config, pop, listen);
    const bound = await bind(threads, answering);
    servers.push(...(await serveOperators(config, serving, log.logger)));
    serving.routes?.connect();
    // Until zones are loaded, the processors are for that; who waits for a store has nothing to do meanwhile.
    if (source.waitsFor === undefined) await loaded;
    await bindOthers(threads, config, answering, bound, log.logger);
    await prove(listen, pop);
    if (source.waitsFor !== undefined) await tellWaiting(loaded, serving, source.waitsFor);
  };
  const summary = await summaryOf(config, serving, log.logger);
  let code = 0;
  try {
    // Whoever is told to stop while large zones are being loaded does not load them first.
    await Promise.race([start(), signals.stop]);
    await signals.stop;
    await serving.routes?.leave(signals.hurry);
  } catch (error) {
    process.stderr.write(`zonecast: ${(error as Error).message}\n`);
    code = 1;
  }
  signals.closing();
  serving.ready = false;
  await serving.routes?.close();
  for (const server of servers) server.close();
  await shutdown(threads, source, log, summary);
  return code;
}

/** Of each day, where the configuration wants them. */
async function summaryOf(config: Config, { pop, threads }: Serving, log: Logger): Promise<DailySummary | undefined> {
  if (config.summary === undefined) return undefined;
  const { DailySummary } = await import("./summary/daily.ts");
  const sums = () => sumsOf(threads.map(({ counters }) => counters));
  const args = { directory: config.summary, service: pop, sums, now: Date.now, tell: teller(log) };
  const summary = new DailySummary(args);
  await summary.begin();
  return summary;
}

/** Addresses that are this POP's alone: an anycast one leads publishers to whichever POP is nearest to them. */
function ownAddresses(listen: readonly Listen[], setup: AnycastSetup | undefined): Listen[] {
  const shared = new Set(setup?.announced.flatMap(({ addresses }) => addresses.map(listenToText)));
  return listen.filter((one) => !shared.has(listenToText(one)));
}

/** What operators ask: /status over HTTP, and the control socket. */
async function serveOperators(config: Config, serving: Serving, log: Logger): Promise<Server[]> {
  const servers: Server[] = [];
  // Not at the top: node:http takes 19 ms of each start, measured, and most starts do without.
  if (config.admin) {
    const { metricsPage } = await import("./metrics/page.ts");
    const pages = [metricsPage(serving, config.metrics)];
    servers.push(await (await import("./admin.ts")).serveStatus(config.admin, serving, pages));
  }
  const { routes, pop } = serving;
  const path = config.control ?? (routes && config.state && join(config.state, "control.sock"));
  if (routes === undefined || path === undefined) return servers;
  const { serveControl, Unusable } = await import("./control.ts");
  const standings = () => routes.keeper.standings;
  const plan = (request: PlanRequest) => routes.keeper.request(request);
  try {
    servers.push(await serveControl(path, { pop, status: () => statusText(serving), standings, plan }));
  } catch (error) {
    // A full disk must not keep a POP from serving: it may be full everywhere.
    if (!(error instanceof Unusable)) throw error;
    const text = `${error.message}; until then this POP is told through the store only`;
    log.error({ event: "control.unusable", path }, text);
  }
  return servers;
}

/** The store when there is one, else files. Rejects with StoreError for what is no store. */
async function sourceOf(config: Config, store: StoreSource | undefined, around: Around): Promise<ZoneSource> {
  if (store !== undefined) {
    // Whoever serves files does not load what follows a store.
    const { StoreKeeper } = await import("./storekeeper.ts");
    return StoreKeeper.open(store, around);
  }
  const { log, threads } = around;
  const give = (updates: readonly ZoneUpdate[], complete: boolean) => void threads.update(updates, complete);
  return new ZoneKeeper(filesOf(config), log, give, config.state);
}

function filesOf(config: Config): ZoneSources {
  const directories: string[] = [];
  const files: { name: string | undefined; file: string }[] = [];
  for (const source of config.zones) {
    if (typeof source === "string") directories.push(source);
    else if (source?.file !== undefined) files.push({ name: source.name, file: source.file });
  }
  return { directories, files };
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
  source: ZoneSource,
  log: Log,
  summary: DailySummary | undefined,
): Promise<void> {
  await threads.stop();
  // A file system that hangs has it no longer than the rest.
  await Promise.race([summary?.stop(), setTimeout(CLOSE_MS)]);
  const ended = await Promise.race([source.close().then(() => true), setTimeout(CLOSE_MS, false)]);
  log.logger.info({ event: "stopped" }, "stopped");
  await log.flush();
  // A file system that hangs holds the compile thread, and with it the end of the process.
  if (!ended) process.kill(process.pid, "SIGKILL");
}
