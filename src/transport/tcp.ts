/**
 * DNS over TCP (RFC 7766): a two-octet length before each message, pipelining, many queries in one segment or one in
 * many. Every connection costs bounded memory: one partial query, and replies up to a mark after which reading waits.
 */

import { createServer, isIPv6, type Server } from "node:net";
import { setTimeout } from "node:timers/promises";
import { Counters } from "../answer/counters.ts";
import type { Respond } from "../answer/respond.ts";
import type { Listen } from "../text/listen.ts";
import { Connections } from "./connections.ts";
import { lastTurns } from "./lastturns.ts";
import { type Entrance, TcpClients } from "./tcpclients.ts";
import type { PatienceLimits } from "./tcppatience.ts";

export interface TcpLimits extends PatienceLimits {
  /** Connections in all, and from one client's prefix. */
  readonly connections: number;
  readonly perClient: number;
}

export interface TcpListener {
  /** Takes no more connections, lets replies on their way go out, and ends the rest. */
  close(): Promise<void>;
  /** The socket that listens, where Node tells; undefined once it is closed. */
  readonly descriptor: number | undefined;
  /**
   * Others have the address as well and are given new connections: takes those that wait to be accepted, then no more.
   * Resolves then; `gone` when those that are open have come to their end, and those in use after the idle time were ended.
   */
  leave(): Promise<{ readonly gone: Promise<void> }>;
}

/** Milliseconds that a listener that leaves still accepts: handshakes that it has begun take as long as a client is far. */
const LAST_ACCEPTS = 1000;

/**
 * Listens and answers; counts the queries, if `counters` are given; lets others listen there (SO_REUSEPORT) if `shared`. Rejects with the system's error when the address
 * can't be bound. `entrance`: what connections have to pass first.
 */
export async function listenTcp(
  listen: Listen,
  respond: Respond,
  limits: TcpLimits,
  connections: Connections = new Connections(limits.connections, limits.perClient),
  counters: Counters = new Counters(),
  shared = false,
  entrance?: Entrance,
): Promise<TcpListener> {
  const clients = new TcpClients({ respond, listen, limits, connections, counters, entrance });
  const server = createServer({ noDelay: true, allowHalfOpen: true }, (socket) => clients.take(socket));
  try {
    await bind(server, listen, shared);
  } catch (error) {
    clients.stop();
    throw error;
  }
  const closed = () =>
    lastTurns(() => clients.taken)
      .then(() => close(server, clients))
      .finally(() => clients.stop());
  return {
    close: closed,
    get descriptor() {
      return descriptorOf(server);
    },
    leave: async () => {
      await setTimeout(LAST_ACCEPTS);
      const done = new Promise<void>((resolve) => server.close(() => resolve()));
      const late = setTimeout(limits.idle * 1000, undefined, { ref: false });
      return { gone: Promise.race([done, late]).then(closed) };
    },
  };
}

/** Node has no other name for it. */
function descriptorOf(server: Server): number | undefined {
  const { _handle: handle } = server as unknown as { readonly _handle?: { readonly fd?: number } | null };
  return handle?.fd !== undefined && handle.fd >= 0 ? handle.fd : undefined;
}

function bind(server: Server, listen: Listen, reusePort: boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    const address = {
      host: listen.address,
      port: listen.port,
      exclusive: true,
      ipv6Only: isIPv6(listen.address),
      reusePort,
    };
    server.listen({ ...address, backlog: 1024 }, () => {
      server.off("error", reject);
      // What fails on an open server (no descriptors left for accept) is the next client's trouble, not ours.
      server.on("error", () => {});
      resolve();
    });
  });
}

function close(server: Server, clients: TcpClients): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    clients.close();
    const force = globalThis.setTimeout(() => clients.expire(), 1000);
    server.once("close", () => clearTimeout(force));
  });
}
