/** The POP on this machine, through its control socket: HTTP over a Unix socket. */

import { type IncomingMessage, request } from "node:http";
import { join, resolve } from "node:path";
import { Refusal } from "../sync/publish/refusal.ts";
import { readStandings, type ServiceStanding } from "../sync/standing.ts";
import { errorCode } from "../text/systemerror.ts";
import { readConfig } from "./configfile.ts";
import { UsageError } from "./flags.ts";

export const controlFlags = {
  control: { value: "PATH", help: "The control socket of the POP on this machine. Default: from --config or --state." },
  state: { value: "DIR", help: "The state directory of that POP. Default: --config, else STATE_DIRECTORY." },
} as const;

/** What was given of controlFlags, and the configuration. */
export interface ControlGiven {
  readonly control?: string;
  readonly state?: string;
  readonly config?: string;
}

/** The POP at a socket. */
export interface PopHere {
  readonly pop: string;
  readonly standings: readonly ServiceStanding[];
}

/** Milliseconds for an answer: the POP's main thread may be loading zones. */
const PATIENCE = 10_000;

/** Where the socket is. Throws UsageError when nothing says it, ConfigError for a configuration that is wrong. */
export function controlPath(given: ControlGiven, environment: NodeJS.ProcessEnv = process.env): string {
  if (given.control !== undefined) return resolve(given.control);
  const config = given.config === undefined ? undefined : readConfig(given.config);
  if (config?.control !== undefined) return config.control;
  // systemd sets it, with a colon between the first directory and others.
  const state = given.state ?? config?.state ?? (environment.STATE_DIRECTORY?.split(":")[0] || undefined);
  if (state !== undefined) return resolve(join(state, "control.sock"));
  throw new UsageError(
    "which POP? Name one to tell it through the store; for the one on this machine say --control PATH, --state DIR or --config FILE",
  );
}

/** How the POP stands. Rejects with Refusal when it can't be asked, or will not say. */
export function standingsHere(path: string): Promise<PopHere> {
  return ask(path, "GET", "/standings", undefined);
}

/** What the POP says of itself: GET /status. Rejects with Refusal when it can't be asked. */
export async function statusHere(path: string): Promise<{ readonly pop: string }> {
  const { status, text } = await exchange(path, "GET", "/status", undefined);
  const read = readAnswer(text);
  if (status === 200 && typeof read.pop === "string") return { ...read, pop: read.pop };
  throw new Refusal(`${path} answers ${status}, which is no answer of a POP: name its control socket with --control`);
}

/** Tells the POP what is planned; how it stands then. Rejects with Refusal, which says why not. */
export function planHere(path: string, plan: object): Promise<PopHere> {
  return ask(path, "POST", "/plan", JSON.stringify(plan));
}

async function ask(path: string, method: string, url: string, body: string | undefined): Promise<PopHere> {
  const { status, text } = await exchange(path, method, url, body);
  const read = readAnswer(text);
  if (status === 200 && typeof read.pop === "string")
    return { pop: read.pop, standings: readStandings(read.standings) };
  if (typeof read.error === "string") throw new Refusal(read.error);
  throw new Refusal(`${path} answers ${status}, which is no answer of a POP: name its control socket with --control`);
}

function readAnswer(text: string): { readonly pop?: unknown; readonly standings?: unknown; readonly error?: unknown } {
  try {
    return (JSON.parse(text) as object | null) ?? {};
  } catch {
    return {};
  }
}

function exchange(
  path: string,
  method: string,
  url: string,
  body: string | undefined,
): Promise<{ readonly status: number; readonly text: string }> {
  return new Promise((resolve, reject) => {
    const fail = (error: unknown) => reject(new Refusal(whyUnreached(path, error)));
    const headers = body === undefined ? {} : { "content-type": "application/json" };
    const asked = request({ socketPath: path, method, path: url, headers, timeout: PATIENCE }, (answer) => {
      textOf(answer).then((text) => resolve({ status: answer.statusCode ?? 0, text }), fail);
    });
    asked.on("error", fail);
    asked.on("timeout", () => asked.destroy(Object.assign(new Error("silent"), { code: "ETIMEDOUT" })));
    asked.end(body);
  });
}

async function textOf(answer: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of answer as AsyncIterable<Buffer>) parts.push(part);
  return Buffer.concat(parts).toString();
}

function whyUnreached(path: string, error: unknown): string {
  switch (errorCode(error)) {
    case "ENOENT":
    case "ECONNREFUSED":
      return `no POP listens at ${path}: is zonecast serve running here, with this socket? Name it with --control, or name a POP to tell it through the store`;
    case "EACCES":
    case "EPERM":
      return `no right to use ${path}: run this as the user that the POP runs as, or as root`;
    case "ETIMEDOUT":
      return `the POP at ${path} does not answer: look at its log`;
    default:
      return `the POP at ${path} can't be asked: ${error instanceof Error ? error.message : String(error)}`;
  }
}
