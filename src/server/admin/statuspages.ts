/** The pages that tell machines how this POP is: /healthz, /readyz and /status. */

import { sendPieces } from "../pieces.ts";
import type { Serving } from "../status.ts";
import { statusText } from "../statustext.ts";
import type { Page } from "./page.ts";
import { sendJson } from "./reply.ts";

/** The process lives and its event loop turns, no more: who restarts what does not answer here does it no harm. */
export function healthPage(pop: string, version: string): Page {
  return { path: "/healthz", handle: (_, response) => sendJson(response, 200, { ok: true, pop, version }) };
}

/** 200 when it may be asked, else 503 with the reasons. */
export function readyPage(pop: string, reasons: () => Promise<readonly string[]>): Page {
  return {
    path: "/readyz",
    async handle(_, response) {
      const found = await reasons();
      const ready = found.length === 0;
      sendJson(response, ready ? 200 : 503, { ready, pop, reasons: found });
    },
  };
}

/** Every zone with its serial, state and problems, and all else that is known here. */
export function statusPage(serving: Serving): Page {
  return {
    path: "/status",
    async handle(request, response) {
      if (request.method === "GET") await sendPieces(response, statusText(serving, 2));
      // A body would be made, for 200,000 zones, and thrown away.
      else response.writeHead(200, { "content-type": "application/json" }).end();
    },
  };
}
