/** Ports that are free on the loopback addresses, below those that the system gives to clients. */

import { createSocket } from "node:dgram";
import { createServer } from "node:net";

const FIRST = 12_000;
const LAST = 31_000;

/** A port that nobody has, for UDP and TCP alike. */
export async function freePort(address = "127.0.0.1"): Promise<number> {
  for (let tries = 0; tries < 100; tries++) {
    const port = FIRST + Math.floor(Math.random() * (LAST - FIRST));
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
