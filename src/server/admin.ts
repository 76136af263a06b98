/** The HTTP server for operators: GET /status. */

import { createServer, type Server } from "node:http";
import type { Listen } from "../text/listen.ts";
import { errorCode, whyNotBound } from "../text/systemerror.ts";
import { type Serving, statusOf } from "./status.ts";

/** Serves GET /status. Rejects with an Error that says why the address can't be bound. */
export function serveStatus(listen: Listen, serving: Serving): Promise<Server> {
  const server = createServer((request, response) => {
    const known = request.method === "GET" && request.url?.split("?")[0] === "/status";
    response.writeHead(known ? 200 : 404, { "content-type": "application/json", "cache-control": "no-store" });
    response.end(known ? `${JSON.stringify(statusOf(serving), null, 2)}\n` : '{"error":"there is GET /status"}\n');
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
