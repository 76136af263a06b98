/** Ports that are free on the loopback addresses, below those that the system gives to clients. */

import { createSocket } from "node:dgram";
import { createServer } from "node:net";

const FIRST = 12_000;
const SHARES = 4;
/** Ports of one share: what one of the workers that run tests at the same time chooses from, and no other does. */
const SHARE = 4_700;

/** Chosen last: a port is not chosen again until all others were, for who got it may not have it open yet. */
const last = { port: Math.floor(Math.random() * SHARE) };

/** A port that nobody has, for UDP and TCP alike. */
export async function freePort(address = "127.0.0.1"): Promise<number> {
  for (let tries = 0; tries < 100; tries++) {
    last.port = (last.port + 1) % SHARE;
    const share = Number(process.env.VITEST_POOL_ID ?? 0) % SHARES;
    const port = FIRST + share * SHARE + last.port;
    if ((await tcpFree(port, address)) && (await udpFree(port, address))) return port;
  }
  throw new Error("no free port");
}

function tcpFree(port: number, host: string): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once("error", () => resolve(false));
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)));
  });
}

function udpFree(port: number, address: string): Promise<boolean> {
  const socket = createSocket(address.includes(":") ? "udp6" : "udp4");
  return new Promise((resolve) => {
    socket.once("error", () => resolve(false));
    socket.bind({ port, address, exclusive: true }, () => socket.close(() => resolve(true)));
  });
}
