/** Runs a POP: bind addresses, load zones, prove by query, serve; reload on SIGHUP, stop on SIGTERM and SIGINT. */

import { randomBytes } from "node:crypto";
import type { Server } from "node:http";
import { availableParallelism } from "node:os";
import { setTimeout } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import type { Logger } from "pino";
import type { Config } from "../config/schema.ts";
import { type Listen, listenToText } from "../text/listen.ts";
import { expandWildcards } from "./interfaces.ts";
import { type Log, openLog } from "./log.ts";
import type { Bound, ZoneUpdate } from "./messages.ts";
import { askIdentity } from "./probe.ts";
import type { ZoneSources } from "./sources.ts";
import type { Serving } from "./status.ts";
import type { Around, StoreSource } from "./storekeeper.ts";
import { AnswerThreads, type ThreadSetup } from "./threads.ts";
import { ZoneKeeper } from "./zonekeeper.ts";
import type { ZoneSource } from "./zonesource.ts";

/**
 * The semi-space of each thread's young generation, in MB. V8 would take 16: 245 MB of memory under 30,000 TCP connections
 * a second, where this takes 166 at the same processor time, measured (with 2, a tenth more time).
 */
const SEMI_SPACE = 4;
/** Whoever has not loaded his zones by then is told what he waits for. */
const SOON_MS = 1000;
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
  const listen = expandWildcards(config.listen.filter((address) => address !== undefined));
  if (listen.length === 0) {
    process.stderr.write('zonecast: this machine has no address of the kind to listen on; see "ip address"\n');
    return 1;
  }
  const threads = new AnswerThreads(log.logger);
  const ready = () => serving.ready;
  const following = store && { ...store, ask: store.ask.length > 0 ? store.ask : listen };
  const source = await sourceOf(config, following, { pop, release: version, log: log.logger, threads, ready });
  const serving: Serving = { pop, version, listen, started: Date.now(), source, threads: threads.states, ready: false };
  const stop = untilSignal(log.logger, () => source.rescan());
  let admin: Server | undefined;
  // Sockets and zones at once: a name is answered from the moment that its zone is there.
  const start = async () => {
    const loaded = source.start();
    await Promise.all([loaded, open(loaded)]);
    serving.ready = true;
    source.readyChanged();
    announce(log.logger, serving);
  };
  const open = async (loaded: Promise<void>) => {
    const setup = answerSetup(config, pop, listen);
    const { transport, why } = await bind(threads, setup);
    // The other threads come when there is something to share: until then the processors are for loading.
    if (source.waitsFor === undefined) await loaded;
    const others = workersOf(config) - 1;
    await Promise.all(Array.from({ length: others }, () => threads.start({ ...setup, kind: "udp" })));
    const how = transport === "batch" ? "in batches" : "by node:dgram";
    log.logger.info({ event: "transport", transport, why, workers: others + 1 }, `UDP ${how}: ${why}`);
    if (config.admin) {
      // Not at the top: node:http takes 19 ms of each start, measured, and most starts do without.
      const { serveStatus } = await import("./admin.ts");
      admin = await serveStatus(config.admin, serving);
    }
    await prove(listen, pop);
    if (source.waitsFor !== undefined) await tellWaiting(loaded, serving, source.waitsFor);
  };
  try {
    // Whoever is told to stop while large zones are being loaded does not load them first.
    await Promise.race([start(), stop]);
  } catch (error) {
    process.stderr.write(`zonecast: ${(error as Error).message}\n`);
    await shutdown(threads, source, admin, log);
    return 1;
  }
  await stop;
  serving.ready = false;
  await shutdown(threads, source, admin, log);
  return 0;
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

/** UDP threads: as configured, or one for each core. */
function workersOf(config: Config): number {
  return config.workers === "auto" ? availableParallelism() : config.workers;
}

