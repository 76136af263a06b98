/**
 * DNS over TCP (RFC 7766): a two-octet length before each message, pipelining, many queries in one segment or one in
 * many. Every connection costs bounded memory: one partial query, and replies up to a mark after which reading waits.
 */

import { createServer, isIPv6, type Server } from "node:net";
import { Counters } from "../answer/counters.ts";
import type { Respond } from "../answer/respond.ts";
import { unmapped } from "../text/ipaddress.ts";
import type { Listen } from "../text/listen.ts";
import { Connections, clientPrefix } from "./connections.ts";
import { TcpConnection } from "./tcpconnection.ts";
import { TcpIdle } from "./tcpidle.ts";
import { TcpReplies } from "./tcpreplies.ts";

export interface TcpLimits {
  /** Seconds that an idle connection is kept (RFC 7766 §6.2.3). */
  readonly idle: number;
  /** Connections in all, and from one client's prefix. */
  readonly connections: number;
  readonly perClient: number;
}

export interface TcpListener {
  /** Takes no more connections, lets replies on their way go out, and ends the rest. */
  close(): Promise<void>;
}

/**
 * Listens and answers; counts the queries, if `counters` are given. Rejects with the system's error when the address
 * can't be bound.
 */
export async function listenTcp(
  listen: Listen,
  respond: Respond,
  limits: TcpLimits,
  connections: Connections = new Connections(limits.connections, limits.perClient),
  counters: Counters = new Counters(),
): Promise<TcpListener> {
  const open = new Set<TcpConnection>();
  const idle = new TcpIdle(limits.idle, open);
  const answering = { respond, replies: new TcpReplies(), idle, counters };
  const server = createServer({ noDelay: true, allowHalfOpen: true }, (socket) => {
    const remote = unmapped(socket.remoteAddress ?? "");
    const prefix = clientPrefix(remote);
    if (prefix === "" || !connections.enter(prefix)) {
      socket.destroy();
      return;
    }
    const connection = new TcpConnection(socket, remote, answering);
    open.add(connection);
    socket.on("close", () => {
      open.delete(connection);
      connections.leave(prefix);
    });
  });
  try {
    await bind(server, listen);
  } catch (error) {
    idle.stop();
    throw error;
  }
  return { close: () => close(server, open).finally(() => idle.stop()) };
}

function bind(server: Server, listen: Listen): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    const address = { host: listen.address, port: listen.port, exclusive: true, ipv6Only: isIPv6(listen.address) };
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
    const force = setTimeout(() => {
      for (const connection of open) connection.expire();
    }, 1000);
    server.once("close", () => clearTimeout(force));
  });
}
