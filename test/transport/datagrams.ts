/** UDP clients that keep the replies they get, each with the address it came from. */

import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { setImmediate } from "node:timers/promises";
import type { Listen } from "../../src/text/listen.ts";
import { idOf } from "./queries.ts";
import { until } from "./stream.ts";

export interface Reply {
  readonly octets: Buffer;
  /** "ADDR@PORT". */
  readonly from: string;
}

export interface DatagramClient {
  readonly socket: Socket;
  readonly replies: Reply[];
  send(octets: Uint8Array, to: Listen): void;
  /** Resolves with the replies once there are so many. */
  received(count: number): Promise<Reply[]>;
}

/** Opens a client's socket; with an address and port to send from, when it matters. */
export async function datagramClient(ipv6 = false, from?: Listen): Promise<DatagramClient> {
  const socket = createSocket(ipv6 ? "udp6" : "udp4");
  const replies: Reply[] = [];
  socket.on("message", (octets, { address, port }) => replies.push({ octets, from: `${address}@${port}` }));
  socket.bind(from ?? { address: ipv6 ? "::1" : "127.0.0.1", port: 0 });
  await once(socket, "listening");
  socket.setRecvBufferSize(4 << 20);
  socket.on("error", () => {});
  return {
    socket,
    replies,
    send: (octets, { address, port }) => socket.send(octets, port, address),
    async received(count) {
      await until(() => replies.length >= count, `${count} replies`);
      return replies;
    },
  };
}

/**
 * Sends each query from the next of the clients, with no more than `window` unanswered in all, and gives the ids that
 * were answered. What a second brings no reply to is given up.
 */
export async function flood(
  clients: readonly DatagramClient[],
  queries: readonly Buffer[],
  to: Listen,
  window: number,
): Promise<number[]> {
  const got = () => clients.reduce((sum, { replies }) => sum + replies.length, 0);
  const start = got();
  let lost = 0;
  for (const [i, octets] of queries.entries()) {
    clients[i % clients.length].send(octets, to);
    if (i % 16 === 15) await setImmediate();
    const waiting = () => i + 1 - (got() - start) - lost;
    if (waiting() < window) continue;
    await until(() => waiting() < window, "replies", 1000).catch(() => {
      lost += waiting();
    });
  }
  await until(() => got() - start >= queries.length, "the last replies", 1000).catch(() => {});
  return clients.flatMap(({ replies }) => replies.map(({ octets }) => idOf(octets)));
}
