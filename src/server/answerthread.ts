/** A thread that answers: its own sockets, its own view of the shared zone images. Started with an AnswerStart. */

import { setPriority } from "node:os";
import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import { Acl } from "../answer/acl.ts";
import { Catalogue } from "../answer/catalogue.ts";
import { Chaos } from "../answer/chaos.ts";
import { ServerCookies } from "../answer/cookie.ts";
import { type ConnectionCounts, Counters, TCP_COUNTS, TLS_COUNTS } from "../answer/counters.ts";
import { RateLimiter } from "../answer/ratelimit/limiter.ts";
import { responder } from "../answer/respond.ts";
import { ZoneCounts } from "../answer/zonecounts.ts";
import type { Listen } from "../text/listen.ts";
import { errorCode } from "../text/systemerror.ts";
import { BatchSockets } from "../transport/batch.ts";
import { Connections } from "../transport/connections.ts";
import type { DatagramOptions } from "../transport/datagrams.ts";
import { listenDgram } from "../transport/dgram.ts";
import { type Libc, openLibc } from "../transport/libc.ts";
import { giveConnectionsTo, giveConnectionsToAll } from "../transport/reuseport.ts";
import { listenTcp } from "../transport/tcp.ts";
import { openTlsEntrance } from "../transport/tls.ts";
import { Zone } from "../zone/image.ts";
import { guarded } from "./guard.ts";
import { Mailbox } from "./mailbox.ts";
import type { AnswerStart, Bound, FromAnswer, Heritage, TlsSetup, ToAnswer } from "./messages.ts";
import { byTimer, type Later, OldImages } from "./oldimages.ts";
import { Pulse } from "./pulse.ts";
import { tapping } from "./tap/setup.ts";

/** A blocked thread looks up this often, for news and the end, when no datagram wakes it. */
const WAIT_MS = 20;
/** A thread with an event loop shows this often that it turns. */
const BEAT_MS = 25;
/**
 * Of the thread that talks TLS: Linux counts niceness by thread, and a handshake costs what a hundred answers do. Measured
 * on two cores under a flood of handshakes, with UDP at its most: 82,000 queries a second over UDP, and 38,000 without.
 */
const NICE = 10;

const setup = workerData as AnswerStart;
const port = parentPort as MessagePort;
const counters = new Counters(setup.counts);
const pulse = new Pulse(setup.pulse);
const catalogue = new Catalogue();
const acl = setup.acl && new Acl(setup.acl.table);
const tell = (message: FromAnswer) => port.postMessage(message);
const bare = responder(
  catalogue,
  new Chaos(setup.identity, setup.version),
  {
    payload: setup.payload,
    unverified: setup.unverified,
    identity: Buffer.from(setup.identity),
    cookies: setup.cookieSecrets.length > 0 ? new ServerCookies(setup.cookieSecrets) : undefined,
    idle: setup.tcp.idle,
    acl,
    dropsDenied: setup.acl?.drops,
    limiter: setup.limits && new RateLimiter(setup.limits),
  },
  counters,
  new ZoneCounts(setup.zoneCounts),
);
const safe = guarded(bare, counters, (stack, query) => tell({ say: "fault", stack, query }));
const respond = tapping(safe, setup.tap, setup.tls?.numbered ?? setup.listen);

const sharing: DatagramOptions = { own: setup.listen, shared: setup.shared, alone: setup.alone, counters };

if (setup.tls !== undefined) await serveTls(setup.tls);
else if (setup.kind === "tcp") await serveTcp();
else await serveUdp();

async function serveTcp(): Promise<void> {
  const connections = connectionsFor(TCP_COUNTS);
  await listenAll({ transport: "tcp", why: "", descriptors: [] }, (address) =>
    listenTcp(address, respond, setup.tcp, connections, counters, setup.shared),
  );
}

async function serveTls({ held, handshakes }: TlsSetup): Promise<void> {
  yieldToOthers();
  const entrance = openTlsEntrance(held.now, handshakes, counters);
  port.on("message", (message: ToAnswer) => {
    if (message.say === "certificate") entrance.renew(message.certificate);
  });
  const connections = connectionsFor(TLS_COUNTS);
  await listenAll({ transport: "tls", why: "", descriptors: [] }, (address) =>
    listenTcp(address, respond, setup.tcp, connections, counters, setup.shared, entrance),
  );
}

function connectionsFor(counts: ConnectionCounts): Connections {
  const { connections, perClient } = setup.tcp;
  return new Connections(connections, perClient, counters, counts, setup.acl?.drops ? acl : undefined);
}

async function serveUdp(): Promise<void> {
  const libc = setup.transport === "dgram" ? "the configuration says so" : await openLibc().catch(messageOf);
  if (typeof libc !== "string") serveBatches(libc);
  else if (setup.transport === "batch") tell({ say: "unable", why: libc });
  else {
    await listenAll({ transport: "dgram", why: libc, descriptors: [] }, (address) =>
      listenDgram(address, respond, sharing),
    );
  }
}

