/** The HTTP server for operators: GET /status and /metrics. */

import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Listen } from "../text/listen.ts";
import { errorCode, whyNotBound } from "../text/systemerror.ts";
import { sendPieces } from "./pieces.ts";
import type { Serving } from "./status.ts";
import { statusText } from "./statustext.ts";

/** What else there is to GET. */
interface Page {
  readonly path: string;
  handle(request: IncomingMessage, response: ServerResponse): Promise<void>;
}

/** Serves GET /status, and other pages. Rejects with an Error that says why the address can't be bound. */
export function serveStatus(listen: Listen, serving: Serving, pages: readonly Page[]): Promise<Server> {
  const server = createServer((request, response) => {
    const fail = (code: number, error: string) => {
      response.writeHead(code, { "content-type": "application/json", "cache-control": "no-store" });
      response.end(`${JSON.stringify({ error })}\n`);
    };
    const path = request.method === "GET" ? request.url?.split("?")[0] : undefined;
    const page = pages.find((one) => one.path === path);
    const send = path === "/status" ? () => sendPieces(response, statusText(serving, 2)) : page?.handle;
    if (send === undefined) fail(404, ["there is GET /status", ...pages.map((one) => one.path)].join(" and "));
    else {
      send(request, response).catch((error: Error) => {
        fail(500, `a fault of ours, please report it: ${error.message}`);
      });
    }
  });
  return new Promise((resolve, reject) => {
    server.once("error", (error) => {
      reject(new Error(whyNotBound(errorCode(error), listen.address, listen.port, "http")));
    });
    server.listen(listen.port, listen.address, () => {
      // What fails on an open server (no descriptors left) must not end the one that answers DNS.
      server.on("error", () => {});
      resolve(server);
    });
  });
}
