/**
 * DNS over TCP (RFC 7766): a two-octet length before each message, pipelining, many queries in one segment or one in
 * many. Every connection costs bounded memory: one partial query, and replies up to a mark after which reading waits.
 */

import { createServer, isIPv6, type Server, type Socket } from "node:net";
import type { Client } from "../answer/client.ts";
import type { Respond } from "../answer/respond.ts";
import type { Listen } from "../text/listen.ts";
import { addressOctets, unmapped } from "./address.ts";
import { Connections, clientPrefix } from "./connections.ts";
import { Framer } from "./framer.ts";

/** Replies that a slow reader has not taken: past this many octets its queries wait in the kernel. */
const MOST_UNSENT = 128 << 10;
const MAX_MESSAGE = 65535;
/** Each message has its length in front (RFC 1035 §4.2.2). */
const LENGTH = 2;

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

/** Listens and answers. Rejects with the system's error when the address can't be bound. */
export async function listenTcp(
  listen: Listen,
  respond: Respond,
  limits: TcpLimits,
  connections: Connections = new Connections(limits.connections, limits.perClient),
): Promise<TcpListener> {
  // Room for a reply of any size, for all connections: a reply is copied out at once.
  const room = new Uint8Array(MAX_MESSAGE);
  const open = new Set<Socket>();
  const server = createServer({ noDelay: true, allowHalfOpen: true }, (socket) => {
    const prefix = clientPrefix(unmapped(socket.remoteAddress ?? ""));
    if (prefix === "" || !connections.enter(prefix)) {
      socket.destroy();
      return;
    }
    open.add(socket);
    socket.once("close", () => {
      open.delete(socket);
      connections.leave(prefix);
    });
    serve(socket, respond, limits.idle, room);
  });
  await bind(server, listen);
  return { close: () => close(server, open) };
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

function close(server: Server, open: ReadonlySet<Socket>): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    for (const socket of open) socket.end();
    const force = setTimeout(() => {
      for (const socket of open) socket.destroy();
    }, 1000);
    server.once("close", () => clearTimeout(force));
  });
}

class Stream implements Client {
  readonly stream = true;
  readonly encrypted = false;
  readonly #address: Uint8Array;

  constructor(remote: string) {
    this.#address = addressOctets(remote);
  }

  address(): Uint8Array {
    return this.#address;
  }

  seconds(): number {
    return Math.floor(Date.now() / 1000);
  }
}

function serve(socket: Socket, respond: Respond, idle: number, room: Uint8Array): void {
  const client = new Stream(unmapped(socket.remoteAddress ?? ""));
  const framer = new Framer();
  let waiting: Uint8Array | undefined;
  let ended = false;
  // RFC 7766 §6.2.3: the time starts again with each query answered, not with each octet: a client that sends one
  // octet a second keeps its connection no longer than one that sends nothing.
  const timer = setTimeout(() => socket.destroy(), idle * 1000);
  const take = (chunk: Uint8Array) => {
    // We are closing: a write now would be an error, and the replies before it would be lost.
    if (socket.writableEnded) return;
    // The replies to the queries of one segment leave together.
    socket.cork();
    let bad = false;
    const rest = framer.take(chunk, (query, length) => {
      timer.refresh();
      const octets = respond(query, length, room, client);
      // Not a query: whoever sends that over a stream is not worth the connection.
      bad = octets === 0;
      return !bad && send(socket, room, octets);
    });
    socket.uncork();
    if (bad) socket.destroySoon();
    if (bad || rest === undefined || socket.destroyed) return;
    // The rest waits until the client has read its replies.
    waiting = rest;
    socket.pause();
  };
  socket.on("data", take);
  socket.on("drain", () => {
    const rest = waiting;
    waiting = undefined;
    if (rest && !socket.destroyed) take(rest);
    if (waiting !== undefined) return;
    if (ended) socket.end();
    else socket.resume();
  });
  // RFC 7766 §6.2.4: a client that has sent its last query still gets the replies, those to come included.
  socket.on("end", () => {
    ended = true;
    if (waiting === undefined) socket.end();
  });
  socket.on("error", () => socket.destroy());
  socket.once("close", () => clearTimeout(timer));
}

/** Sends a reply with its length in front; false when the client must read before more is answered. */
function send(socket: Socket, room: Uint8Array, octets: number): boolean {
  const message = Buffer.allocUnsafe(LENGTH + octets);
  message.writeUInt16BE(octets, 0);
  message.set(room.subarray(0, octets), LENGTH);
  socket.write(message);
  return socket.writableLength < MOST_UNSENT;
}
