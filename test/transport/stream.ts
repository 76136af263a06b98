/** A TCP client that keeps the messages it gets: what a test says to listenTcp. */

import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { Framer } from "../../src/transport/framer.ts";

const PATIENCE_MS = 10_000;

export interface StreamClient {
  readonly socket: Socket;
  readonly messages: Buffer[];
  /** True once the server has sent FIN or RST, or we have ended. */
  readonly closed: boolean;
  /** Resolves with the messages once there are so many; rejects when the connection ends or ten seconds pass before. */
  received(count: number): Promise<Buffer[]>;
  /** Resolves when the connection is over. */
  ended(): Promise<void>;
}

export interface ConnectOptions {
  readonly host?: string;
  /** The address to come from. */
  readonly localAddress?: string;
  /** Keep reading after our own FIN, and don't answer the server's with one. */
  readonly allowHalfOpen?: boolean;
}

/** Connects; resolves when the kernel has, which says nothing of whether the server keeps the connection. */
export async function connected(port: number, options: ConnectOptions = {}): Promise<StreamClient> {
  const socket = connect({ port, host: "127.0.0.1", noDelay: true, ...options });
  const client = clientOf(socket);
  await once(socket, "connect");
  return client;
}

/** A client that talks by a socket. */
export function clientOf(socket: Socket): StreamClient {
  const framer = new Framer();
  const messages: Buffer[] = [];
  let closed = false;
  socket.on("data", (chunk) => {
    framer.take(chunk, (message, length) => messages.push(Buffer.from(message.subarray(0, length))) > 0);
  });
  for (const event of ["end", "close"]) {
    socket.on(event, () => {
      closed = true;
    });
  }
  socket.on("error", () => {});
  return {
    socket,
    messages,
    get closed() {
      return closed;
    },
    async received(count) {
      await until(() => closed || messages.length >= count, `${count} replies`);
      if (messages.length < count) throw new Error(`closed after ${messages.length} of ${count} replies`);
      return messages;
    },
    ended: () => until(() => closed, "the end of the connection"),
  };
}

/** Looks again and again until it holds; ten seconds are far more than a busy machine needs. */
export async function until(holds: () => boolean | Promise<boolean>, what: string, most = PATIENCE_MS): Promise<void> {
  const deadline = performance.now() + most;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`waited in vain for ${what}`);
    await sleep(5);
  }
}