/** What all answering threads are made with. */
function answerSetup(config: Config, pop: string, listen: readonly Listen[]): Omit<ThreadSetup, "kind"> {
  const secrets = config.cookies.secrets.filter((secret) => secret !== undefined);
  // Without configured secrets, cookies are good for this process only.
  const cookieSecrets = !config.cookies.enabled ? [] : secrets.length > 0 ? secrets : [randomBytes(16)];
  return {
    transport: config.transport,
    listen,
    shared: workersOf(config) > 1,
    alone: false,
    identity: pop,
    version: config.version,
    payload: config.udp.payload,
    cookieSecrets,
    tcp: { idle: config.tcp.idle, connections: config.tcp.connections, perClient: config.tcp["per-client"] },
  };
}

/** UDP first, and alone: a second server on the same port is noticed before it takes a query from the other. */
async function bind(threads: AnswerThreads, setup: Omit<ThreadSetup, "kind">): Promise<Bound> {
  const bound = await threads.start({ ...setup, kind: "udp", alone: true });
  await threads.start({ ...setup, kind: "tcp" });
  return bound;
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

/** Says to people what the start waits for, when it does not come soon. */
async function tellWaiting(loaded: Promise<void>, { version, pop, listen }: Serving, waitsFor: string): Promise<void> {
  const soon = setTimeout(SOON_MS, false, { ref: false });
  if (await Promise.race([loaded.then(() => true), soon])) return;
  const where = listen.map(listenToText).join(", ");
  process.stderr.write(`zonecast ${version}: POP ${pop} is on ${where}, and not ready: it waits for ${waitsFor}\n`);
}

function announce(log: Logger, serving: Serving): void {
  const names = [...serving.source.names()];
  const served = names.flatMap(([zone, isServed]) => (isServed && zone !== undefined ? [zone] : []));
  const failed = names.length - served.length;
  const where = serving.listen.map(listenToText).join(", ");
  const facts = { zones: served.length, failed, listen: serving.listen.map(listenToText) };
  log.info({ event: "ready", ...facts }, `ready: ${served.length} zones served, ${failed} failed, on ${where}`);
  const [first] = serving.listen;
  // A reverse zone makes a poor first impression.
  const zone = served.find((name) => !name.endsWith(".arpa.")) ?? served[0];
  if (!first) return;
  const dig = `dig @${first.address} -p ${first.port}`;
  const lines = [
    `zonecast ${serving.version}: POP ${serving.pop} serves ${served.length} zones on ${where} (UDP and TCP)`,
    zone === undefined ? serving.source.whenEmpty : `  ${dig} ${zone} SOA`,
    `  ${dig} CH TXT id.server`,
  ];
  process.stderr.write(`${lines.join("\n")}\n`);
}

/** Resolves at the first SIGTERM or SIGINT; the second ends the process at once. */
function untilSignal(log: Logger, reload: () => void): Promise<void> {
  process.on("SIGHUP", () => {
    log.info({ event: "reload" }, "SIGHUP: looking at all zones");
    reload();
  });
  return new Promise((resolve) => {
    let stopping = false;
    const stop = (signal: NodeJS.Signals) => {
      // Not process.exit, which waits for every thread, one that hangs in the kernel too.
      if (stopping) process.kill(process.pid, "SIGKILL");
      stopping = true;
      log.info({ event: "stopping", signal }, `${signal}: stopping`);
      resolve();
    };
    process.on("SIGTERM", stop);
    process.on("SIGINT", stop);
  });
}

/** Sockets first: what is on its way goes out, whatever the files are like. */
async function shutdown(
  threads: AnswerThreads,
  source: ZoneSource,
  admin: Server | undefined,
  log: Log,
): Promise<void> {
  admin?.close();
  await threads.stop();
  const ended = await Promise.race([source.close().then(() => true), setTimeout(CLOSE_MS, false)]);
  log.logger.info({ event: "stopped" }, "stopped");
  await log.flush();
  // A file system that hangs holds the compile thread, and with it the end of the process.
  if (!ended) process.kill(process.pid, "SIGKILL");
}
