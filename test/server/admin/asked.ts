/** An admin server on a free port, what it has told the log, and requests as they stand on the wire. */

import type { Server } from "node:http";
import { connect } from "node:net";
import { afterEach } from "vitest";
import { LIMITS, type Limits } from "../../../src/server/admin/limits.ts";
import type { Page } from "../../../src/server/admin/page.ts";
import { serveAdmin } from "../../../src/server/admin/server.ts";
import { healthPage } from "../../../src/server/admin/statuspages.ts";
import { freePort } from "../../transport/port.ts";

export interface Told {
  readonly level: string;
  readonly event: string;
  readonly facts: Readonly<Record<string, unknown>>;
  readonly text: string;
}

export interface Opened {
  readonly port: number;
  readonly told: Told[];
  /** fetch, at a path. */
  get(path: string, options?: RequestInit): Promise<Response>;
  /** Sends octets as they are; all that comes back until the other side closes, and after how many ms that was. */
  raw(text: string): Promise<{ readonly text: string; readonly ms: number }>;
}

const servers: Server[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

/** Opens one. */
export async function opened(
  pages: readonly Page[] = [],
  token?: string,
  limits: Partial<Limits> = {},
  address = "127.0.0.1",
): Promise<Opened> {
  const port = await freePort();
  const told: Told[] = [];
  const site = { pop: "pop1", version: "1.2.3", pages: [healthPage("pop1", "1.2.3"), ...pages] };
  const tell = (level: string, event: string, facts: Told["facts"], text: string) =>
    void told.push({ level, event, facts, text });
  servers.push(await serveAdmin({ listen: { address, port }, token }, site, tell, { ...LIMITS, ...limits }));
  return {
    port,
    told,
    get: (path, options) => fetch(`http://127.0.0.1:${port}${path}`, options),
    raw: (text) => raw(port, text),
  };
}

function raw(port: number, text: string): Promise<{ readonly text: string; readonly ms: number }> {
  const begun = performance.now();
  return new Promise((resolve) => {
    let got = "";
    const socket = connect(port, "127.0.0.1", () => socket.write(text));
    socket.setEncoding("utf8").on("data", (more: string) => {
      got += more;
    });
    socket.on("error", () => {});
    socket.once("close", () => resolve({ text: got, ms: performance.now() - begun }));
  });
}
