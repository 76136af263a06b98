/** UDP by node:dgram: one socket for each listen address and thread, so replies leave from the address asked. */

import { createSocket, type Socket } from "node:dgram";
import { isIPv6 } from "node:net";
import type { Client } from "../answer/client.ts";
import { Count, Counters, Way } from "../answer/counters.ts";
import type { Respond } from "../answer/respond.ts";
import { addressOctets, writeIpv4 } from "../text/ipaddress.ts";
import { type Listen, listenToText } from "../text/listen.ts";
import type { DatagramOptions } from "./datagrams.ts";
import { lastTurns } from "./lastturns.ts";
import { monotonicOrigin } from "./monotonic.ts";
import { isForged } from "./source.ts";

/** The kernel's receive queue, in octets, as far as the system allows. */
const RECEIVE_BUFFER = 4 << 20;
/** No reply over UDP is larger than the largest payload that can be configured. */
const REPLY = 4096;
/** Replies that the kernel has not taken yet; past that, they are dropped rather than kept. */
const MOST_QUEUED = 512;

export interface DgramListener {
  close(): Promise<void>;
}

/** The client of the datagram at hand; one for each socket, filled anew. */
class Datagram implements Client {
  readonly stream = false;
  readonly encrypted = false;
  readonly asked: Listen;
  remote = "";
  remotePort = 0;
  taken = 0;
  readonly #ipv4 = new Uint8Array(4);

  constructor(asked: Listen) {
    this.asked = asked;
  }

  address(): Uint8Array {
    return writeIpv4(this.remote, this.#ipv4) ? this.#ipv4 : addressOctets(this.remote);
  }

  port(): number {
    return this.remotePort;
  }

  seconds(): number {
    return Math.floor(Date.now() / 1000);
  }
}

/** Binds a UDP socket and answers from it. Rejects with the system's error when the address can't be bound. */
export async function listenDgram(
  listen: Listen,
  respond: Respond,
  { own, shared, alone = false, counters = new Counters() }: DatagramOptions,
): Promise<DgramListener> {
  // Only a socket that does not share finds out about others that do.
  if (shared && alone) await closed(await bound(listen, false));
  const socket = await bound(listen, shared);
  serve(socket, respond, listen, own, counters);
  const { cells } = counters;
  return { close: () => lastTurns(() => cells[Count.UDP4] + cells[Count.UDP6]).then(() => closed(socket)) };
}

function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.close(() => resolve()));
}

async function bound(listen: Listen, reusePort: boolean): Promise<Socket> {
  const socket = createSocket({
    type: isIPv6(listen.address) ? "udp6" : "udp4",
    reusePort,
    ipv6Only: isIPv6(listen.address),
    // The addresses we send to are numbers: looked up at once, not a tick later, so the reply's buffer is free again.
    lookup: (host, _options, done) => done(null, host, isIPv6(host) ? 6 : 4),
  });
  await bind(socket, listen);
  return socket;
}

function bind(socket: Socket, listen: Listen): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once("error", reject);
    socket.bind({ address: listen.address, port: listen.port, exclusive: true }, () => {
      socket.off("error", reject);
      resolve();
    });
  });
}

function serve(socket: Socket, respond: Respond, listen: Listen, own: readonly Listen[], counters: Counters): void {
  const way = isIPv6(listen.address) ? Way.UDP6 : Way.UDP4;
  const counts = counters.cells;
  const client = new Datagram(listen);
  const ownNames = new Set(own.map(listenToText));
  const ownPorts = new Set(own.map(({ port }) => port));
  let reply = Buffer.allocUnsafeSlow(REPLY);
  let queued = 0;
  const origin = monotonicOrigin();
  try {
    socket.setRecvBufferSize(RECEIVE_BUFFER);
  } catch {
    // Some systems refuse instead of giving less; the default still works.
  }
  // A reply that can't be sent (no route, a firewall) concerns that client alone.
  socket.on("error", () => {});
  socket.on("message", (query, from) => {
    counters.take(way, 1);
    if (isForged(from.address, from.port, ownPorts, ownNames)) {
      counts[Count.FORGED]++;
      return;
    }
    if (queued > MOST_QUEUED) {
      queued = socket.getSendQueueCount();
      if (queued > MOST_QUEUED) {
        counts[Count.UNSENT]++;
        return;
      }
    }
    client.remote = from.address;
    client.remotePort = from.port;
    // The clock, looked at twice, is 0.085 µs of the 6 and more that a datagram takes on this path.
    const taken = performance.now();
    client.taken = origin + taken;
    const length = respond(query, query.length, reply, client);
    if (length > 0) socket.send(reply, 0, length, from.port, from.address);
    counters.time(1, performance.now() - taken);
    if (length === 0) return;
    queued = socket.getSendQueueCount();
    // The kernel's queue is full, and the reply's buffer still in use.
    if (queued > 0) reply = Buffer.allocUnsafeSlow(REPLY);
  });
}
