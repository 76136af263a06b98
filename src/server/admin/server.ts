/**
 * The HTTP server for operators: looks at who asks and how, then gives the request to its page. Whatever happens here,
 * the process goes on answering DNS.
 */

import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { isIP } from "node:net";
import type { Acl } from "../../answer/acl.ts";
import type { AdminSettings } from "../../config/admin.ts";
import { errorCode, whyNotBound } from "../../text/systemerror.ts";
import type { Tell } from "../log.ts";
import { LIMITS, type Limits, limitConnections, serverOptions } from "./limits.ts";
import type { Page } from "./page.ts";
import { pageTable, type Site } from "./pagetable.ts";
import { sendJson, setSafeHeaders } from "./reply.ts";
import { seldom } from "./seldom.ts";
import { CHALLENGES, type Shown, tokenJudge } from "./token.ts";
import { doorkeeper } from "./visitors.ts";

/** Whoever restarts what hangs need not know a secret for it. */
const OPEN = "/healthz";

/** Serves the pages. Rejects with an Error that says why the address can't be bound. */
export function serveAdmin(
  { listen, token }: Pick<AdminSettings, "listen" | "token">,
  site: Site,
  tell: Tell,
  limits: Limits = LIMITS,
  acl?: Acl,
): Promise<Server> {
  const isLetIn = doorkeeper(acl, tell);
  const gate = gateFor(token, limits, tell);
  const find = pageTable(site);
  const run = runner(tell, limits);
  const server = createServer(serverOptions(limits));
  const take = (request: IncomingMessage, response: ServerResponse) => {
    setSafeHeaders(response);
    // Nobody else listens, and what fails on a connection concerns that connection only.
    response.on("error", () => {});
    request.on("error", () => {});
    const path = request.url?.split("?")[0] ?? "";
    if (!isLetIn(request, response) || !gate(request, response, path)) return;
    const found = find(path);
    if (found === undefined)
      sendJson(response, 404, { error: `there is no ${path.slice(0, 100)}; GET / lists what there is` });
    else if ("moved" in found) response.writeHead(308, { location: found.moved }).end();
    else run(found.page, request, response);
  };
  server.on("request", take);
  // Without this, a body would be asked for before it is refused (RFC 9110 §10.1.1).
  server.on("checkContinue", take);
  limitConnections(server, limits);
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

type Gate = (request: IncomingMessage, response: ServerResponse, path: string) => boolean;

/** Answers what is not to reach a page: false when it has. */
function gateFor(token: string | undefined, limits: Limits, tell: Tell): Gate {
  const judge = token === undefined ? undefined : tokenJudge(token);
  const deny = denier(tell);
  return (request, response, path) => {
    const [code, error] = wrongForm(request, limits) ?? [0, ""];
    if (code > 0) {
      if (code === 405) response.setHeader("allow", "GET, HEAD");
      // A body that may follow is not read: the next request can't be found behind it.
      response.setHeader("connection", "close");
      sendJson(response, code, { error });
      return false;
    }
    if (path === OPEN) return true;
    if (judge === undefined) return isNamedHere(request, response);
    const shown = judge(request.headers.authorization);
    if (shown !== "right") deny(shown, request, response);
    return shown === "right";
  };
}

function wrongForm({ method, url = "", headers }: IncomingMessage, limits: Limits): [number, string] | undefined {
  if (method !== "GET" && method !== "HEAD") return [405, "there is GET and HEAD only"];
  if (url.length > limits.url) return [414, `a URL has ${limits.url} octets at most`];
  const hasBody = headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) !== 0;
  return hasBody ? [413, "a request has no body here"] : undefined;
}

/**
 * Without a token, only a request that names an address, or localhost: a web page elsewhere could have its own name lead
 * a browser to our loopback address (DNS rebinding), and would read what comes back.
 */
function isNamedHere(request: IncomingMessage, response: ServerResponse): boolean {
  const host = (request.headers.host ?? "").replace(/:\d*$/, "").replace(/^\[(.*)\]$/, "$1");
  if (host === "" || host.toLowerCase() === "localhost" || isIP(host) !== 0) return true;
  sendJson(response, 421, {
    error: "ask by address, or as localhost; under another name only with a token (admin.token)",
  });
  return false;
}

/** 401; a wrong token is told of in the log, a missing one is how every browser begins. */
function denier(tell: Tell) {
  const write = seldom(() => performance.now());
  return (shown: Shown, { socket }: IncomingMessage, response: ServerResponse) => {
    if (shown === "wrong") {
      const client = socket.remoteAddress;
      write((unwritten) => {
        const more = unwritten > 0 ? `, and ${unwritten} more since the last line` : "";
        tell(
          "warn",
          "admin.denied",
          { client, unwritten },
          `${client} asked the admin server with a wrong token${more}`,
        );
      });
    }
    response.setHeader("www-authenticate", [...CHALLENGES]);
    const how = 'show the token of this POP: "Authorization: Bearer TOKEN", or as the password of any user';
    sendJson(response, 401, { error: shown === "wrong" ? `wrong token; ${how}` : how });
  };
}

/** Runs pages: one that fails, or whose reader takes too long, costs that answer only. */
function runner(tell: Tell, limits: Limits) {
  const write = seldom(() => performance.now());
  return (page: Page, request: IncomingMessage, response: ServerResponse) => {
    const late = page.lasting ? undefined : setTimeout(() => response.destroy(), limits.answer).unref();
    response.once("close", () => clearTimeout(late));
    if (page.lasting) request.socket.setTimeout(limits.lasting);
    const fail = (error: unknown) => {
      const { message, stack } = error instanceof Error ? error : new Error(String(error));
      write((unwritten) => {
        const text = `a fault of ours, please report it: ${page.path}: ${message}`;
        tell("error", "admin.fault", { page: page.path, error: stack, unwritten }, text);
      });
      if (response.headersSent) response.destroy();
      else sendJson(response, 500, { error: `a fault of ours, please report it: ${message}` });
    };
    // In an async function, so that what a page throws at once comes the same way.
    (async () => page.handle(request, response))().catch(fail);
  };
}
