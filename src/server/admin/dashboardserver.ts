/** A small HTTP server for the dashboard alone, where no POP runs. Beyond this machine it asks for a token. */

import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { isIP } from "node:net";
import { sendText } from "../../dashboard/asset.ts";
import type { DashboardPage } from "../../dashboard/source.ts";
import { tokenJudge } from "./token.ts";

/** Letters that a token has at least, as the admin server of a POP demands. */
export const TOKEN_LEAST = 16;

export interface ListenerOptions {
  readonly address: string;
  readonly port: number;
  /** What is asked for; undefined only on a loopback address. */
  readonly token: string | undefined;
}

export interface Listener {
  readonly port: number;
  close(): Promise<void>;
}

/** True for an address that only this machine reaches. */
export function isLoopback(address: string): boolean {
  return /^127\.|^::1$|^::ffff:127\./i.test(address);
}

/** Why these options will not do, as a sentence; undefined when they do. */
export function whyUnsafe({ address, token }: ListenerOptions): string | undefined {
  if (token !== undefined && token.length < TOKEN_LEAST) {
    return `ZONECAST_ADMIN_TOKEN is shorter than ${TOKEN_LEAST} characters: make one with "openssl rand -hex 16"`;
  }
  if (token === undefined && !isLoopback(address)) {
    return `${address} is reached from other machines: set ZONECAST_ADMIN_TOKEN to a secret of ${TOKEN_LEAST} characters or more, or listen on 127.0.0.1`;
  }
  return undefined;
}

/** Serves the pages. Rejects with the system's error when the address can't be had. */
export function listen(pages: readonly DashboardPage[], options: ListenerOptions): Promise<Listener> {
  const judge = options.token === undefined ? undefined : tokenJudge(options.token);
  const server = createServer((request, response) => {
    answer(pages, judge, request, response).catch(() => response.destroy());
  });
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port, options.address, () => {
      server.removeListener("error", reject);
      const bound = server.address();
      resolve({ port: typeof bound === "object" && bound ? bound.port : options.port, close: () => closed(server) });
    });
  });
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

async function answer(
  pages: readonly DashboardPage[],
  judge: ReturnType<typeof tokenJudge> | undefined,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (request.method !== "GET" && request.method !== "HEAD") {
    return sendText(response, 405, "only GET and HEAD are answered here", { allow: "GET, HEAD" });
  }
  if (judge === undefined && !isNamedSafely(request.headers.host)) {
    return sendText(response, 421, "use the address, or localhost: other names are not answered without a token");
  }
  if (judge !== undefined && judge(request.headers.authorization) !== "right") {
    const challenge = { "www-authenticate": 'Basic realm="zonecast", charset="UTF-8"' };
    return sendText(response, 401, "say the token: as the password with any name, or as a bearer token", challenge);
  }
  const path = (request.url ?? "/").split("?")[0];
  const page = pages.find((one) => (one.path.endsWith("/") ? path.startsWith(one.path) : path === one.path));
  if (page) return page.handle(request, response);
  if (path === "/") return sendText(response, 307, "the dashboard is at /dashboard/", { location: "/dashboard/" });
  return sendText(response, 404, "nothing is served here; go to /dashboard/");
}

/** Without a token, a foreign page must not read ours through a name of its own that leads to 127.0.0.1 (DNS rebinding). */
function isNamedSafely(host: string | undefined): boolean {
  const name = (host ?? "").replace(/:\d+$/, "").replace(/^\[|\]$/g, "");
  return isIP(name) !== 0 || name.toLowerCase() === "localhost";
}
