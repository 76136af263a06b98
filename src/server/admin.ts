/** The HTTP server for operators: GET /status. */

import { createServer, type Server } from "node:http";
import type { Listen } from "../text/listen.ts";
import { errorCode, whyNotBound } from "../text/systemerror.ts";
import { sendPieces } from "./pieces.ts";
import type { Serving } from "./status.ts";
import { statusText } from "./statustext.ts";

/** Serves GET /status. Rejects with an Error that says why the address can't be bound. */
export function serveStatus(listen: Listen, serving: Serving): Promise<Server> {
  const server = createServer((request, response) => {
    const fail = (code: number, error: string) => {
      response.writeHead(code, { "content-type": "application/json", "cache-control": "no-store" });
      response.end(`${JSON.stringify({ error })}\n`);
    };
    const known = request.method === "GET" && request.url?.split("?")[0] === "/status";
    if (!known) fail(404, "there is GET /status");
    else {
      sendPieces(response, statusText(serving, 2)).catch((error: Error) => {
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