function yieldToOthers(): void {
  try {
    setPriority(0, NICE);
  } catch {
    // Some sandboxes forbid it; then all share.
  }
}

/** Blocks in the kernel from here on: messages are looked for between batches. */
function serveBatches(libc: Libc): void {
  let collect: (() => void) | undefined;
  let open = true;
  let leaves = false;
  let begun = false;
  const update = updater((gc) => {
    collect = () => {
      pulse.collecting(true);
      gc("sync");
      pulse.collecting(false);
    };
  });
  const receive = (message: ToAnswer) => {
    if (message.say === "stop" || message.say === "leave") {
      open = false;
      leaves = message.say === "leave";
    } else if (message.say === "zones") begun = update(message) || begun;
  };
  const mailbox = new Mailbox<ToAnswer>(port, setup.generation);
  const sockets = new BatchSockets(libc, respond, {
    ...sharing,
    wait: WAIT_MS,
    stale: setup.stale,
    gate: setup.gate ? crypto.getRandomValues(new Uint32Array(4)) : undefined,
  });
  for (mailbox.take(receive); open && !begun; mailbox.take(receive)) mailbox.wait(WAIT_MS);
  for (const address of setup.listen) {
    try {
      sockets.bind(address);
    } catch (error) {
      fail(address, error);
      return;
    }
  }
  const why = "recvmmsg and sendmmsg are here";
  tell({ say: "bound", transport: "batch", why, descriptors: sockets.descriptors });
  while (open) {
    sockets.turn();
    pulse.beat();
    if (!mailbox.take(receive) || collect === undefined) continue;
    collect();
    collect = undefined;
  }
  if (leaves) sockets.leave();
  else sockets.close();
  end();
}

interface Listener {
  close(): Promise<void>;
  /** Undefined where whatever has come is lost: it is to be closed instead. */
  leave?(): Promise<{ readonly gone: Promise<void> }>;
  readonly descriptor?: number | undefined;
}

/** Binds every address with one of Node's own sockets, which call back. */
async function listenAll(bound: Bound, listen: (address: Listen) => Promise<Listener>): Promise<void> {
  const listeners: Listener[] = [];
  const update = updater(collectWithPulse);
  setInterval(() => pulse.beat(), BEAT_MS).unref();
  const stop = async () => {
    await listening;
    await Promise.all(listeners.map((listener) => listener.close()));
    end();
  };
  /** In vain where there is no libc: then connections that wait to be accepted may be lost. */
  const steer = async (give: (libc: Libc, descriptor: number) => void) => {
    const libc = await openLibc().catch(() => undefined);
    for (const { descriptor } of listeners) if (libc && descriptor !== undefined) give(libc, descriptor);
  };
  const leave = async (to: Heritage) => {
    await listening;
    await steer((libc, descriptor) => giveConnectionsTo(to, libc, descriptor)).catch(() => {});
    const left = await Promise.all(listeners.map((listener) => listener.leave?.()));
    tell({ say: "left" });
    await Promise.all(left.map((one, i) => one?.gone ?? listeners[i]?.close()));
    end();
  };
  const begun = new Promise<void>((resolve) => {
    port.on("message", (message: ToAnswer) => {
      if (message.say === "stop") {
        resolve();
        void stop();
      } else if (message.say === "leave") void leave(message.to);
      else if (message.say === "settle") void steer(giveConnectionsToAll);
      else if (message.say === "zones" && update(message)) resolve();
    });
  });
  const listening = begun.then(bindAll);
  await listening;

  async function bindAll(): Promise<void> {
    for (const address of setup.listen) {
      try {
        listeners.push(await listen(address));
      } catch (error) {
        fail(address, error);
        return;
      }
    }
    tell({ say: "bound", ...bound });
  }
}

/** A collection is no hang. */
function collectWithPulse(collect: Parameters<Later>[0]): void {
  byTimer(async (execution) => {
    pulse.collecting(true);
    await collect(execution);
    pulse.collecting(false);
  });
}

/**
 * Takes new versions: from the next query on, each zone is answered from its new image. True once all is there that
 * there was when the thread was made.
 */
function updater(later?: Later): (message: Extract<ToAnswer, { say: "zones" }>) => boolean {
  const old = new OldImages(later);
  return ({ number, updates, complete }) => {
    for (const { apex, image, held, row } of updates) {
      const before = held
        ? catalogue.set(apex, image === undefined ? undefined : new Zone(image), row)
        : catalogue.delete(apex);
      // Thousands of zones take longer than any other turn.
      pulse.beat();
      old.replaced(before?.buffer);
    }
    catalogue.complete = complete;
    tell({ say: "taken", number });
    return number >= setup.first;
  };
}

function fail(listen: Listen, error: unknown): void {
  tell({ say: "failed", listen, protocol: setup.kind, code: errorCode(error) || String(error) });
}

function end(): void {
  tell({ say: "stopped" });
  port.close();
}

function messageOf(error: Error): string {
  return error.message;
}
