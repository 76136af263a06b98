/** A TCP listener for a test, closed when the test is over. */

import { onTestFinished } from "vitest";
import { Counters } from "../../src/answer/counters.ts";
import type { Respond } from "../../src/answer/respond.ts";
import { Connections } from "../../src/transport/connections.ts";
import { listenTcp, type TcpLimits } from "../../src/transport/tcp.ts";
import { freePort } from "./port.ts";
import { echo } from "./queries.ts";

export const LIMITS: TcpLimits = { idle: 25, message: 25, unread: 25, connections: 100, perClient: 50 };

/** Listens on a free port until the test is over. */
export async function listening(limits: Partial<TcpLimits> = {}, respond: Respond = echo(), address = "127.0.0.1") {
  const all = { ...LIMITS, ...limits };
  const connections = new Connections(all.connections, all.perClient);
  const counters = new Counters();
  const port = await freePort(address);
  const listener = await listenTcp({ address, port }, respond, all, connections, counters);
  onTestFinished(() => listener.close());
  return { port, connections, counters, listener };
}
