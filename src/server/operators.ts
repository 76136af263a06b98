/** What operators ask of a running server: over HTTP, and at the control socket. */

import type { Server } from "node:http";
import { join } from "node:path";
import type { Logger } from "pino";
import type { AdminSettings } from "../config/admin.ts";
import type { Config } from "../config/schema.ts";
import { teller } from "./log.ts";
import type { Succession } from "./replace/succession.ts";
import type { PlanRequest } from "./routes/planrequest.ts";
import type { Serving } from "./status.ts";
import { statusText } from "./statustext.ts";

/** Where the control socket is; undefined when it has no place. */
export function controlPathOf({ control, state }: Config): string | undefined {
  return control ?? (state && join(state, "control.sock"));
}

export interface Operated {
  readonly config: Config;
  readonly admin: AdminSettings | undefined;
  readonly serving: Serving;
  readonly succession: Succession;
}

/** Opens the admin server, and the control socket of a POP that has routes. Rejects with an Error that says why it can't. */
export async function serveOperators({ config, admin, serving, succession }: Operated, log: Logger): Promise<Server[]> {
  const servers: Server[] = [];
  try {
    // Not at the top: node:http takes 19 ms of each start, measured, and most starts do without.
    if (admin) servers.push(await (await import("./admin/open.ts")).openAdmin({ config, admin, serving }, teller(log)));
    if (serving.routes) servers.push(...(await openControl(config, serving, succession, log)));
  } catch (error) {
    // Whoever tries again must not find its own first try in the way.
    for (const server of servers) server.close();
    throw error;
  }
  return servers;
}

/** The control socket, if it has a place. */
export async function openControl(
  config: Config,
  serving: Serving,
  succession: Succession,
  log: Logger,
): Promise<Server[]> {
  const { routes, pop } = serving;
  const path = controlPathOf(config);
  if (path === undefined) return [];
  const { serveControl, Unusable } = await import("./control.ts");
  const standings = () => routes?.keeper.standings ?? [];
  const plan = (request: PlanRequest) =>
    routes ? routes.keeper.request(request) : `POP ${pop} announces no routes (anycast), so there is nothing to plan`;
  try {
    return [await serveControl(path, { pop, status: () => statusText(serving), standings, plan, succession })];
  } catch (error) {
    // A full disk must not keep a POP from serving: it may be full everywhere. Who has no routes only can't be replaced.
    if (!(error instanceof Unusable) && routes) throw error;
    const until = routes ? "this POP is told through the store only" : "serve --replace does not find this server";
    log.error({ event: "control.unusable", path }, `${(error as Error).message}; until then ${until}`);
    return [];
  }
}
