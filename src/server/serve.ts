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
import { tellReady, tellWaiting } from "./greeting.ts";
import { expandWildcards } from "./interfaces.ts";
import { type Log, openLog, type Tell, teller } from "./log.ts";
import { openManager } from "./manager.ts";
import type { ZoneUpdate } from "./messages.ts";
import { askIdentity } from "./probe.ts";
import type { Predecessor, Successor } from "./replace/predecessor.ts";
import { proveOwn } from "./replace/proof.ts";
import { type Heir, Succession } from "./replace/succession.ts";
import { giveWay, inTime, persistently, READY_MS, takeOver } from "./replace/takeover.ts";
import { addressesHere } from "./routes/addresses.ts";
import type { PlanRequest } from "./routes/planrequest.ts";
import { type AnycastSetup, anycastSetup } from "./routes/setup.ts";
import { listenToSignals } from "./signals.ts";
import type { ZoneSources } from "./sources.ts";
import type { Serving } from "./status.ts";
import { statusText } from "./statustext.ts";
import type { Around, StoreSource } from "./storekeeper.ts";
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
  /** Take the place of the server that runs here. */
  readonly replace?: boolean | undefined;
}

/** Serves until told to stop; the exit code. */
export async function serve({ config, store, pop, version, replace = false }: ServeOptions): Promise<number> {
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
  const around: Around = {
    ...{ pop, release: version, log: log.logger, threads },
    ready: () => serving.ready,
    announcing: () => serving.routes?.keeper.announcing ?? serving.ready,
    standings: () => serving.routes?.keeper.standings ?? [],
    // Two reports of one POP would contradict each other.
    muted: () => before !== undefined && !serving.ready,
  };
  const source = await sourceOf(config, following, around);
  const serving: Serving = { pop, version, listen, started: Date.now(), source, threads: threads.states, ready: false };
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
      const opened = await persistently(() => serveOperators(config, serving, succession, log.logger));
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
    serving.routes = await openRoutes({ config, setup: taken, pop, threads, source, tell });
    const shared = taken.announced.flatMap(({ addresses }) => addresses);
    const say = (level: "warn" | "info", text: string) => tell(level, "addresses.awaited", {}, text);
    await addressesHere(shared, { tell: say, signal: signals.stopped });
  };
  const open = async (loaded: Promise<void>) => {
    const bound = await bind(threads, answering, before !== undefined);
    if (!before) servers.push(...(await serveOperators(config, serving, succession, log.logger)));
    if (!before) serving.routes?.connect();
    // Until zones are loaded, the processors are for that; who waits for a store has nothing to do meanwhile.
    if (source.waitsFor === undefined) await loaded;
    await bindOthers(threads, config, answering, bound, log.logger);
    await prove(listen, pop);
    if (before) await proveOwn(listen, threads.states, askIdentity);
    if (source.waitsFor !== undefined) await tellWaiting(loaded, serving, source.waitsFor);
  };
  let code = 0;
  let heir: Heir | undefined;
  try {
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
  signals.closing();
  const shares = before !== undefined && !serving.ready;
  serving.ready = false;
  await serving.routes?.close();
  for (const server of servers) server.close();
  const closed = source.close();
  if (heir) await giveWay(heir, { threads, files: soon(closed), tell, hurry: signals.stop });
  // The one that was to be replaced goes on.
  else if (shares) await threads.leave(0);
  await shutdown(threads, closed, log);
  return code;
}

/** The server whose place is to be taken; undefined when none runs. Rejects with an Error that says why it can't be. */
async function predecessorOf(config: Config, own: Successor, tell: Tell): Promise<Predecessor | undefined> {
  const path = controlPathOf(config);
  if (path === undefined) {
    throw new Error(
      "--replace: name the state directory of the running server (--state), or its control socket (control)",
    );
  }
  const { findPredecessor } = await import("./replace/predecessor.ts");
  const found = await findPredecessor(path, own);
  if (!found) tell("info", "replace.none", { path }, `nobody is at ${path} to be replaced: starting as ever`);
  return found;
}

/** How others take our place. */
function successionOf(
  serving: Serving,
  secrets: readonly Uint8Array[],
  threads: AnswerThreads,
  tell: Tell,
  leaving: number,
): Succession {
  const { pop, version, source } = serving;
  const unable = () => (serving.ready ? undefined : "the running server is not ready itself: wait, or stop it");
  const serves = (zones: readonly string[]) => {
    const asked = new Set(zones);
    return [...source.names()].flatMap(([zone, served]) => (served && zone && asked.has(zone) ? [zone] : []));
  };
  return new Succession({ pop, version, secrets, unable, serves, failed: () => threads.settle(), tell, leaving });
}

/** Milliseconds that leaving with routes may take. */
function leavingMost(setup: AnycastSetup | undefined): number {
  return setup ? setup.drain.notice + setup.drain.most : 0;
}

function controlPathOf({ control, state }: Config): string | undefined {
  return control ?? (state && join(state, "control.sock"));
}

/** Addresses that are this POP's alone: an anycast one leads publishers to whichever POP is nearest to them. */
function ownAddresses(listen: readonly Listen[], setup: AnycastSetup | undefined): Listen[] {
  const shared = new Set(setup?.announced.flatMap(({ addresses }) => addresses.map(listenToText)));
  return listen.filter((one) => !shared.has(listenToText(one)));
}

/** What operators ask: /status over HTTP, and the control socket of a POP that has routes to plan for. */
async function serveOperators(
  config: Config,
  serving: Serving,
  succession: Succession,
  log: Logger,
): Promise<Server[]> {
  const servers: Server[] = [];
  // Not at the top: node:http takes 19 ms of each start, measured, and most starts do without.
  if (config.admin) servers.push(await (await import("./admin.ts")).serveStatus(config.admin, serving));
  return serving.routes ? [...servers, ...(await openControl(config, serving, succession, log))] : servers;
}

/** The control socket, if it has a place. */
async function openControl(config: Config, serving: Serving, succession: Succession, log: Logger): Promise<Server[]> {
  const { routes, pop } = serving;
  const path = controlPathOf(config);
  if (path === undefined) return [];
  const { serveControl, Unusable } = await import("./control.ts");
  const standings = () => routes?.keeper.standings ?? [];
  const plan = (request: PlanRequest) =>
    routes ? routes.keeper.request(request) : `POP ${pop} announces no routes (anycast), so there is nothing to plan`;
  try {
    return [await serveControl(path, { pop, status: () => statusText(serving), standings, plan, succession })];
  } catch (error) {
    // A full disk must not keep a POP from serving: it may be full everywhere. Who has no routes only can't be replaced.
    if (!(error instanceof Unusable) && routes) throw error;
    const until = routes ? "this POP is told through the store only" : "serve --replace does not find this server";
    log.error({ event: "control.unusable", path }, `${(error as Error).message}; until then ${until}`);
    return [];
  }
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
async function shutdown(threads: AnswerThreads, closed: Promise<void>, log: Log): Promise<void> {
  await threads.stop();
  const ended = await soon(closed);
  log.logger.info({ event: "stopped" }, "stopped");
  await log.flush();
  // A file system that hangs holds the compile thread, and with it the end of the process.
  if (!ended) process.kill(process.pid, "SIGKILL");
}

/** Whether files are closed within the time that they may take. */
function soon(closed: Promise<void>): Promise<boolean> {
  return Promise.race([closed.then(() => true), setTimeout(CLOSE_MS, false)]);
}
