/** What nobody may ask more of than the admin server gives: it must not take from the one that answers DNS. */

import type { Server } from "node:http";
import type { Socket } from "node:net";

export const LIMITS = {
  /** Milliseconds for the head of a request, and for the whole of it. */
  request: 5000,
  /** Milliseconds that a connection may wait for its next request. */
  keepAlive: 5000,
  /** Milliseconds without an octet taken, and for a whole answer at most: who reads slowly is cut off. */
  idle: 10_000,
  answer: 60_000,
  /** The same for a page whose answers go on: it writes more often than this. */
  lasting: 60_000,
  /** Octets of a request's head, and of its URL. */
  head: 8192,
  url: 1024,
  /** Connections in all, and from one address. A browser opens 6, a Prometheus 1. */
  connections: 64,
  perAddress: 32,
} as const;

export type Limits = { readonly [K in keyof typeof LIMITS]: number };

/** What node:http takes when a server is made. */
export function serverOptions(limits: Limits) {
  return {
    headersTimeout: limits.request,
    requestTimeout: limits.request,
    keepAliveTimeout: limits.keepAlive,
    // Late requests are looked for this often.
    connectionsCheckingInterval: Math.min(1000, limits.request),
    maxHeaderSize: limits.head,
  };
}

/** Holds a server to the limits that are not options of node:http. */
export function limitConnections(server: Server, limits: Limits): void {
  server.maxConnections = limits.connections;
  server.timeout = limits.idle;
  const open = new Map<string, number>();
  server.on("connection", (socket: Socket) => {
    const from = socket.remoteAddress ?? "";
    const count = (open.get(from) ?? 0) + 1;
    open.set(from, count);
    socket.once("close", () => {
      const left = (open.get(from) ?? 1) - 1;
      if (left > 0) open.set(from, left);
      else open.delete(from);
    });
    if (count > limits.perAddress) socket.destroy();
  });
}
