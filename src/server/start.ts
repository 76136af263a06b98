/** The start of a POP: bind addresses, load zones, prove by query, announce. */

import { type Listen, listenToText } from "../text/listen.ts";
import { bind, bindOthers } from "./answering.ts";
import type { Assembly } from "./assembly.ts";
import { tellReady, tellWaiting } from "./greeting.ts";
import { openControl, serveOperators } from "./operators.ts";
import { askIdentity } from "./probe.ts";
import { type Inheriting, openInheriting } from "./replace/inheriting.ts";
import type { Predecessor } from "./replace/predecessor.ts";
import { proveOwn } from "./replace/proof.ts";
import { inTime, persistently, READY_MS, takeOver } from "./replace/takeover.ts";
import { addressesHere } from "./routes/addresses.ts";
import type { PreparedRoutes, Routes } from "./routes/open.ts";
import type { AnycastSetup } from "./routes/setup.ts";

/** Starts a server, beside the one whose place it takes if there is one. Rejects with an Error that says why it can't. */
export function start(server: Assembly): Promise<void> {
  return server.before ? startBeside(server, server.before) : startAlone(server);
}

async function startAlone(server: Assembly): Promise<void> {
  const { setup, source, signals, serving, servers } = server;
  if (setup) await takeRoutes(server, setup, await prepare(server, setup));
  if (signals.stopped.aborted) return;
  // Sockets and zones at once: a name is answered from the moment that its zone is there.
  const loaded = source.start();
  const open = openAddresses(server, loaded, async () => {
    servers.push(...(await serveOperators(operated(server), server.log.logger)));
    serving.routes?.connect();
  });
  await Promise.all([loaded, open]);
  if (signals.stopped.aborted) return;
  await begin(server);
}

async function startBeside(server: Assembly, before: Predecessor): Promise<void> {
  const { setup, source, signals, serving, servers, threads, listen, tell } = server;
  if (signals.stopped.aborted) return;
  const loaded = source.start();
  // Beside another server, we get queries from the first moment on.
  await inTime(loaded, READY_MS, "loading zones");
  await openAddresses(server, loaded);
  await proveOwn(listen, threads.states, askIdentity);
  const prepared = setup && (await prepare(server, setup));
  const inheriting = prepared && before.routes ? await inherit(server, prepared, before) : undefined;
  if (signals.stopped.aborted) return;
  await takeOver(before, source, inheriting, tell).finally(() => inheriting?.end());
  threads.settle();
  // Not before: routers take one session from an address, and plans may have changed until now.
  if (setup && prepared && !serving.routes) {
    (await takeRoutes(server, setup, prepared)).connect();
  }
  // Nobody else answers any more: what operators ask is no reason to end.
  const opened = await persistently(() => serveOperators(operated(server), server.log.logger));
  if (opened instanceof Error) tell("error", "replace.operators", {}, `answering goes on, but: ${opened.message}`);
  else servers.push(...opened);
  await begin(server);
}

/** Binds all threads, and proves that they answer. `bound` is called with the first of them. */
async function openAddresses(server: Assembly, loaded: Promise<void>, bound?: () => Promise<void>): Promise<void> {
  const { threads, answering, before, source, options, log, listen, serving } = server;
  const first = await bind(threads, answering, before !== undefined);
  await bound?.();
  // Until zones are loaded, the processors are for that; who waits for a store has nothing to do meanwhile.
  if (source.waitsFor === undefined) await loaded;
  await bindOthers(threads, options.config, answering, first, log.logger);
  await prove(listen, options.pop);
  if (source.waitsFor !== undefined) await tellWaiting(loaded, serving, source.waitsFor);
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

/** All is there: says so, and announces. */
async function begin(server: Assembly): Promise<void> {
  const { serving, source, manager, succession, servers, options, before, log } = server;
  serving.ready = true;
  source.stateChanged();
  manager.ready(tellReady(log.logger, serving), before !== undefined);
  if (!serving.routes) servers.push(...(await openControl(options.config, serving, succession, log.logger)));
  await serving.routes?.begin();
}

/** Gets routes ready, while another process may have them yet. */
async function prepare({ options, threads, source, signs, tell, before }: Assembly, setup: AnycastSetup) {
  const { config, pop } = options;
  // Who announces nothing does not load what does.
  const { prepareRoutes } = await import("./routes/open.ts");
  const args = { config, setup, pop, threads, source, tell: signs.hearing(tell) };
  return prepareRoutes(args, before?.routes === true);
}

/** Routes of the process before are ours from the moment that it says so, whatever else it has to do until its end. */
function inherit({ serving, tell }: Assembly, prepared: PreparedRoutes, before: Predecessor): Promise<Inheriting> {
  return openInheriting(prepared, before.control, {
    tell,
    begin: (routes) => {
      serving.routes = routes;
      // Awaited, with its error, by whoever begins all the rest.
      routes.begin().catch(() => {});
    },
  });
}

async function takeRoutes(server: Assembly, setup: AnycastSetup, prepared: PreparedRoutes): Promise<Routes> {
  const { tell, signals, serving } = server;
  const routes = prepared.open();
  serving.routes = routes;
  const shared = setup.announced.flatMap(({ addresses }) => addresses);
  const say = (level: "warn" | "info", text: string) => tell(level, "addresses.awaited", {}, text);
  await addressesHere(shared, { tell: say, signal: signals.stopped });
  return routes;
}

function operated({ options, serving, succession }: Assembly) {
  return { config: options.config, admin: options.admin, serving, succession };
}
