/**
 * The control socket: HTTP over a Unix socket, for verbs on the POP's own machine. Whoever may write to the socket may
 * drain the POP: it is made for its owner alone.
 *
 *   GET /status       as over admin
 *   GET /standings    { pop, standings }
 *   POST /plan        a PlanRequest; 200 { standings } or 409 { error }
 *   GET /replace      an upgrade, by a process that is to take our place (replace/words.ts)
 */

import { lstatSync, mkdirSync, unlinkSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { connect } from "node:net";
import { dirname } from "node:path";
import type { Standing } from "../anycast/fleet/standing.ts";
import { errorCode, whyNot } from "../text/systemerror.ts";
import { sendPieces } from "./pieces.ts";
import type { Succession } from "./replace/succession.ts";
import { type PlanRequest, readPlanRequest } from "./routes/planrequest.ts";

/** Octets of a request's body. */
const BODY_MOST = 16 << 10;
/** Octets of a Unix socket's path (unix(7), sun_path). */
const PATH_MOST = 107;
/** Milliseconds for a request to be sent. */
const REQUEST_MS = 5000;

export interface Controlled {
  readonly pop: string;
  /** As JSON text, in pieces. */
  status(): AsyncIterable<string>;
  standings(): readonly Standing[];
  /** Why the request can't be followed, as a sentence; undefined when it is. */
  plan(request: PlanRequest): string | undefined;
  readonly succession?: Pick<Succession, "meet">;
}

/** The socket can't be made, by no fault of another server. */
export class Unusable extends Error {}

/** Serves the socket. Rejects with an Error that says why it can't be: Unusable, unless another server lives there. */
export async function serveControl(path: string, controlled: Controlled): Promise<Server> {
  // The system's calls would cut it off without a word.
  if (Buffer.byteLength(path) > PATH_MOST) {
    throw new Unusable(`control socket ${path}: choose a shorter path (control): ${PATH_MOST} octets at most`);
  }
  try {
    mkdirSync(dirname(path), { recursive: true });
    if (await isAlive(path)) {
      throw new Error(`control socket ${path}: another zonecast is running with it; stop it, or choose another path`);
    }
    // What a server that was killed has left.
    if (lstatSync(path, { throwIfNoEntry: false })?.isSocket()) unlinkSync(path);
  } catch (error) {
    throw errorCode(error) === "" ? error : unusable(path, error);
  }
  const server = createServer({ requestTimeout: REQUEST_MS, headersTimeout: REQUEST_MS }, (request, response) => {
    respond(request, response, controlled).catch((error: Error) => {
      // Whoever asks must not end the server that answers DNS.
      if (!response.headersSent) response.writeHead(500, { "content-type": "application/json" });
      response.end(`${JSON.stringify({ error: `a fault of ours, please report it: ${error.message}` })}\n`);
    });
  });
  const { succession } = controlled;
  if (succession) {
    server.on("upgrade", ({ url = "/", headers }, socket, head) => {
      try {
        succession.meet(url, headers.upgrade, socket, head);
      } catch {
        socket.destroy();
      }
    });
  }
  return new Promise((resolve, reject) => {
    server.once("error", (error) => reject(unusable(path, error)));
    // From its first moment on, it is nobody else's.
    const before = process.umask(0o177);
    server.listen(path, () => {
      server.on("error", () => {});
      // A verb that waits on the other side must not keep a server that has stopped.
      server.unref();
      resolve(server);
    });
    process.umask(before);
  });
}

function unusable(path: string, error: unknown): Unusable {
  const inUse = errorCode(error) === "EADDRINUSE";
  const why = inUse ? "a file is in its place: remove it, or choose another path" : whyNot("write", error);
  return new Unusable(`control socket ${path}: ${why}`);
}

/** True when somebody listens there. */
function isAlive(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}

async function respond(request: IncomingMessage, response: ServerResponse, controlled: Controlled): Promise<void> {
  const send = (code: number, value: unknown) => {
    response.writeHead(code, { "content-type": "application/json", "cache-control": "no-store" });
    response.end(`${JSON.stringify(value)}\n`);
  };
  const standings = () => ({ pop: controlled.pop, standings: controlled.standings() });
  const asked = `${request.method} ${request.url}`;
  if (asked === "GET /status") return sendPieces(response, controlled.status());
  if (asked === "GET /standings") return send(200, standings());
  if (asked !== "POST /plan") return send(404, { error: "there is GET /status, GET /standings and POST /plan" });
  let plan: PlanRequest;
  try {
    plan = readPlanRequest(JSON.parse(await bodyOf(request)));
  } catch (error) {
    return send(400, { error: `the request can't be read: ${(error as Error).message}` });
  }
  const error = controlled.plan(plan);
  return error === undefined ? send(200, standings()) : send(409, { error });
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  let octets = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    octets += part.length;
    if (octets > BODY_MOST) throw new RangeError("it is too long");
    parts.push(part);
  }
  return Buffer.concat(parts).toString();
}
