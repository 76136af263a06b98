/**
 * DNS over TCP (RFC 7766): a two-octet length before each message, pipelining, many queries in one segment or one in
 * many. Every connection costs bounded memory: one partial query, and replies up to a mark after which reading waits.
 */

import { createServer, isIPv6, type Server } from "node:net";
import { setTimeout } from "node:timers/promises";
import { Count, Counters } from "../answer/counters.ts";
import type { Respond } from "../answer/respond.ts";
import { unmapped } from "../text/ipaddress.ts";
import type { Listen } from "../text/listen.ts";
import { Connections, clientPrefix } from "./connections.ts";
import { lastTurns } from "./lastturns.ts";
import { TcpConnection } from "./tcpconnection.ts";
import { type PatienceLimits, TcpPatience } from "./tcppatience.ts";
import { TcpReplies } from "./tcpreplies.ts";

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
 * can't be bound.
 */
export async function listenTcp(
  listen: Listen,
  respond: Respond,
  limits: TcpLimits,
  connections: Connections = new Connections(limits.connections, limits.perClient),
  counters: Counters = new Counters(),
  shared = false,
): Promise<TcpListener> {
  const open = new Set<TcpConnection>();
  const patience = new TcpPatience(limits, open, counters);
  const answering = { respond, listen, replies: new TcpReplies(), patience, counters };
  const server = createServer({ noDelay: true, allowHalfOpen: true }, (socket) => {
    const remote = unmapped(socket.remoteAddress ?? "");
    const prefix = clientPrefix(remote);
    // The client has gone already, or is not to have a connection.
    if (prefix === "" || connections.denies(remote)) {
      socket.destroy();
      return;
    }
    const connection = new TcpConnection(socket, remote, prefix, answering);
    connections.enter(connection);
    open.add(connection);
    socket.on("close", () => {
      open.delete(connection);
      connections.leave(connection);
    });
  });
  try {
    await bind(server, listen, shared);
  } catch (error) {
    patience.stop();
    throw error;
  }
  const { cells } = counters;
  const taken = () => cells[Count.TCP4] + cells[Count.TCP6] + connections.count;
  const closed = () =>
    lastTurns(taken)
      .then(() => close(server, open))
      .finally(() => patience.stop());
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

function close(server: Server, open: ReadonlySet<TcpConnection>): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    for (const connection of open) connection.close();
    const force = globalThis.setTimeout(() => {
      for (const connection of open) connection.expire();
    }, 1000);
    server.once("close", () => clearTimeout(force));
  });
}
